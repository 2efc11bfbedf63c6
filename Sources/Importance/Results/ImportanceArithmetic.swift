import Builtins
import Engine

/// What an importance is combined with.
public enum ImportanceOperand {
  case importance(ImportanceValue)
  case number(Double)
  /// Tensors by name, such as masks; those of other names are left aside.
  case tensors(Record)

  public init?(_ value: any Value) {
    switch value {
    case let value as ImportanceValue: self = .importance(value)
    case let value as Record: self = .tensors(value)
    case let value as Bool: self = .number(value ? 1 : 0)
    default:
      guard let number = Double.accept(value) else { return nil }
      self = .number(number)
    }
  }

  fileprivate var importance: ImportanceValue? { if case .importance(let value) = self { value } else { nil } }
}

extension ImportanceValue {
  /// Element by element, such as `(a + b) / 2`. Comparisons give 1 where they hold and 0 elsewhere.
  /// - Throws: `UseError` where two importances are not of the same things.
  public static func combined(_ operation: FormulaOperator, _ a: ImportanceOperand, _ b: ImportanceOperand) throws -> ImportanceValue? {
    guard let base = a.importance ?? b.importance else { return nil }
    if let x = a.importance, let y = b.importance { try x.checkMatches(y) }
    let scores = try Recording.with(.none) {
      try base.scores.map { name, tensor in
        let (x, y) = (try a.quantity(name, tensor), try b.quantity(name, tensor))
        guard case .tensor(let value) = try operation.value(x, y, tensor.dtype) else { return (name: name, tensor: tensor) }
        return (name: name, tensor: try value.to(tensor.dtype))
      }
    }
    guard let formula = combinedFormula(operation, a, b) else { return base.changed(scores, "\(operation.rawValue) given tensors") }
    var result = base.joined(with: a.importance == nil ? nil : b.importance, scores, formula)
    result.errors = try Recording.with(.none) { try combinedErrors(operation, a, b) }
    return result
  }

  /// The standard errors of sums and multiples of scores whose own are independent; nil where there are none, or for
  /// another operation.
  private static func combinedErrors(_ operation: FormulaOperator, _ a: ImportanceOperand, _ b: ImportanceOperand) throws -> [Tensor]? {
    switch (operation, a, b) {
    case (.add, .importance(let x), .importance(let y)), (.subtract, .importance(let x), .importance(let y)):
      guard let own = x.errors else { return y.errors.map { errors in x.names.compactMap { y.names.firstIndex(of: $0).map { errors[$0] } } } }
      guard let others = y.errors else { return own }
      return try zip(x.names, own).map { name, error in
        guard let place = y.names.firstIndex(of: name) else { return error }
        return try (error * error + others[place] * others[place]).sqrt()
      }
    case (.add, .importance(let x), .number), (.subtract, .importance(let x), .number), (.add, .number, .importance(let x)),
      (.subtract, .number, .importance(let x)):
      return x.errors
    case (.multiply, .importance(let x), .number(let factor)), (.multiply, .number(let factor), .importance(let x)):
      return try x.errors?.map { try $0 * abs(factor) }
    case (.divide, .importance(let x), .number(let divisor)): return try x.errors?.map { try $0 / abs(divisor) }
    default: return nil
    }
  }

  /// The sizes of the scores.
  public func magnitudes() throws -> ImportanceValue {
    let sizes = try Recording.with(.none) { try scores.map { (name: $0.name, tensor: try $0.tensor.abs()) } }
    return joined(with: nil, sizes, .magnitude(formula))
  }

  /// The mean over importances of the same things, such as those of several seeds.
  public static func mean(_ values: [ImportanceValue]) throws -> ImportanceValue {
    try average(values, "mean of \(values.count)") { all throws(TensorError) in try all.mean([0]) }
  }

