import Engine
import NN

/// The diagonal for the parameters of a layer from Hessian-vector products over its outputs `z`: with the Hessian `H` of one
/// sample's objective with respect to them, `h_oi = Σ_pp' a_pi a_p'i H_(p,o)(p',o)` over the positions p. One product gives
/// a row of H for all samples at once.
struct UnitWay {
  let request: Scoring
  let layers: [CurvatureLayer]
  var targets: [(parameter: Int, layer: Int, isBias: Bool)] = []

  init(_ request: Scoring, _ layers: [CurvatureLayer]) { (self.request, self.layers) = (request, layers) }

  func diagonals(_ rows: Range<Int>) throws -> [(parameter: Int, part: SampleDiagonals)] {
    guard !targets.isEmpty else { return [] }
    let pass = try CurvaturePass(request, rows, layers)
    let used = Set(targets.map(\.layer)).sorted()
    let outputs = try used.map { try pass.get($0).z }
    let gradients = try Recording.with(.all) { try pass.total.gradients(with: outputs, keepsHistory: true) }
    var parts: [(parameter: Int, part: SampleDiagonals)] = []
    for (place, gradient) in zip(used, gradients) {
      let own = targets.filter { $0.layer == place }, (a, z) = try pass.get(place)
      guard let gradient else {
        parts += own.map { ($0.parameter, .none) }
        continue
      }
      let work = UnitProducts(layer: layers[place], a: a, z: z, gradient: gradient)
      guard a.shape[2] == 1 else {
        let rows = try work.positions()
        parts += own.map { ($0.parameter, .rows(rows)) }
        continue
      }
      let c = try work.units()
      for target in own { parts.append((target.parameter, target.isBias ? .rows(c) : try work.weighted(c))) }
    }
    return parts
  }
}

private struct UnitProducts {
  let layer: CurvatureLayer
  let a: Tensor, z: Tensor
  /// Of the objective with respect to z, with its history.
  let gradient: Tensor

  private var n: Int { z.shape[0] }
  private var width: Int { z.count / max(1, n) }

  /// A row of the Hessian of each sample.
  /// - Shape: of `z`; nil where it is 0.
  private func row(_ place: Int) throws -> Tensor? {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    let seed = try OutputCurvature.oneHot(place, width, z.dtype).expand([n, width]).reshape(z.shape)
    return try gradient.gradients(with: [z], seed: seed)[0]?.detached()
  }

  /// The diagonal with respect to the units of a layer that works once a sample.
  /// - Shape: `[n, units]`.
  func units() throws -> Tensor {
    var columns: [Tensor] = []
    for unit in 0..<width {
      let row = try row(unit)
      columns.append(try Recording.with(.none) { try row?.reshape([n, width]).select(1, unit) ?? Tensor.zeros([n], z.dtype) })
    }
    return try Recording.with(.none) { try Tensor.stack(columns, 1) }
  }

  func weighted(_ c: Tensor) throws -> SampleDiagonals {
    try Recording.with(.none) {
      let squares = try a.square()
      if layer.groups == 1 { return .outer(c, try squares.reshape([n, layer.inputs])) }
      let columns = try c.reshape([n, layer.groups, layer.outputs, 1])
      return .rows(try (columns * squares).reshape([n] + layer.weight.value.shape))
    }
  }

  /// The diagonal for the weight of a layer that works at several positions.
  func positions() throws -> Tensor {
    let positions = a.shape[2]
    var rows: [Tensor] = []
    for group in 0..<layer.groups {
      let a = try a.select(1, group)
      for output in 0..<layer.outputs {
        var sum = try Tensor.zeros([n, layer.inputs], z.dtype)
        for position in 0..<positions {
          guard let row = try row(layer.place(group, position, output, of: positions)) else { continue }
          sum = try Recording.with(.none) {
            let others = try layer.rows(ofOutput: row).select(1, group).select(2, output).unsqueeze(1)
            return try sum + others.matmul(a).reshape([n, layer.inputs]) * a.select(1, position)
          }
        }
        rows.append(sum)
      }
    }
    return try Recording.with(.none) { try Tensor.stack(rows, 1).reshape([n] + layer.weight.value.shape) }
  }
}
