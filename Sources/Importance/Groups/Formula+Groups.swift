import Engine
import NN

extension Formula {
  /// What one of its numbers is of, where each score is of a group.
  enum Extent: Int { case plain, group, element }

  var extent: Extent {
    switch kind {
    case .number: .plain
    case .symbol, .step, .method: .element
    case .grouped, .effect: .group
    case .negated, .magnitude, .binary, .call, .reduced, .averaged:
      parts.map(\.extent).max { $0.rawValue < $1.rawValue } ?? .plain
    }
  }

  var hasTotal: Bool { firstTotal != nil }

  /// The first sum over elements, or rank of a map, in it.
  var firstTotal: Formula? {
    if case .grouped = kind { return self }
    return parts.lazy.compactMap(\.firstTotal).first
  }

  /// The scores that it comes to: worked out for every element, with the number of its group for a sum over elements and
  /// for an effect, and added up over each group where it has one number an element.
  func scores(_ bindings: Bindings) throws -> Tensor {
    guard let groups = bindings.groups, extent == .element else { return try tensor(bindings) }
    return try groups.sums(tensor(bindings))
  }
}

extension Bindings {
  /// What a formula comes to over the elements of each group.
  func grouped(_ reducer: GroupReducer, _ a: Formula) throws -> Tensor {
    guard let groups else { throw ScoringError.unplanned("\(reducer.rawValue)(\(a))") }
    let value = try a.tensor(self), spread = try a.extent == .group ? groups.spread(value) : value
    return switch reducer {
    case .total: try groups.sums(spread)
    case .matrix_rank: try groups.ranks(spread)
    }
  }

  /// What formulas come to that meet element by element: where one is of elements, those of groups are spread over theirs.
  func values(_ formulas: [Formula]) throws -> [Quantity] {
    let values = try formulas.map { try $0.value(self) }
    guard let groups, formulas.contains(where: { $0.extent == .element }) else { return values }
    return try zip(formulas, values).map { formula, value in
      guard formula.extent == .group, case .tensor(let tensor) = value else { return value }
      return .tensor(try groups.spread(tensor))
    }
  }
}

extension Target {
  /// What the numbers of some samples have for a shape.
  /// - Parameter shape: that of gradients, `[samples, elements]`.
  func shape(of formula: Formula, _ shape: [Int]) -> [Int] {
    guard let groups, formula.extent == .group, let samples = shape.first else { return shape }
    return [samples] + groups.shape
  }
}

extension Scoring {
  /// Whether one number stands for several elements, so that the scores have not the shape of what is scored.
  var isGrouped: Bool { each.isGrouped }

  /// What the scores are worked out for, one by one.
  var pieces: String { isGrouped ? "one number for each \(each.word)" : "element by element" }

  /// - Throws: `totalWithoutEach`.
  func checkEach() throws(FormulaError) {
    if !isGrouped, let total = formula.firstTotal { throw .totalWithoutEach(total.description, tag: total.tag) }
  }

  /// The groups of the elements of a parameter; nil where each score is of one element.
  func groups(of name: String, _ parameter: NN.Parameter) throws -> ElementGroups? {
    isGrouped ? try EffectSite.parameter(name, parameter).groups(each, parameter.value.shape, in: model) : nil
  }
}