  /// The standard deviation over importances of the same things, over n - 1.
  public static func spread(_ values: [ImportanceValue]) throws -> ImportanceValue {
    guard values.count > 1 else { throw UseError.tooFew("a standard deviation over importances", met: values.count) }
    return try average(values, "standard deviation of \(values.count)") { all throws(TensorError) in try all.std([0]) }
  }

  private static func average(
    _ values: [ImportanceValue], _ words: String, _ reduced: (Tensor) throws(TensorError) -> Tensor
  ) throws -> ImportanceValue {
    guard let first = values.first else { throw UseError.nothingToAverage }
    for other in values.dropFirst() { try first.checkMatches(other) }
    let scores = try Recording.with(.none) {
      try first.scores.map { name, tensor in
        let all = try values.map { try $0.scores(of: name).to(tensor.dtype) }
        return (name: name, tensor: try reduced(Tensor.stack(all)))
      }
    }
    let isOneFormula = values.allSatisfy { $0.formula == first.formula }
    let formulas = isOneFormula ? "" : " (" + values.map(\.formula.description).joined(separator: ", ") + ")"
    var result = first.changed(scores, words + formulas)
    result.errors = nil
    result.model = values.allSatisfy { $0.model === first.model } ? first.model : nil
    return result
  }

  /// - Throws: `namesDiffer` or `shapesDiffer` where the other scores other things.
  func checkMatches(_ other: ImportanceValue) throws(UseError) {
    let (own, others) = (Set(names), Set(other.names))
    guard own == others else {
      throw .namesDiffer(onlyFirst: names.filter { !others.contains($0) }, onlySecond: other.names.filter { !own.contains($0) })
    }
    for (name, tensor) in scores {
      guard let there = other.scores.first(where: { $0.name == name })?.tensor, there.shape != tensor.shape else { continue }
      throw .shapesDiffer(name, tensor.shape, there.shape)
    }
  }

  private static func combinedFormula(_ operation: FormulaOperator, _ a: ImportanceOperand, _ b: ImportanceOperand) -> Formula? {
    guard let x = a.formula, let y = b.formula else { return nil }
    return .binary(operation, x, y)
  }

  /// The scores of a combination, with what is known of how both were made.
  private func joined(with other: ImportanceValue?, _ scores: [(name: String, tensor: Tensor)], _ formula: Formula) -> ImportanceValue {
    func both(_ a: String?, _ b: String?) -> String? { a == b ? a : [a, b].compactMap { $0 }.joined(separator: " and ") }
    let seconds = other == nil ? self.seconds : self.seconds.flatMap { own in other?.seconds.map { own + $0 } }
    var all = changes
    if let other { for change in other.changes where !all.contains(change) { all.append(change) } }
    var value = ImportanceValue(
      scores, formula: formula, objective: other.map { both(objective, $0.objective) } ?? objective, data: other.map { both(data, $0.data) } ?? data,
      plan: plan, seconds: seconds, changes: all)
    value.model = other == nil || other?.model === model ? model : nil
    value.provenance = provenance
    return value
  }
}

extension ImportanceOperand {
  fileprivate var formula: Formula? {
    switch self {
    case .importance(let value): value.formula
    case .number(let number): .number(number)
    case .tensors: nil
    }
  }

  /// What stands beside the scores of a name.
  fileprivate func quantity(_ name: String, _ scores: Tensor) throws -> Quantity {
    switch self {
    case .importance(let value): return .tensor(try value.scores(of: name))
    case .number(let number): return .number(number)
    case .tensors(let record):
      guard let value = record[name] else { throw UseError.namesDiffer(onlyFirst: [name], onlySecond: []) }
      guard let tensor = try Tensor.accept(value) else { throw UseError.noTensor(name, met: type(of: value).aKind) }
      guard tensor.shape == scores.shape else { throw UseError.shapesDiffer(name, scores.shape, tensor.shape) }
      return .tensor(try tensor.detached().to(scores.dtype))
    }
  }
}
