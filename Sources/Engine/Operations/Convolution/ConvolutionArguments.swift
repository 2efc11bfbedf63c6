import Builtins

/// What stands around the input of a convolution.
public enum ConvolutionPadding: Accepted, Sendable, Equatable, CustomStringConvertible {
  case sizes([Int])
  /// As much as makes the output as large as the input, and none.
  case same, valid

  public static let expectation = "an integer, a list of integers, \"same\" or \"valid\""
  public static func accept(_ value: any Value) throws -> ConvolutionPadding? {
    if let word = value as? String { return word == "same" ? .same : word == "valid" ? .valid : nil }
    return try [Int].accept(value).map(ConvolutionPadding.sizes)
  }
  public var description: String {
    switch self {
    case .sizes(let list): list.count == 1 ? "\(list[0])" : "\(list)"
    case .same: "same"
    case .valid: "valid"
    }
  }
}

/// How the window of a convolution moves: each list holds one number, or one for each dimension.
public struct ConvolutionArguments: Sendable {
  public var stride: [Int], padding: ConvolutionPadding, dilation: [Int], groups: Int

  public init(stride: [Int] = [1], padding: ConvolutionPadding = .sizes([0]), dilation: [Int] = [1], groups: Int = 1) {
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }
}

/// A list of one number, or of one for each of `n` dimensions, as the latter.
/// - Throws: `value` where it is of another length, or a number is below `least` or beyond what any tensor has.
public func onePerDimension(_ list: [Int], _ n: Int, _ argument: String, atLeast least: Int, of name: String) throws(TensorError) -> [Int] {
  let all = list.count == 1 ? Array(repeating: list[0], count: n) : list
  guard all.count == n else { throw .value(name, "`\(argument)` is one number or \(n), got \(list.count)") }
  if let bad = all.first(where: { $0 < least }) { throw .value(name, "`\(argument)` is at least \(least), got \(bad)") }
  if let bad = all.first(where: { $0 > Int32.max }) { throw .value(name, "`\(argument)` is at most \(Int32.max), got \(bad)") }
  return all
}
