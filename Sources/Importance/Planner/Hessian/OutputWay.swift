import Engine
import NN

/// The diagonal for parameters in which the outputs of the model are linear, piece by piece: with the derivative `g_k` of
/// output k, `h = Σ_kk' H_kk' g_k g_k'`, and the Hessian `H` with respect to the outputs is a sum of products, so that each
/// costs one way back through the model.
struct OutputWay {
  let request: Scoring
  let layers: [CurvatureLayer]
  var targets: [(parameter: Int, layer: Int, isBias: Bool)] = []

  init(_ request: Scoring, _ layers: [CurvatureLayer]) { (self.request, self.layers) = (request, layers) }

  /// - Throws: `CurvatureMismatch` where the outputs are not linear in a parameter after all.
  func diagonals(_ rows: Range<Int>) throws -> [(parameter: Int, part: SampleDiagonals)] {
    guard !targets.isEmpty else { return [] }
    let pass = try CurvaturePass(request, rows, layers)
    let isLinear = try CurvatureCheck.linear(pass.out, targets.map { request.parameters[$0.parameter].parameter.value })
    if let bent = zip(targets, isLinear).first(where: { !$0.1 }) { throw CurvatureMismatch(parameter: bent.0.parameter) }
    guard let curvature = try OutputCurvature.of(request.objective, pass.out, try request.samples(rows).y) else {
      return targets.map { ($0.parameter, .none) }
    }
    return try diagonals(pass, curvature)
  }

  /// `Σ_r (left_r · J)(right_r · J)`, whether the outputs are linear or not.
  func diagonals(_ rows: Range<Int>, curvature: (Tensor) throws -> OutputCurvature) throws -> [(parameter: Int, part: SampleDiagonals)] {
    guard !targets.isEmpty else { return [] }
    let pass = try CurvaturePass(request, rows, layers)
    return try diagonals(pass, curvature(pass.out))
  }

  private func diagonals(_ pass: CurvaturePass, _ curvature: OutputCurvature) throws -> [(parameter: Int, part: SampleDiagonals)] {
    let used = Set(targets.map(\.layer)).sorted()
    let outputs = try used.map { try pass.get($0).z }
    var sums: [Tensor?] = Array(repeating: nil, count: targets.count)
    for r in 0..<curvature.left.shape[1] {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let left = try back(pass.out, curvature.left.select(1, r), used, outputs)
      let right = try curvature.right.map { try back(pass.out, $0.select(1, r), used, outputs) } ?? left
      try Recording.with(.none) {
        for (i, target) in targets.enumerated() {
          guard let place = used.firstIndex(of: target.layer), let x = left[place], let y = right[place] else { continue }
          let product = try product(x, y, target, pass)
          sums[i] = try sums[i].map { try $0 + product } ?? product
        }
      }
    }
    return try Recording.with(.none) { try zip(targets, sums).map { ($0.parameter, try part($1, $0, pass, curvature.sign)) } }
  }

  private func back(_ out: Tensor, _ seed: Tensor, _ used: [Int], _ outputs: [Tensor]) throws -> [Tensor?] {
    let found = try out.gradients(with: outputs, seed: seed.reshape(out.shape))
    return try zip(used, found).map { place, d in try d.map { try layers[place].rows(ofOutput: $0.detached()) } }
  }

  /// Whether one number a unit and sample is all that has to be kept.
  private func isOuter(_ target: (parameter: Int, layer: Int, isBias: Bool), _ pass: CurvaturePass) throws -> Bool {
    let a = try pass.get(target.layer).a
    return a.shape[1] == 1 && a.shape[2] == 1
  }

  private func product(_ x: Tensor, _ y: Tensor, _ target: (parameter: Int, layer: Int, isBias: Bool), _ pass: CurvaturePass) throws -> Tensor {
    let layer = layers[target.layer]
    if try target.isBias || isOuter(target, pass) {
      let g = try layer.biasGradients(x)
      return x === y ? try g.square() : try g * layer.biasGradients(y)
    }
    let a = try pass.get(target.layer).a, g = try layer.gradients(x, a)
    return x === y ? try g.square() : try g * layer.gradients(y, a)
  }

  private func part(_ sum: Tensor?, _ target: (parameter: Int, layer: Int, isBias: Bool), _ pass: CurvaturePass, _ sign: Double) throws -> SampleDiagonals {
    guard let sum else { return .none }
    let signed = sign == 1 ? sum : try sum * sign
    guard try !target.isBias && isOuter(target, pass) else { return .rows(signed) }
    let a = try pass.get(target.layer).a
    return .outer(signed, try a.reshape([a.shape[0], a.shape[3]]).square())
  }
}
