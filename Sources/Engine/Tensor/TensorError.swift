/// What can be wrong with an operation on tensors: what was expected and what was met. `operand` counts the inputs.
public enum TensorError: Error, Equatable {
  case shapesDoNotBroadcast(String, [Int], [Int])
  /// The operation, what it takes, what it met.
  case shape(String, expected: String, met: [Int], operand: Int)
  case dtype(String, expected: String, met: DType, operand: Int)
  case dimension(String, met: Int, rank: Int)
  case index(Int, size: Int, dimension: Int)
  case elements(from: [Int], to: [Int])
  case tooLarge(shape: [Int], bytes: Double, limit: Double)
  case tooManyDimensions(Int)
  case value(String, String)
  case divisionByZero(String)
  case notScalar([Int])
  case noGradient(String)
  case modifiedInPlace(String)
  case kernel(String, status: Int)
  case interrupted
}

extension TensorError: CustomStringConvertible {
  /// One sentence with the numbers that were met.
  public var description: String {
    switch self {
    case .shapesDoNotBroadcast(let name, let a, let b): "shapes do not fit: `\(name)` of \(a) and \(b)"
    case .shape(let name, let expected, let met, _): "shapes do not fit: \(name) takes \(expected), got \(met)"
    case .dtype(let name, let expected, let met, _): "\(name) takes \(expected), got \(met.name)"
    case .dimension(let name, let met, let rank):
      rank == 0 ? "\(name): there is no dimension \(met): the tensor has none" : "\(name): there is no dimension \(met): a tensor of \(rank) dimensions has \(-rank) to \(rank - 1)"
    case .index(let i, let size, let dimension): "index \(i) is out of range: dimension \(dimension) has \(size) element\(size == 1 ? "" : "s")"
    case .elements(let from, let to): "\(from) does not become \(to): the numbers of elements differ"
    case .tooLarge(let shape, let bytes, let limit): "a tensor of \(shape) takes \(memoryText(bytes)), more than the \(memoryText(limit)) that are there"
    case .tooManyDimensions(let n): "\(n) dimensions are more than the 16 that a tensor may have"
    case .value(let name, let what): "\(name): \(what)"
    case .divisionByZero(let name): "\(name): an integer was divided by zero"
    case .notScalar(let shape): "a gradient needs one number to start from, got \(shape)"
    case .noGradient(let what): what
    case .modifiedInPlace(let name): "the gradient of `\(name)` needs a value that was written over since"
    case .kernel(let name, let status): "\(name) failed in oneDNN with status \(status)"
    case .interrupted: "interrupted"
    }
  }
}

/// Bytes in the unit that gives one to three digits.
public func memoryText(_ bytes: Double) -> String {
  var (value, unit) = (bytes, 0)
  let units = ["bytes", "KB", "MB", "GB", "TB", "PB", "EB"]
  while value >= 1000, unit + 1 < units.count { (value, unit) = (value / 1000, unit + 1) }
  if value >= 1000 { return "over 1000 EB" }
  let tenths = (value * 10).rounded() / 10
  return (unit == 0 || tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)") + " " + units[unit]
}
