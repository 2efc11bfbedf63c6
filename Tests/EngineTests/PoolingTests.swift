@testable import Engine
import Testing

/// Poolings against PyTorch's numbers, in both orders of memory and both precisions.
@Suite struct PoolingTests {
  /// A pooling with the shape, a weighted sum of the output and one of the gradient that PyTorch 2.13 gives in float64 for
  /// `x = ((arange(n) * 37 % 101) / 10 - 5)`, with `0.3 + arange * 7 % 11 / 10` as what arrives at the output.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String, shape: [Int], output: Double, gradient: Double
    let body: @Sendable (Tensor) throws -> Tensor
    init(_ name: String, _ shape: [Int], _ output: Double, _ gradient: Double, _ body: @escaping @Sendable (Tensor) throws -> Tensor) {
      (self.name, self.shape, self.output, self.gradient, self.body) = (name, shape, output, gradient, body)
    }
    var testDescription: String { name }
  }

  private static func max(_ k: [Int], _ s: [Int], _ p: [Int] = [0], _ d: [Int] = [1], ceil: Bool = false) -> @Sendable (Tensor) throws -> Tensor {
    { try $0.maxPool2d(kernel: k, stride: s, padding: p, dilation: d, ceil: ceil) }
  }
  private static func avg(
    _ k: [Int], _ s: [Int], _ p: [Int] = [0], ceil: Bool = false, counts: Bool = true, divisor: Int? = nil
  ) -> @Sendable (Tensor) throws -> Tensor {
    { try $0.avgPool2d(kernel: k, stride: s, padding: p, ceil: ceil, countsPadding: counts, divisor: divisor) }
  }

  static let planes: [Case] = [
    .init("max 2", [2, 3, 3, 3], 1330.8, 398.7, max([2], [2])),
    .init("max 3 2 1", [2, 3, 4, 3], 1997.7, 538.2, max([3], [2], [1])),
    .init("max of an uneven window", [2, 3, 5, 3], 2339.9, 658.6, max([3, 2], [1, 2], [1, 0], [2, 1])),
    .init("max ceil", [2, 3, 4, 3], 1533.3, 541.1, max([2], [2], ceil: true)),
    .init("max 3 2 1 ceil", [2, 3, 4, 4], 2588.3, 702.8, max([3], [2], [1], ceil: true)),
    .init("avg 2", [2, 3, 3, 3], 31.875, 397.8, avg([2], [2])),
    .init("avg 3 2 1", [2, 3, 4, 3], -0.2444444444, 383.0666666667, avg([3], [2], [1])),
    .init("avg 3 2 1 without padding", [2, 3, 4, 3], 21.1, 520.6277777778, avg([3], [2], [1], counts: false)),
    .init("avg ceil", [2, 3, 4, 4], 65.0833333333, 454.9, avg([3], [2], [1], ceil: true)),
    .init("avg ceil without padding", [2, 3, 4, 2], -8.6333333333, 349.1166666667, avg([3, 2], [2, 3], [1, 0], ceil: true, counts: false)),
    .init("avg with a divisor", [2, 3, 7, 6], -51.8, 3290.275, avg([3], [1], [1], divisor: 4)),
    .init("avg 5 1 2", [2, 3, 7, 6], -19.436, 1204.296, avg([5], [1], [2])),
    .init("adaptive avg 1", [2, 3, 1, 1], 0.5642857143, 41.8) { try $0.adaptiveAvgPool2d([1]) },
    .init("adaptive avg 3x4", [2, 3, 3, 4], -27.4333333333, 516.85) { try $0.adaptiveAvgPool2d([3, 4]) },
    .init("adaptive avg 9x8", [2, 3, 9, 8], 121.15, 3017.2) { try $0.adaptiveAvgPool2d([9, 8]) },
    .init("adaptive avg of columns", [2, 3, 7, 3], 14.8, 896.35) { try $0.adaptiveAvgPool2d([nil, 3]) },
    .init("adaptive max 3x4", [2, 3, 3, 4], 1918.7, 543.1) { try $0.adaptiveMaxPool([3, 4], axes: 2) },
    .init("adaptive max 1", [2, 3, 1, 1], 103.2, 45.2) { try $0.adaptiveMaxPool([1], axes: 2) },
    .init("adaptive max 7x2", [2, 3, 7, 2], 1911.4, 594.9) { try $0.adaptiveMaxPool([7, 2], axes: 2) },
    .init("lp", [2, 3, 3, 2], 2059.5761339194, 6.5214799019) {
      try $0.lpPool("lp_pool2d", axes: 2, 2, PoolWindow([3], [2], [0], ceil: false))
    },
  ]

  static let sequences: [Case] = [
    .init("max", [2, 9, 6], 2267.2, 763.7) { try $0.maxPool1d(kernel: 3, stride: 2, padding: 1, dilation: 2) },
    .init("max ceil", [2, 9, 7], 2798.4, 889) { try $0.maxPool1d(kernel: 3, stride: 2, ceil: true) },
    .init("avg", [2, 9, 6], 104, 773.15) { try $0.avgPool1d(kernel: 4, stride: 3, padding: 2, ceil: true, countsPadding: false) },
    .init("avg 14 1 7", [2, 9, 15], 38.8071428571, 1410.3642857143) { try $0.avgPool1d(kernel: 14, stride: 1, padding: 7) },
    .init("adaptive avg", [2, 9, 5], 16.1833333333, 640.3416666667) { try $0.adaptiveAvgPool([5], axes: 1) },
    .init("adaptive max", [2, 9, 5], 2224.5, 588.7) { try $0.adaptiveMaxPool([5], axes: 1) },
    .init("lp 3", [2, 9, 7], 3315.823253002, 28.4522961855) {
      try $0.abs().lpPool("lp_pool1d", axes: 1, 3, PoolWindow([2], nil, [0], ceil: false))
    },
  ]

  private func check(_ test: Case, _ shape: [Int], _ dtype: DType, isLast: Bool) throws {
    let n = shape.reduce(1, *)
    var x = try Tensor((0..<n).map { Double($0 * 37 % 101) / 10 - 5 }, shape).to(dtype)
    if isLast { x = try x.channelsLast() }
    x = x.requiringGrad()
    let y = try test.body(x)
    #expect(y.shape == test.shape)
    #expect(!isLast || y.isChannelsLast || y.isContiguous, "the order of memory stays")
    let arrives = try Tensor((0..<y.count).map { 0.3 + Double($0 * 7 % 11) / 10 }, y.shape).to(dtype)
    let g = try #require(try (y * arrives).sum().gradients(with: [x])[0])
    let output = zip(try y.doubles(), 0...).reduce(0) { $0 + $1.0 * Double($1.1 % 13 + 1) }
    let gradient = zip(try g.doubles(), 0...).reduce(0) { $0 + $1.0 * Double($1.1 % 17 + 1) }
    // float32: the digits of the inputs, over some thousands of terms.
    let tolerance = dtype == .float64 ? 1e-9 : 2e-3
    #expect(abs(output - test.output) < tolerance && abs(gradient - test.gradient) < tolerance, "\(output), \(gradient)")
  }

  @Test("over planes", arguments: planes)
  func overPlanes(_ test: Case) throws {
    for dtype in [DType.float32, .float64] { for isLast in [false, true] { try check(test, [2, 3, 7, 6], dtype, isLast: isLast) } }
  }

  @Test("over sequences", arguments: sequences)
  func overSequences(_ test: Case) throws {
    for dtype in [DType.float32, .float64] { for isLast in [false, true] { try check(test, [2, 9, 14], dtype, isLast: isLast) } }
  }

  /// Many channels, so that whole vectors and what is left over of them are met, against the other order of memory.
  @Test("both orders of memory agree", arguments: [1, 16, 64, 70, 130])
  func orders(_ channels: Int) throws {
    var numbers = Numbers(seed: UInt64(channels))
    let plain = try numbers.tensor([2, channels, 9, 11]).to(.float32)
    let cases = Self.planes.filter { $0.name != "lp" }
    for test in cases {
      let x = plain.requiringGrad(), z = try plain.channelsLast().requiringGrad()
      let y = try test.body(x), u = try test.body(z)
      #expect(try y.distance(to: u) < 1e-5, "\(test.name)")
      let g = try (y * y).sum().gradients(with: [x])[0], h = try (u * u).sum().gradients(with: [z])[0]
      #expect(try #require(g).distance(to: try #require(h)) < 1e-4, "gradient of \(test.name)")
      #expect(try Recording.with(.none) { try test.body(z).distance(to: u) } == 0)
    }
  }

  @Test("the largest of windows with a rectifier is both in either order, in all derivatives", arguments: [1, 3, 16, 70])
  func rectified(_ channels: Int) throws {
    var numbers = Numbers(seed: UInt64(channels))
    // Whole numbers tie often, and at 0 too.
    let plain = try numbers.tensor([2, channels, 7, 8], in: -2...1).round()
    for (kernel, stride, padding) in [([2, 2], [2, 2], [0, 0]), ([3, 2], [1, 2], [1, 0]), ([16, 16], [1, 1], [8, 8])] {
      for dtype in [DType.float32, .float64] {
        for isLast in [false, true] {
          let source = try isLast ? plain.to(dtype).channelsLast() : plain.to(dtype)
          func derivatives(_ body: (Tensor) throws -> Tensor) throws -> [Tensor] {
            let x = source.requiringGrad(), y = try body(x), weights = try Tensor((0..<y.count).map { Double($0 % 7) - 2 }, y.shape).to(dtype).requiringGrad()
            let once = try y.gradients(with: [x], seed: weights)[0]
            let g = try #require(try (y * weights).sum().gradients(with: [x], keepsHistory: true)[0])
            let again = try (g * source).sum().gradients(with: [weights])[0]
            return [y, try #require(once), g, try #require(again)]
          }
          let found = try derivatives { try $0.maxPool(axes: 2, kernel: kernel, stride: stride, padding: padding, dilation: [1], ceil: false, relu: true) }
          let expected = try derivatives {
            try $0.relu().maxPool(axes: 2, kernel: kernel, stride: stride, padding: padding, dilation: [1], ceil: false)
          }
          for (a, b) in zip(found, expected) { #expect(try a.distance(to: b) == 0, "\(kernel) \(dtype.name) \(isLast)") }
          let quiet = try Recording.with(.none) {
            try source.maxPool(axes: 2, kernel: kernel, stride: stride, padding: padding, dilation: [1], ceil: false, relu: true)
          }
          #expect(try quiet.distance(to: expected[0]) == 0)
        }
      }
    }
  }

  @Test("one sample without the dimension of samples")
  func single() throws {
    let x = try Tensor((0..<24).map { Double($0) }, [2, 3, 4])
    #expect(try x.maxPool2d(kernel: [3, 2]).shape == [2, 1, 2])
    #expect(try x.maxPool2d(kernel: [3, 2]).doubles() == [9, 11, 21, 23])
    #expect(try x.avgPool1d(kernel: 4).doubles() == [1.5, 5.5, 9.5, 13.5, 17.5, 21.5])
  }

  @Test("the first of equal elements wins, and the last nan does")
  func ties() throws {
    func places(_ list: [Double]) throws -> (Double, Int) {
      for isLast in [false, true] {
        let x = try Tensor(list + list, [1, 2, list.count, 1])
        let found = try (isLast ? x.channelsLast() : x).maxPool("max_pool2d", axes: 2, PoolWindow([list.count, 1], nil, [0], ceil: false), isPlaced: true)
        let (values, places) = (try found.values.doubles(), try #require(found.indices).ints())
        if isLast { return (values[1], places[1]) }
        #expect(values[0].isNaN == values[1].isNaN && places[0] == places[1])
      }
      return (0, 0)
    }
    #expect(try places([1, 3, 3, 2]) == (3, 1))
    #expect(try places([-.infinity, -.infinity]) == (-.infinity, 0))
    let (value, place) = try places([.nan, 5, .nan, 7])
    #expect(value.isNaN && place == 2)
  }

  @Test("places count in their plane, whatever the window")
  func placesInPlanes() throws {
    let x = try Tensor((0..<120).map { Double($0 * 37 % 101) }, [1, 2, 6, 10])
    func check(_ found: MaxPooled) throws {
      let places = try #require(found.indices).ints(), planes = try x.doubles()
      let count = places.count / 2
      for (i, value) in try found.values.doubles().enumerated() { #expect(planes[i / count * 60 + places[i]] == value) }
    }
    try check(x.maxPool("max_pool2d", axes: 2, PoolWindow([3], [2], [1], [2], ceil: true), isPlaced: true))
    try check(x.adaptiveMaxPool("adaptive_max_pool2d", axes: 2, [4, 3], isPlaced: true))
    // More than 256 places a window.
    let wide = try Tensor((0..<1000).map { Double($0 * 367 % 1009) }, [1, 1, 1000]).requiringGrad()
    let found = try wide.maxPool("max_pool1d", axes: 1, PoolWindow([400], [300], [0], ceil: false), isPlaced: true)
    let numbers = try wide.doubles(), places = try #require(found.indices).ints()
    #expect(places.map { numbers[$0] } == (0..<3).map { numbers[($0 * 300)..<($0 * 300 + 400)].max() })
    let g = try #require(try found.values.sum().gradients(with: [wide])[0]).doubles()
    #expect(Set(g.indices.filter { g[$0] > 0 }) == Set(places) && g.reduce(0, +) == 3)
  }

  @Test("what does not fit is said with its numbers")
  func errors() throws {
    let x = try Tensor.zeros([1, 2, 4, 4])
    func text(_ body: () throws -> Tensor) -> String { EngineTests.error { _ = try body() }?.description ?? "" }
    #expect(text { try x.maxPool2d(kernel: [5]) } == "max_pool2d: the output would be empty: a window that reaches over 5 does not fit into 4 with a padding of 0")
    #expect(text { try x.maxPool2d(kernel: [3], padding: [2]) } == "max_pool2d: padding is at most half of the window, which reaches over 3, got 2")
    #expect(text { try x.maxPool2d(kernel: [2], stride: [0]) } == "max_pool2d: stride is between 1 and 1073741824, got 0")
    #expect(text { try x.maxPool2d(kernel: [2, 2, 2]) } == "max_pool2d: `kernel_size` is one number or 2, got 3")
    #expect(text { try x.reshape([2, 16]).maxPool2d(kernel: [2]) }.contains("[samples, channels, rows, columns]"))
    #expect(text { try x.to(.int64).maxPool2d(kernel: [2]) } == "max_pool2d takes real numbers, got int64")
    #expect(text { try x.avgPool2d(kernel: [2], divisor: 0) } == "avg_pool2d: divisor_override must not be 0")
    #expect(text { try x.avgPool2d(kernel: [.max]) }.contains("kernel_size"))
    #expect(text { try x.adaptiveAvgPool2d([-2]) }.contains("output_size"))
    #expect(text { try x.maxPool2d(kernel: [1 << 30], padding: [1 << 29]) } != "")
    #expect(try Tensor.zeros([0, 2, 4, 4]).maxPool2d(kernel: [2]).shape == [0, 2, 2, 2])
  }
}

extension DifferentiableCase {
  static let pooling: [DifferentiableCase] = [
    .init("max_pool2d", [[1, 2, 4, 5]]) { try $0[0].square().maxPool2d(kernel: [3], stride: [2], padding: [1]) },
    .init("max_pool2d, channels last", [[1, 3, 4, 4]]) {
      try $0[0].square().permute([0, 2, 3, 1]).clone().permute([0, 3, 1, 2]).maxPool2d(kernel: [2], stride: [1])
    },
    .init("max_pool1d", [[2, 2, 6]]) { try $0[0].square().maxPool1d(kernel: 3, stride: 2, dilation: 2) },
    .init("adaptive_max_pool2d", [[1, 2, 5, 4]]) { try $0[0].square().adaptiveMaxPool([3, 2], axes: 2) },
    .init("avg_pool2d", [[1, 2, 4, 5]]) { try $0[0].square().avgPool2d(kernel: [3], stride: [2], padding: [1], ceil: true) },
    .init("avg_pool2d, channels last", [[1, 3, 4, 4]]) {
      try $0[0].square().permute([0, 2, 3, 1]).clone().permute([0, 3, 1, 2]).avgPool2d(kernel: [2], stride: [1])
    },
    .init("adaptive_avg_pool1d", [[2, 1, 7]]) { try $0[0].square().adaptiveAvgPool([3], axes: 1) },
    .init("lp_pool2d", [[1, 2, 4, 4]], in: 0.3...2) { try $0[0].lpPool("lp_pool2d", axes: 2, 3, PoolWindow([2], nil, [0], ceil: false)) },
  ]
}
