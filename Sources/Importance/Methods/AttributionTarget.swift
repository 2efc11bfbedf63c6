import Builtins
import Engine

/// Which output of each row an attribution is for.
/// - Source: Captum's `target`: an integer, a tuple, a tensor or a list of one for each row.
struct AttributionTarget: Accepted {
  private let form: Form
  private enum Form {
    /// Integers in a row: one for each row of outputs, or the position of one in several dimensions.
    case several([Int])
    case one(Int)
    /// A position for each row.
    case positions([[Int]])
  }

  static let expectation = "an integer, a list or a tensor of integers"

  static func accept(_ value: any Value) throws -> AttributionTarget? {
    if let k = value as? Int { return AttributionTarget(form: .one(k)) }
    if let list = value as? List {
      if let several = list.items as? [Int] { return AttributionTarget(form: .several(several)) }
      let rows = list.items.compactMap { ($0 as? List)?.items as? [Int] }
      return rows.count == list.count && !rows.isEmpty ? AttributionTarget(form: .positions(rows)) : nil
    }
    guard let tensor = try Tensor.accept(value), tensor.dtype == .int64 else { return nil }
    let numbers = try tensor.doubles().map { Int($0) }
    // As in Captum, a tensor of one number is that number, and so is meant for all rows.
    return AttributionTarget(form: numbers.count == 1 ? .one(numbers[0]) : .several(numbers))
  }

  /// Ones where an output counts and zeros elsewhere: what a backward pass starts from.
  /// - Shape: that of `output [n, *]`.
  /// - Throws: `AttributionError` where the target does not fit.
  static func seed(_ target: AttributionTarget?, for output: Tensor) throws -> Tensor {
    guard output.dtype.isFloating, let rows = output.shape.first else { throw AttributionError.output(output.shape, output.dtype) }
    guard let target else {
      guard output.count == rows else { throw AttributionError.needsTarget(output.shape) }
      return try Tensor.full(output.shape, 1, output.dtype)
    }
    let size = output.count / max(rows, 1)
    let places = try target.positions(in: output.shape).enumerated().map { row, place in row * size + place }
    let ones = try Tensor.full([places.count], 1, output.dtype)
    return try Tensor.zeros([output.count], output.dtype).scatter(0, Tensor(places), ones).reshape(output.shape)
  }

  /// For each row the place of its output among those of the row, which lie one after the other.
  private func positions(in shape: [Int]) throws(AttributionError) -> [Int] {
    let rows = shape[0], inner = Array(shape.dropFirst())
    switch form {
    case .one(let k): return Array(repeating: try place([k], in: inner, of: shape), count: rows)
    case .several(let list) where inner.count == 1:
      guard list.count == rows else { throw .count(list.count, rows: rows) }
      return try list.map { k throws(AttributionError) in try place([k], in: inner, of: shape) }
    case .several(let position): return Array(repeating: try place(position, in: inner, of: shape), count: rows)
    case .positions(let list):
      guard list.count == rows else { throw .count(list.count, rows: rows) }
      return try list.map { position throws(AttributionError) in try place(position, in: inner, of: shape) }
    }
  }

  private func place(_ position: [Int], in inner: [Int], of shape: [Int]) throws(AttributionError) -> Int {
    guard position.count == inner.count else { throw .dimensions(position, shape) }
    var place = 0
    for (k, size) in zip(position, inner) {
      guard k >= 0, k < size else { throw .outside(k, size: size, shape) }
      place = place * size + k
    }
    return place
  }
}

/// What does not fit between a target, the outputs of a model and its inputs.
public enum AttributionError: Error, Equatable {
  case output([Int], DType)
  case needsTarget([Int])
  case count(Int, rows: Int)
  case dimensions([Int], [Int])
  case outside(Int, size: Int, [Int])
  case notATensor(String)
  case noInputs
  case independent(Int)
  case input(Int, DType)
}

extension AttributionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .output(let shape, let dtype): "the model gave \(dtype.name) of \(shape) where real numbers of [n, *] are explained"
    case .needsTarget(let shape): "the model gave \(shape), several outputs for each row: say which one counts, as in target=0"
    case .count(let met, let rows): "`target` has \(met) entries for \(rows) rows of outputs"
    case .dimensions(let position, let shape):
      "a target in outputs of \(shape) has \(shape.count - 1) \(shape.count == 2 ? "number" : "numbers"), got \(position.count == 1 ? "\(position[0])" : "\(position)")"
    case .outside(let met, let size, let shape): "there is no output \(met) in \(shape): targets are 0 to \(size - 1)"
    case .notATensor(let kind): "the model gave \(kind), and a tensor is explained"
    case .noInputs: "`inputs` is an empty list"
    case .independent(let i): "the output does not depend on input \(i)"
    case .input(let i, let dtype): "input \(i) is \(dtype.name), and only real numbers have a gradient: `x.float()` makes them"
    }
  }
}
