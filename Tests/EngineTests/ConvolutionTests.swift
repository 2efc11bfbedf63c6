import Builtins
@testable import Engine
import Testing

/// One convolution to be tried.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  var x: [Int], outputs: Int, kernel: [Int]
  var stride = [1], padding = ConvolutionPadding.sizes([0]), dilation = [1], groups = 1
  var arguments: ConvolutionArguments { ConvolutionArguments(stride: stride, padding: padding, dilation: dilation, groups: groups) }
  var weight: [Int] { [outputs, x[1] / groups] + kernel }
  var testDescription: String { "\(x) \(outputs) \(kernel) \(stride) \(padding) \(dilation) \(groups)" }

  static let all: [ConvolutionCase] = [
    .init(x: [2, 3, 7, 6], outputs: 4, kernel: [3, 2]),
    .init(x: [2, 3, 7, 6], outputs: 4, kernel: [3, 2], stride: [2, 3], padding: .sizes([1, 2])),
    .init(x: [1, 4, 9, 9], outputs: 6, kernel: [3, 3], stride: [2], padding: .sizes([2]), dilation: [2], groups: 2),
    .init(x: [3, 4, 5, 5], outputs: 4, kernel: [3, 3], padding: .same, groups: 4),
    .init(x: [2, 4, 5, 5], outputs: 8, kernel: [4, 2], padding: .same, dilation: [1, 2], groups: 4),
    .init(x: [2, 16, 8, 8], outputs: 32, kernel: [3, 3], padding: .sizes([1])),
    .init(x: [4, 1, 8, 8], outputs: 16, kernel: [3, 3], padding: .sizes([1])),
    .init(x: [2, 3, 20, 20], outputs: 16, kernel: [7, 7], stride: [2], padding: .sizes([3])),
    .init(x: [2, 16, 6, 6], outputs: 8, kernel: [1, 1]),
    .init(x: [2, 16, 6, 6], outputs: 8, kernel: [1, 1], stride: [2]),
    .init(x: [2, 16, 6, 6], outputs: 5, kernel: [6, 6]),
    .init(x: [1, 2, 3, 3], outputs: 2, kernel: [2, 2], padding: .sizes([4])),
    .init(x: [2, 3, 9], outputs: 4, kernel: [3]),
    .init(x: [2, 4, 9], outputs: 4, kernel: [3], stride: [2], padding: .sizes([2]), dilation: [2], groups: 2),
    .init(x: [2, 4, 9], outputs: 4, kernel: [4], padding: .same, groups: 4),
    .init(x: [1, 1, 1, 1], outputs: 1, kernel: [1, 1]),
  ]
}

/// The definition, place by place.
private func plain(_ test: ConvolutionCase, _ x: Tensor, _ w: Tensor, _ b: Tensor) throws -> Tensor {
  let plan = try ConvolutionPlan("conv", dimensions: test.kernel.count, x: test.x, weight: test.weight, test.arguments), s = plan.sizes
  let (xs, ws, bs) = (try x.doubles(), try w.doubles(), try b.doubles())
  let (inputs, rows, columns) = (Int(s.inputs), Int(s.size.0), Int(s.size.1)), share = inputs / test.groups
  let (kh, kw) = (Int(s.kernel.0), Int(s.kernel.1))
  var out: [Double] = []
  for n in 0..<Int(s.batch) {
    for o in 0..<Int(s.outputs) {
      for oh in 0..<Int(s.out.0) {
        for ow in 0..<Int(s.out.1) {
          var sum = bs[o]
          for i in 0..<share {
            let channel = o / (test.outputs / test.groups) * share + i
            for a in 0..<kh {
              for b in 0..<kw {
                let h = oh * Int(s.stride.0) + a * Int(s.dilation.0) - Int(s.before.0), v = ow * Int(s.stride.1) + b * Int(s.dilation.1) - Int(s.before.1)
                guard h >= 0, h < rows, v >= 0, v < columns else { continue }
                sum += xs[((n * inputs + channel) * rows + h) * columns + v] * ws[((o * share + i) * kh + a) * kw + b]
              }
            }
          }
          out.append(sum)
        }
      }
    }
  }
  return try Tensor(out, plan.outputShape)
}

