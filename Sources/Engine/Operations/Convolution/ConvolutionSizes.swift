/// The sizes of a convolution over 1 to 3 dimensions, checked: it alone rejects what does not fit.
struct ConvolutionSizes {
  let x: [Int], weight: [Int], out: [Int], stride: [Int], dilation: [Int], before: [Int], after: [Int], groups: Int

  /// Of sizes that are known to fit.
  init(x: [Int], weight: [Int], out: [Int], stride: [Int], dilation: [Int], before: [Int], after: [Int], groups: Int) {
    (self.x, self.weight, self.out, self.stride) = (x, weight, out, stride)
    (self.dilation, self.before, self.after, self.groups) = (dilation, before, after, groups)
  }

  /// - Parameters:
  ///   - x: `[N, in, *]`, with as many dimensions behind as `dimensions` says.
  ///   - weight: `[out, in / groups, *]`.
  init(_ name: String, dimensions n: Int, x: [Int], weight: [Int], _ arguments: ConvolutionArguments) throws(TensorError) {
    let extent = Extent.of(n)
    guard weight.count == n + 2 else {
      throw .shape(name, expected: "a weight of [out, in / groups, \(extent.window)]", met: weight, operand: 1)
    }
    let groups = arguments.groups, outputs = weight[0]
    guard groups > 0 else { throw .value(name, "`groups` is at least 1, got \(groups)") }
    guard outputs % groups == 0 else { throw .value(name, "groups=\(groups) does not divide \(outputs) output channels") }
    guard x.count == n + 2 else { throw .shape(name, expected: "[N, C, \(extent.letters)] or [C, \(extent.letters)]", met: x, operand: 0) }
    guard x[1] % groups == 0 else { throw .value(name, "groups=\(groups) does not divide \(x[1]) input channels") }
    guard x[1] / groups == weight[1] else {
      let split = groups == 1 ? "" : " in \(groups) groups of \(weight[1])"
      throw .shape(name, expected: "\(weight[1].multipliedReportingOverflow(by: groups).partialValue) input channels\(split) for a weight of \(weight)", met: x, operand: 0)
    }
    let kernel = try onePerDimension(Array(weight[2...]), n, "weight", atLeast: 1, of: name)
    let stride = try onePerDimension(arguments.stride, n, "stride", atLeast: 1, of: name)
    let dilation = try onePerDimension(arguments.dilation, n, "dilation", atLeast: 1, of: name)
    let span = (0..<n).map { dilation[$0] * (kernel[$0] - 1) + 1 }
    let (before, after) = try Self.padding(arguments.padding, n, span: span, stride: stride, of: name)
    var out: [Int] = []
    for d in 0..<n {
      let room = x[d + 2] + before[d] + after[d] - span[d]
      out.append(room.quotientDown(stride[d]) + 1)
    }
    if out.contains(where: { $0 < 1 }) {
      throw .value(name, Self.emptyText(Array(x[2...]), before, after, kernel: kernel, dilation: dilation))
    }
    self.init(x: x, weight: weight, out: out, stride: stride, dilation: dilation, before: before, after: after, groups: groups)
  }

  private static func padding(
    _ padding: ConvolutionPadding, _ n: Int, span: [Int], stride: [Int], of name: String
  ) throws(TensorError) -> (before: [Int], after: [Int]) {
    switch padding {
    case .valid: return (Array(repeating: 0, count: n), Array(repeating: 0, count: n))
    case .same:
      guard stride.allSatisfy({ $0 == 1 }) else { throw .value(name, "`padding=\"same\"` needs a stride of 1, got \(stride)") }
      return (span.map { ($0 - 1) / 2 }, span.map { $0 / 2 })
    case .sizes(let list):
      let all = try onePerDimension(list, n, "padding", atLeast: 0, of: name)
      return (all, all)
    }
  }

  private static func emptyText(_ size: [Int], _ before: [Int], _ after: [Int], kernel: [Int], dilation: [Int]) -> String {
    func text(_ list: [Int]) -> String { list.map(String.init).joined(separator: "×") }
    let padded = zip(zip(before, after), size).map { $0.0 + $0.1 + $1 }
    let isSpread = dilation.contains { $0 != 1 }
    return "the output would be empty: a window of \(text(kernel))\(isSpread ? " with dilation \(text(dilation))" : "") does not fit into "
      + "\(text(size))\(padded == size ? "" : ", \(text(padded)) with its padding")"
  }
}

extension Int {
  /// The quotient, rounded down also where this is negative; `divisor` is above 0.
  fileprivate func quotientDown(_ divisor: Int) -> Int { self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor) }
}
