import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// SparseGPT against a slow plain version, in float64.
@Suite struct ReconstructionCriteriaTests: CriteriaSuite {
  /// The last dimension of a tensor, line by line.
  private func lines(of x: Tensor) throws -> [[Double]] {
    let width = x.shape.last ?? 1, numbers = try x.doubles()
    return stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<($0 + width)]) }
  }

  /// What every row of a convolution of stride 1 meets, written out place by place.
  private func patches(_ x: Tensor, kernel: Int, padding: Int, group: Int, of channels: Int) throws -> [[Double]] {
    let (n, all, rows, columns) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]), numbers = try x.doubles()
    var out: [[Double]] = []
    for sample in 0..<n {
      for top in (-padding)...(rows + padding - kernel) {
        for left in (-padding)...(columns + padding - kernel) {
          out.append((0..<(channels * kernel * kernel)).map { (place: Int) -> Double in
            let channel = group * channels + place / (kernel * kernel), r = top + place / kernel % kernel, c = left + place % kernel
            let isInside = r >= 0 && r < rows && c >= 0 && c < columns
            return isInside ? numbers[((sample * all + channel) * rows + r) * columns + c] : 0
          })
        }
      }
    }
    return out
  }

  /// `w² / [H⁻¹]_jj` of rows of a weight that meet what is listed.
  private func reconstruction(_ w: [Double], _ met: [[Double]], _ damping: Double) throws -> [Double] {
    let size = met[0].count
    var matrix = [Double](repeating: 0, count: size * size)
    var middle = 0.0
    for x in met {
      for i in 0..<size { for j in 0..<size { matrix[i * size + j] += x[i] * x[j] / Double(met.count) } }
    }
    for i in 0..<size { middle += matrix[i * size + i] / Double(size) }
    for i in 0..<size { matrix[i * size + i] += damping * middle }
    let inverse = try Tensor(matrix, [size, size]).solve(Tensor.eye(size, size, .float64)).doubles()
    var scores: [Double] = []
    for (place, u) in w.enumerated() { scores.append(u * u / inverse[place % size * (size + 1)]) }
    return scores
  }

  @Test("SparseGPT by the inverse of the products of inputs: linear layers, and convolutions place by place")
  func reconstructed() throws {
    let g = Generator(seed: 13), run = Run(generator: g), damping = 0.2
    let sequence = try g.normal([3, 4, 4], .float64)
    for (model, x) in [(try net(g), try data(g).x), (try net(g), sequence)] {
      let layers = model.layers.map(\.module), weights = try model.namedParameters.map { try $0.parameter.value.doubles() }
      let hidden = try Recording.with(.none) { try run(layers[1], run(layers[0], x) as Tensor) as Tensor }
      let met = [try lines(of: x), try lines(of: hidden)]
      let biases = [weights[1], weights[3]].map { numbers -> [Double] in numbers.map { (b: Double) -> Double in b * b * (1 + damping) } }
      let expected = [try reconstruction(weights[0], met[0], damping), biases[0], try reconstruction(weights[2], met[1], damping), biases[1]]
      try expect(scores(method("sparsegpt", ("damping", damping)), model, x, nil), expected, 1e-8)
    }
    let conv = try CurvedModels.layer("Conv2d", g, [4, 6, 2], [("groups", 2), ("padding", 1), ("dtype", "float64")])
    let x = try g.normal([2, 4, 3, 3], .float64), w = try conv.namedParameters[0].parameter.value.doubles()
    var expected: [Double] = []
    for group in 0..<2 {
      let own = Array(w[(group * 24)..<(group * 24 + 24)])
      expected += try reconstruction(own, patches(x, kernel: 2, padding: 1, group: group, of: 2), damping)
    }
    try expect(scores(method("sparsegpt", ("damping", damping)), Sequential([conv]), x, nil), [expected], 1e-8)
    // Where nothing but 0 was met, nothing is lost.
    let dead = try scores(named("sparsegpt"), net(g), Tensor.zeros([2, 4], .float64), nil)
    #expect(try dead.scores[0].tensor.abs().amax().item() == 0)
    let normed = try Sequential([CurvedModels.linear(4, 4, g), LayerNorm([4], dtype: .float64)]), rows = try data(g).x
    #expect(throws: ScoringError.notOfLinear("sparsegpt", "1.weight")) { try scores(named("sparsegpt"), normed, rows, nil) }
  }
}