@Suite struct ConvolutionTests {
  private static func operands(_ test: ConvolutionCase) throws -> (Tensor, Tensor, Tensor) {
    var numbers = Numbers(seed: 3)
    return (try numbers.tensor(test.x, in: -1...1), try numbers.tensor(test.weight, in: -1...1), try numbers.tensor([test.outputs], in: -1...1))
  }

  @Test("both precisions agree with the definition", arguments: ConvolutionCase.all)
  func definition(_ test: ConvolutionCase) throws {
    let (x, w, b) = try Self.operands(test), n = test.kernel.count
    let expected = try plain(test, x, w, b)
    #expect(try x.convolved("conv", n, w, b, test.arguments).distance(to: expected) < 1e-12)
    // Sums of at most a few hundred numbers below 1.
    let single = try x.to(.float32).convolved("conv", n, w.to(.float32), b.to(.float32), test.arguments)
    #expect(try single.distance(to: expected) < 2e-5)
    let cut = try x.to(.float32).channelsLast().convolved("conv", n, w.to(.float32), b.to(.float32), test.arguments, relu: true)
    #expect(try cut.distance(to: expected.relu()) < 2e-5)
    let bare = try x.to(.float32).convolved("conv", n, w.to(.float32), nil, test.arguments)
    #expect(try bare.distance(to: plain(test, x, w, b * 0)) < 2e-5)
  }

