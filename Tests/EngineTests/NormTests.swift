@testable import Engine
import Testing

/// Normalisations against PyTorch's numbers, in both orders of memory and both precisions.
@Suite struct NormTests {
  enum Kind: Sendable { case batch, given, group, instance, relu }

  /// What PyTorch 2.13 gives in float64 for `x = (arange(n) * 37 % 101) / 10 - 5`, `weight = 1 + arange / 4`,
  /// `bias = arange / 5 - 0.3` and `0.3 + arange * 7 % 11 / 10` as what arrives at the output: weighted sums of output and
  /// gradient, and the gradients of weight and bias.
  struct Case: Sendable, CustomTestStringConvertible {
    let kind: Kind, shape: [Int], output: Double, gradient: Double, weight: [Double], bias: [Double]
    init(_ kind: Kind, _ shape: [Int], _ output: Double, _ gradient: Double, _ weight: [Double], _ bias: [Double]) {
      (self.kind, self.shape, self.output, self.gradient, self.weight, self.bias) = (kind, shape, output, gradient, weight, bias)
    }
    var testDescription: String { "\(kind) of \(shape)" }
  }

  static let cases: [Case] = [
    .init(.batch, [5, 4], 2.991673075, -0.142326420, [-0.080694821, -1.390399398, -1.390399398, -0.505219749], [3.1, 4.4, 4.6, 3.7]),
    .init(.given, [5, 4], -130.695496716, 189.248169345, [-0.073484478, -3.035858993, -3.846651278, -9.518336708], [3.1, 4.4, 4.6, 3.7]),
    .init(.group, [5, 4], -10.399995601, -0.000002834, [-1.299997225, -0.200001945, -1.999995814, 0.499997713], [3.1, 4.4, 4.6, 3.7]),
    .init(.relu, [5, 4], 77.259428552, 3.200872245, [0.960736167, 1.307165683, 1.625831907, 1.118617338], [0.9, 1.1, 2.1, 2.1]),
    .init(.batch, [3, 4, 7], 4.583842079, 1.836277915, [-2.769898164, -0.780592059, -1.704101726, 0.050191161], [17.6, 16.0, 17.7, 16.1]),
    .init(.given, [3, 4, 7], -312.954126949, 927.173906602, [-10.312317614, 0.490040291, -5.89018478, -16.85472912], [17.6, 16.0, 17.7, 16.1]),
    .init(.group, [3, 4, 7], 2.707880061, 1.188124852, [-2.584360686, -1.094703432, -1.465678022, -0.084389388], [17.6, 16.0, 17.7, 16.1]),
    .init(.instance, [3, 4, 7], -14.696925078, 0.486105999, [-3.254127609, -0.700164716, -1.730540008, 0.092791659], [17.6, 16.0, 17.7, 16.1]),
    .init(.relu, [3, 4, 7], 338.963902938, 2.992100431, [5.185319673, 5.540148174, 5.596141995, 5.913952823], [5.8, 7.6, 9.3, 7.2]),
    .init(.batch, [2, 4, 5, 3], 22.275612891, -4.418175771, [-1.246704909, -1.457703321, 0.624798517, 0.831450523], [23.7, 24.1, 23.4, 24.9]),
    .init(.given, [2, 4, 5, 3], -230.694064743, 1344.325133674, [-16.827938671, 7.111559575, -3.167830485, -11.60541386], [23.7, 24.1, 23.4, 24.9]),
    .init(.group, [2, 4, 5, 3], 32.938918056, -2.783988533, [-3.831609105, 1.206657688, -0.465823679, 1.998788351], [23.7, 24.1, 23.4, 24.9]),
    .init(.instance, [2, 4, 5, 3], 21.448963601, -2.055824559, [-1.257184754, -1.469575866, 0.651232484, 0.821090969], [23.7, 24.1, 23.4, 24.9]),
    .init(.relu, [2, 4, 5, 3], 512.426283446, -4.262390627, [7.852955662, 8.069818453, 8.914574801, 9.066493119], [7.9, 10.0, 10.6, 15.8]),
  ]

