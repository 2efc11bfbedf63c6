import Builtins
import Engine

/// A number for all parameters, or one for each pattern of their names: `{"fc1.*": 0.001, "*": 0.01}`.
///
/// Of several patterns that match a parameter, the one that is written first counts.
public struct PatternedNumber: Accepted {
  enum Form {
    case one(Double)
    case byPattern([(pattern: String, number: Double)])
  }
  let form: Form

  public init(_ number: Double) { form = .one(number) }
  public init(_ numbers: [(pattern: String, number: Double)]) { form = .byPattern(numbers) }

  public static let expectation = "a number, or a record of numbers by pattern such as {\"fc1.*\": 0.001, \"*\": 0.01}"
  public static func accept(_ value: any Value) throws -> PatternedNumber? {
    if let number = Double.accept(value) { return PatternedNumber(number) }
    guard let record = value as? Record else { return nil }
    var numbers: [(pattern: String, number: Double)] = []
    for (name, value) in record.members {
      guard let number = Double.accept(value) else { return nil }
      numbers.append((name, number))
    }
    return PatternedNumber(numbers)
  }

  /// The number, where there is one for all.
  var whole: Double? { if case .one(let number) = form { number } else { nil } }

  /// The number of each of a model's parameters, in order; nil where no pattern matches.
  /// - Throws: `value` for a pattern that matches none or never gets its turn, and for a number below 0.
  func numbers(of model: Module, _ parameters: [(name: String, parameter: Parameter)], _ argument: String) throws(TensorError) -> [Double?] {
    switch form {
    case .one(let number):
      try check(number, argument)
      return parameters.map { _ in number }
    case .byPattern(let numbers):
      var out: [ObjectIdentifier: Double] = [:]
      for (pattern, number) in numbers {
        try check(number, argument)
        let matching: [ObjectIdentifier]
        do { matching = try model.parameters(matching: pattern).map { ObjectIdentifier($0.parameter) } } catch {
          throw TensorError.value(argument, error.description)
        }
        let free = matching.filter { out[$0] == nil }
        guard !free.isEmpty else {
          throw TensorError.value(argument, "`\(pattern)` never gets its turn: patterns before it match all that it does; write it before them")
        }
        for id in free { out[id] = number }
      }
      return parameters.map { out[ObjectIdentifier($0.parameter)] }
    }
  }

  private func check(_ number: Double, _ argument: String) throws(TensorError) {
    guard number >= 0, number.isFinite else { throw .value(argument, "is a number of at least 0, got \(number.shortText)") }
  }
}