  @Test("gradients in single precision agree with those in double", arguments: ConvolutionCase.all)
  func singleGradients(_ test: ConvolutionCase) throws {
    let (x, w, b) = try Self.operands(test), n = test.kernel.count
    func gradients(_ dtype: DType, _ relu: Bool, _ keepsHistory: Bool) throws -> [Tensor] {
      let inputs = try [x, w, b].map { try $0.to(dtype).requiringGrad() }
      let y = try inputs[0].convolved("conv", n, inputs[1], inputs[2], test.arguments, relu: relu)
      let seed = try Tensor((0..<y.count).map { Double($0 * 7 % 11) / 10 - 0.5 }, y.shape).to(dtype)
      return try y.gradients(with: inputs, seed: seed, keepsHistory: keepsHistory).compactMap { $0 }
    }
    for relu in [false, true] {
      let exact = try gradients(.float64, relu, false)
      for keepsHistory in [false, true] {
        let single = try gradients(.float32, relu, keepsHistory)
        #expect(single.count == 3)
        for (a, b) in zip(single, exact) { #expect(try a.distance(to: b) < 1e-4, "\(relu) \(keepsHistory)") }
      }
    }
  }

  @Test func onlyWhatIsWanted() throws {
    let test = ConvolutionCase.all[1], (x, w, b) = try Self.operands(test)
    let leaves = [x.requiringGrad(), w.requiringGrad(), b.requiringGrad()]
    let y = try leaves[0].conv2d(leaves[1], leaves[2]).sum()
    let all = try y.gradients(with: leaves)
    for i in 0..<3 {
      let one = try #require(try y.gradients(with: [leaves[i]])[0])
      #expect(try one.distance(to: #require(all[i])) < 1e-12)
    }
  }

  @Test func resultsLieWithTheirChannelsLast() throws {
    let x = try Tensor.ones([2, 3, 8, 8]), w = try Tensor.ones([4, 3, 3, 3])
    let y = try x.conv2d(w)
    #expect(y.isChannelsLast && y.shape == [2, 4, 6, 6])
    #expect(try y.relu().conv2d(Tensor.ones([2, 4, 3, 3])).isChannelsLast)
    #expect(try Tensor.ones([2, 3, 8]).conv1d(Tensor.ones([4, 3, 3])).isChannelsLast)
  }

  @Test func oneSample() throws {
    let x = try Tensor.ones([3, 8, 8]), w = try Tensor.ones([4, 3, 3, 3])
    #expect(try x.conv2d(w, padding: [1]).shape == [4, 8, 8])
    #expect(try x.conv_transpose2d(Tensor.ones([3, 2, 3, 3])).shape == [2, 10, 10])
  }

  @Test func nothingToSum() throws {
    let w = try Tensor.ones([4, 3, 3, 3]), b = try Tensor.ones([4])
    let y = try Tensor.ones([0, 3, 8, 8]).requiringGrad().conv2d(w.requiringGrad(), b)
    #expect(y.shape == [0, 4, 6, 6])
    #expect(try Tensor.ones([2, 0, 3, 3]).conv2d(Tensor.ones([4, 0, 3, 3]), b).doubles() == Array(repeating: 1, count: 8))
    let leaf = w.requiringGrad()
    let gradient = try Tensor.ones([0, 3, 8, 8]).conv2d(leaf, b).sum().gradients(with: [leaf])[0]
    #expect(try gradient?.doubles() == Array(repeating: 0, count: 108))
  }

  @Test("copies of weights follow the weights")
  func copies() throws {
    var numbers = Numbers(seed: 4)
    let x = try numbers.tensor([1, 16, 6, 6]).to(.float32), w = try numbers.tensor([32, 16, 3, 3]).to(.float32)
    let journal = Journal()
    for round in 0..<3 {
      let fresh = try numbers.tensor([32, 16, 3, 3]).to(.float32)
      try journal.write(w) { try w.copyNumbers(of: fresh) }
      let expected = try x.to(.float64).conv2d(fresh.to(.float64))
      for _ in 0..<4 { #expect(try x.conv2d(w).distance(to: expected) < 1e-4, "\(round)") }
    }
    // Memory of weights that are gone goes to others.
    for _ in 0..<50 {
      let other = try numbers.tensor([32, 16, 3, 3]).to(.float32), expected = try x.to(.float64).conv2d(other.to(.float64))
      for _ in 0..<3 { #expect(try x.conv2d(other).distance(to: expected) < 1e-4) }
    }
    // Two looks at one memory.
    let half = try w.indexed([.slice(from: 16, to: 32, step: 1)]), expected = try x.to(.float64).conv2d(half.to(.float64))
    for _ in 0..<3 { #expect(try x.conv2d(half).distance(to: expected) < 1e-4) }
  }

  @Test("pictures of few channels: the gradient of the input is that in double precision", arguments: [
    [1, 16, 3, 1, 28], [3, 32, 3, 1, 7], [2, 16, 5, 2, 17], [1, 48, 1, 0, 16], [4, 16, 2, 0, 33], [3, 16, 3, 3, 5], [1, 20, 3, 1, 9],
  ])
  func fewChannelsBack(_ p: [Int]) throws {
    var numbers = Numbers(seed: 8)
    let x = try numbers.tensor([3, p[0], p[4], p[4] + 2]), w = try numbers.tensor([p[1], p[0], p[2], p[2]])
    func gradient(_ dtype: DType) throws -> Tensor {
      let leaf = try x.to(dtype).requiringGrad(), y = try leaf.conv2d(w.to(dtype), padding: [p[3]])
      let seed = try Tensor((0..<y.count).map { Double($0 % 13) / 6 - 1 }, y.shape).to(dtype)
      return try #require(try y.gradients(with: [leaf], seed: seed)[0])
    }
    // Sums of at most 9 * 48 products of numbers below 2.
    #expect(try gradient(.float32).distance(to: gradient(.float64)) < 5e-5)
  }

  @Test("what does not fit is said with its numbers")
  func errors() throws {
    let x = try Tensor.ones([1, 4, 5, 5]), w = try Tensor.ones([8, 4, 3, 3])
    func text(_ body: () throws -> Tensor) -> String { error(of: { _ = try body() }).map { "\($0)" } ?? "" }
    #expect(text { try x.conv2d(Tensor.ones([8, 4, 7, 7])) } == "conv2d: the output would be empty: a window of 7×7 does not fit into 5×5")
    #expect(text { try x.conv2d(w, padding: [1], dilation: [4]) }.hasSuffix("a window of 3×3 with dilation 4×4 does not fit into 5×5, 7×7 with its padding"))
    #expect(text { try x.conv2d(w, groups: 3) } == "conv2d: groups=3 does not divide 8 output channels")
    #expect(text { try x.conv2d(Tensor.ones([9, 1, 3, 3]), groups: 3) } == "conv2d: groups=3 does not divide 4 input channels")
    #expect(text { try x.conv2d(Tensor.ones([8, 3, 3, 3])) }.contains("takes 3 input channels for a weight of [8, 3, 3, 3], got [1, 4, 5, 5]"))
    #expect(text { try x.conv2d(w, Tensor.ones([7])) }.contains("a bias of [8], got [7]"))
    #expect(text { try x.conv2d(w, stride: [0]) }.contains("`stride` is at least 1, got 0"))
    #expect(text { try x.conv2d(w, stride: [1, 1, 1]) }.contains("`stride` is one number or 2, got 3"))
    #expect(text { try x.conv2d(w, padding: [.max]) }.contains("`padding` is at most"))
    #expect(text { try x.conv2d(w.to(.float64)) }.contains("takes float64, got float32"))
    #expect(text { try x.conv2d(w.reshape([8, 36])) }.contains("[out, in / groups, rows, columns]"))
    #expect(text { try Tensor.ones([2, 2]).conv2d(w) }.contains("[N, C, H, W] or [C, H, W]"))
    #expect(text { try x.conv_transpose2d(Tensor.ones([4, 2, 3, 3]), outputPadding: [1]) }.contains("`output_padding` is below the stride or the dilation, got 1"))
    #expect(text { try x.conv_transpose2d(Tensor.ones([4, 2, 3, 3]), padding: [5]) }.contains("the output would be empty"))
    #expect(text { try x.conv_transpose2d(Tensor.ones([3, 2, 3, 3])) }.contains("3 input channels"))
    #expect(text { try x.conv2d(Tensor.ones([1, 1, 1, 1]).expand([8, 4, 1 << 40, 3])) }.contains("`weight` is at most"))
  }
}

@Suite struct TransposedConvolutionTests {
  /// The definition: every number of the input lays down its window.
  private static func plain(_ x: Tensor, _ w: Tensor, stride: Int, padding: Int, outputPadding: Int, dilation: Int, groups: Int) throws -> Tensor {
    let (n, inputs, rows) = (x.shape[0], x.shape[1], x.shape[2]), (share, k) = (w.shape[1], w.shape[2]), outputs = share * groups
    let size = (rows - 1) * stride - 2 * padding + dilation * (k - 1) + outputPadding + 1
    let (xs, ws) = (try x.doubles(), try w.doubles())
    var out = [Double](repeating: 0, count: n * outputs * size * size)
    for s in 0..<n {
      for i in 0..<inputs {
        for (r, c) in (0..<rows).flatMap({ r in (0..<rows).map { (r, $0) } }) {
          for o in 0..<share {
            for (a, b) in (0..<k).flatMap({ a in (0..<k).map { (a, $0) } }) {
              let (h, v) = (r * stride + a * dilation - padding, c * stride + b * dilation - padding)
              guard h >= 0, h < size, v >= 0, v < size else { continue }
              let channel = i / (inputs / groups) * share + o
              out[((s * outputs + channel) * size + h) * size + v] +=
                xs[((s * inputs + i) * rows + r) * rows + c] * ws[((i * share + o) * k + a) * k + b]
            }
          }
        }
      }
    }
    return try Tensor(out, [n, outputs, size, size])
  }

  @Test("agrees with the definition", arguments: [
    [1, 0, 0, 1, 1], [2, 1, 1, 1, 1], [2, 0, 1, 1, 2], [3, 2, 2, 1, 1], [1, 1, 1, 2, 1], [2, 3, 0, 2, 2], [1, 0, 2, 3, 1],
  ])
  func definition(_ p: [Int]) throws {
    var numbers = Numbers(seed: 5)
    let x = try numbers.tensor([2, 4, 5, 5]), w = try numbers.tensor([4, 3, 3, 3]), b = try numbers.tensor([3 * p[4]])
    let expected = try Self.plain(x, w, stride: p[0], padding: p[1], outputPadding: p[2], dilation: p[3], groups: p[4]) + b.reshape([1, b.count, 1, 1])
    for dtype in [DType.float64, .float32] {
      let y = try x.to(dtype).conv_transpose2d(
        w.to(dtype), b.to(dtype), stride: [p[0]], padding: [p[1]], outputPadding: [p[2]], groups: p[4], dilation: [p[3]])
      #expect(try y.distance(to: expected) < (dtype == .float64 ? 1e-12 : 1e-4))
    }
  }
}