  static func apply(_ kind: Kind, _ x: Tensor, _ w: Tensor?, _ b: Tensor?) throws -> Tensor {
    switch kind {
    case .batch: try x.batchNorm(w, b).output
    case .given: try x.batchNorm(mean: .of([0.3, -0.2, 0.1, 0.5]), variance: .of([1.5, 0.7, 2, 0.4]), w, b)
    case .group: try x.groupNorm(2, w, b)
    case .instance: try x.instanceNorm(w, b).output
    case .relu: try x.batchNorm(w, b, relu: true).output
    }
  }

  @Test("as PyTorch", arguments: cases)
  func numbers(_ test: Case) throws {
    for dtype in [DType.float32, .float64] {
      for isLast in [false, true] {
        let n = test.shape.reduce(1, *)
        let plain = try Tensor((0..<n).map { Double($0 * 37 % 101) / 10 - 5 }, test.shape).to(dtype)
        let x = try (isLast ? plain.channelsLast() : plain).requiringGrad()
        let w = try Tensor((0..<4).map { 1 + Double($0) / 4 }, [4]).to(dtype).requiringGrad()
        let b = try Tensor((0..<4).map { Double($0) / 5 - 0.3 }, [4]).to(dtype).requiringGrad()
        let y = try Self.apply(test.kind, x, w, b)
        #expect(y.isChannelsLast == x.isChannelsLast)
        let arrives = try Tensor((0..<n).map { 0.3 + Double($0 * 7 % 11) / 10 }, test.shape).to(dtype)
        let g = try (y * arrives).sum().gradients(with: [x, w, b]).map { try #require($0).doubles() }
        let output = zip(try y.doubles(), 0...).reduce(0) { $0 + $1.0 * Double($1.1 % 13 + 1) }
        let gradient = zip(g[0], 0...).reduce(0) { $0 + $1.0 * Double($1.1 % 17 + 1) }
        // float32: seven digits of sums of some hundreds.
        let tolerance = dtype == .float64 ? 2e-8 : 1e-3
        #expect(abs(output - test.output) < tolerance && abs(gradient - test.gradient) < tolerance, "\(output), \(gradient)")
        #expect(zip(g[1] + g[2], test.weight + test.bias).allSatisfy { abs($0 - $1) < tolerance }, "\(g[1]) \(g[2])")
      }
    }
  }

  /// Chunks, blocks and whole vectors of channels with what is left over, against means over the elements.
  @Test("large inputs agree with plain means", arguments: [(3, 1, 70_001), (40, 3, 33), (2, 70, 900), (700, 130, 1), (5, 64, 1200)])
  func large(_ samples: Int, _ channels: Int, _ places: Int) throws {
    var numbers = Numbers(seed: 5)
    // Far from 0, where sums of squares would lose their digits.
    let plain = try numbers.tensor([samples, channels, places], in: 99...101)
    for dtype in [DType.float64, .float32] {
      let x = try plain.to(dtype), last = try x.channelsLast()
      let exact = try x.to(.float64)
      let mean = try exact.mean([0, 2]).doubles(), variance = try exact.variance([0, 2], correction: 0).doubles()
      for t in [x, last] {
        let moments = try t.batchNorm().moments
        #expect(zip(try moments.mean.doubles(), mean).allSatisfy { abs($0 - $1) < (dtype == .float64 ? 1e-11 : 1e-6) })
        #expect(zip(try moments.variance.doubles(), variance).allSatisfy { abs($0 - $1) < (dtype == .float64 ? 1e-11 : 1e-6) })
      }
      guard places > 1 else { continue }
      let ones = try Tensor.ones([channels], dtype).requiringGrad(), zeros = try Tensor.zeros([channels], dtype).requiringGrad()
      let group = channels % 5 == 0 ? 5 : 1
      func both(_ f: (Tensor, Tensor, Tensor) throws -> Tensor) throws {
        let a = x.requiringGrad(), b = last.requiringGrad()
        let y = try f(a, ones, zeros), z = try f(b, ones, zeros)
        #expect(try y.distance(to: z) < (dtype == .float64 ? 1e-9 : 1e-4))
        let g = try (y * y * y).sum().gradients(with: [a, ones, zeros]), h = try (z * z * z).sum().gradients(with: [b, ones, zeros])
        for (u, v) in zip(g, h) {
          let u = try #require(u), v = try #require(v), size = 1 + (try u.doubles().map { abs($0) }.max() ?? 0)
          #expect(try u.distance(to: v) < size * (dtype == .float64 ? 1e-9 : 2e-4))
        }
      }
      try both { try $0.batchNorm($1, $2).output }
      try both { try $0.groupNorm(group, $1, $2) }
      try both { try $0.instanceNorm($1, $2).output }
    }
  }

  @Test("layer norm over many rows sums the gradients of its weight in double precision")
  func layerNorm() throws {
    var numbers = Numbers(seed: 9)
    let x = try numbers.tensor([5000, 70]), w = try numbers.tensor([70]), dy = try numbers.tensor([5000, 70])
    func gradients(_ dtype: DType) throws -> [Tensor] {
      let leaves = try [x, w, Tensor.zeros([70], .float64)].map { try $0.to(dtype).requiringGrad() }
      return try leaves[0].layerNorm([70], leaves[1], leaves[2]).gradients(with: leaves, seed: dy.to(dtype)).compactMap { $0 }
    }
    for (single, exact) in zip(try gradients(.float32), try gradients(.float64)) { #expect(try single.distance(to: exact) < 1e-4) }
  }

  @Test("what does not fit is said with its numbers")
  func errors() throws {
    let x = try Tensor.zeros([2, 8, 3])
    func text(_ body: () throws -> Tensor) -> String { EngineTests.error { _ = try body() }?.description ?? "" }
    #expect(text { try x.groupNorm(3) } == "shapes do not fit: group_norm takes [samples, channels, *] with channels in 3 equal groups, got [2, 8, 3]")
    #expect(text { try x.batchNorm(Tensor.ones([3])).output } == "shapes do not fit: batch_norm takes a weight of [8], got [3]")
    #expect(text { try Tensor.zeros([1, 8]).batchNorm().output }.contains("a single number"))
    #expect(text { try Tensor.zeros([4, 8, 1]).instanceNorm().output }.contains("a single number"))
    #expect(text { try x.to(.int64).batchNorm().output }.contains("int64"))
    #expect(try Tensor.zeros([0, 8, 3]).batchNorm().output.shape == [0, 8, 3])
    #expect(try Tensor.zeros([0, 8, 3]).groupNorm(2).shape == [0, 8, 3])
  }
}

extension DifferentiableCase {
  static let norms: [DifferentiableCase] = [
    .init("batch_norm", [[3, 2, 2], [2], [2]]) { try $0[0].batchNorm($0[1], $0[2]).output },
    .init("batch_norm without weight", [[4, 2]]) { try $0[0].batchNorm().output },
    .init("batch_norm with a bias alone", [[4, 2], [2]]) { try $0[0].batchNorm(nil, $0[1]).output },
    .init("batch_norm given moments", [[2, 2, 3], [2], [2]]) {
      try $0[0].square().batchNorm(mean: Tensor([0.1, 0.2]), variance: Tensor([0.5, 2.0]), $0[1], $0[2])
    },
    .init("batch_norm and relu", [[3, 2, 2], [2], [2]]) { try $0[0].batchNorm($0[1], $0[2], relu: true).output },
    .init("batch_norm, channels last", [[2, 2, 2, 3], [3], [3]]) { try $0[0].permute([0, 3, 1, 2]).batchNorm($0[1], $0[2]).output },
    .init("group_norm, channels last", [[2, 2, 2, 4], [4], [4]]) { try $0[0].permute([0, 3, 1, 2]).groupNorm(2, $0[1], $0[2]) },
    .init("instance_norm", [[2, 2, 4], [2], [2]]) { try $0[0].instanceNorm($0[1], $0[2]).output },
    .init("layer_norm without bias", [[3, 4], [4]]) { try $0[0].layerNorm([4], $0[1]) },
    .init("layer_norm without weight", [[3, 4]]) { try $0[0].layerNorm([4]) },
  ]
}
