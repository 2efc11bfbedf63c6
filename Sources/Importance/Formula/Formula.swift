import Builtins
import Engine

/// What an importance is computed from: an expression over a parameter, its gradient and the samples of a data set.
///
/// Each node carries a `tag` that whoever built it may choose, such as the number of a source span; errors give it back.
/// Equality leaves tags aside, so that the same reduction written twice is computed once.
public struct Formula: Sendable {
  public indirect enum Kind: Sendable, Hashable {
    case number(Double)
    case symbol(FormulaSymbol)
    case negated(Formula)
    case magnitude(Formula)
    case binary(FormulaOperator, Formula, Formula)
    case call(FormulaCall)
    case reduced(FormulaReducer, Formula)
    /// One number of the elements of a group.
    case grouped(GroupReducer, Formula)
    /// The average of a formula over points of a path, or over draws.
    case averaged(FormulaAverage, Formula)
    /// How far a symbol moves along a path, for each unit of its length.
    case step(FormulaSymbol)
    /// What something that is done to the model does to a metric.
    case effect(FormulaEffect)
    /// The scores of an algorithm.
    case method(FormulaMethod)
  }

  public let kind: Kind
  public let tag: Int

  init(_ kind: Kind, tag: Int) { (self.kind, self.tag) = (kind, tag) }
}

extension Formula: Hashable {
  public static func == (a: Formula, b: Formula) -> Bool { a.kind == b.kind }
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// What stands between two formulas.
public enum FormulaOperator: String, Sendable, CaseIterable {
  case add = "+", subtract = "-", multiply = "*", divide = "/", power = "^"
  case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=", equal = "==", unequal = "!="
}

/// What makes one number of those of all samples. `std` and `var` divide by n - 1.
public enum FormulaReducer: String, Sendable, CaseIterable {
  case mean, sum, max, min, std, `var`, norm
}

/// What makes one number of the elements that `each=` puts together: their sum, or the numerical rank of the map that they are.
public enum GroupReducer: String, Sendable { case total, matrix_rank }

/// A function of the shell, applied element by element.
public struct FormulaCall: Sendable, Hashable {
  public let name: String
  public let arguments: [FormulaArgument]
  let operation: Builtin<Void>

  public static func == (a: FormulaCall, b: FormulaCall) -> Bool { a.name == b.name && a.arguments == b.arguments }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(arguments)
  }
}

/// An argument of a function of a formula, with its name where it was given one.
public struct FormulaArgument: Sendable, Hashable {
  public let name: String?, value: Formula
  public init(_ name: String? = nil, _ value: Formula) { (self.name, self.value) = (name, value) }
}

extension Formula {
  public static func number(_ value: Double, tag: Int = 0) -> Formula { Formula(.number(value), tag: tag) }
  public static func symbol(_ symbol: FormulaSymbol, tag: Int = 0) -> Formula { Formula(.symbol(symbol), tag: tag) }

  /// The symbol of a name.
  /// - Throws: `unknownSymbol`.
  public static func symbol(named name: String, tag: Int = 0) throws(FormulaError) -> Formula {
    if let symbol = FormulaSymbol(rawValue: name) { return .symbol(symbol, tag: tag) }
    let known = FormulaSymbol.allCases.map(\.rawValue)
    let named = known + FormulaReducer.allCases.map(\.rawValue) + Criteria.all.map(\.name)
    // Any letter is one step from any other: of a single one the list says more.
    throw .unknownSymbol(name, nearest: name.count == 1 ? nil : nearest(to: name, among: named), known: known, tag: tag)
  }

  public static func binary(_ operation: FormulaOperator, _ a: Formula, _ b: Formula, tag: Int = 0) -> Formula {
    Formula(.binary(operation, a, b), tag: tag)
  }
  public static func negated(_ a: Formula, tag: Int = 0) -> Formula { Formula(.negated(a), tag: tag) }
  public static func magnitude(_ a: Formula, tag: Int = 0) -> Formula { Formula(.magnitude(a), tag: tag) }

  /// An average over the points of a path, or over draws.
  /// - Throws: `reducerInside` where `a` reduces samples, and `nestedAverage` for a path on a path.
  public static func averaged(_ average: FormulaAverage, _ a: Formula, tag: Int = 0) throws(FormulaError) -> Formula {
    if let (inner, at) = a.firstReducer { throw .reducerInside(average, inner: inner, tag: at) }
    if let (inner, at) = a.firstAverage, average.isPath || !inner.isPath { throw .nestedAverage(outer: average, inner: inner, tag: at) }
    if !average.isPath, let at = a.firstStep { throw .stepOffPath(tag: at) }
    return Formula(.averaged(average, a), tag: tag)
  }

  /// `d(a)`, which `path` alone gives a meaning.
  public static func step(_ symbol: FormulaSymbol, tag: Int = 0) throws(FormulaError) -> Formula {
    guard [.a, .z, .x].contains(symbol) else { throw .noStep(of: symbol, tag: tag) }
    return Formula(.step(symbol), tag: tag)
  }

  /// What something that is done does to a metric.
  public static func effect(_ effect: FormulaEffect, tag: Int = 0) -> Formula { Formula(.effect(effect), tag: tag) }

  /// A reducer over the samples.
  /// - Throws: `nestedReducer` where `a` holds another.
  public static func reduced(_ reducer: FormulaReducer, _ a: Formula, tag: Int = 0) throws(FormulaError) -> Formula {
    if let (inner, at) = a.firstReducer { throw .nestedReducer(outer: reducer, inner: inner, tag: at) }
    return Formula(.reduced(reducer, a), tag: tag)
  }

  /// The sum over the elements that `each=` puts together.
  public static func total(_ a: Formula, tag: Int = 0) -> Formula { Formula(.grouped(.total, a), tag: tag) }

  /// A function of the formula language: a reducer over the samples, a reducer over elements, or an operation of the shell that works element by
  /// element.
  public static func call(_ name: String, _ arguments: [FormulaArgument], tag: Int = 0) throws(FormulaError) -> Formula {
    if let reducer = FormulaReducer(rawValue: name) {
      guard arguments.count == 1, arguments[0].name == nil else { throw .reducerArguments(reducer, met: arguments.count, tag: tag) }
      return try reduced(reducer, arguments[0].value, tag: tag)
    }
    if let reducer = GroupReducer(rawValue: name) {
      guard arguments.count == 1, arguments[0].name == nil else { throw .methodArguments(name, takes: "one formula", tag: tag) }
      return Formula(.grouped(reducer, arguments[0].value), tag: tag)
    }
    if let method = Criteria.method(named: name) { return try .method(method, arguments, tag: tag) }
    if name == "abs", arguments.count == 1, arguments[0].name == nil { return .magnitude(arguments[0].value, tag: tag) }
    guard let operation = Operations.all.first(where: { $0.name == name }) else {
      let named = FormulaReducer.allCases.map(\.rawValue) + Operations.all.map(\.name) + [GroupReducer.total.rawValue] + Criteria.methods.map(\.builtin.name)
      throw .unknownFunction(name, nearest: nearest(to: name, among: named), tag: tag)
    }
    let call = FormulaCall(name: name, arguments: arguments, operation: operation)
    try call.check(tag: tag)
    return Formula(.call(call), tag: tag)
  }
}

extension Formula {
  /// The nodes right below.
  public var parts: [Formula] {
    var out: [Formula] = []
    _ = hasPart {
      out.append($0)
      return false
    }
    return out
  }

  /// Whether a node right below is such a one. Makes no list: a line asks this of its formula many times.
  func hasPart(where fits: (Formula) -> Bool) -> Bool {
    switch kind {
    case .number, .symbol, .step, .effect, .method: false
    case .negated(let a), .magnitude(let a), .reduced(_, let a), .grouped(_, let a), .averaged(_, let a): fits(a)
    case .binary(_, let a, let b): fits(a) || fits(b)
    case .call(let call): call.arguments.contains { fits($0.value) }
    }
  }

  /// Whether the symbol stands anywhere in it.
  public func contains(_ symbol: FormulaSymbol) -> Bool {
    if case .symbol(symbol) = kind { return true }
    if case .step(symbol) = kind { return true }
    return hasPart { $0.contains(symbol) }
  }

  /// Whether it asks for derivatives of the objective.
  var readsObjective: Bool { contains(.g) || contains(.h) }

  /// Whether the symbol stands in it outside all reducers.
  func containsBare(_ symbol: FormulaSymbol) -> Bool {
    switch kind {
    case .symbol(let s): s == symbol
    case .reduced: false
    default: hasPart { $0.containsBare(symbol) }
    }
  }

  /// The reductions over samples, each once, in the order in which they stand.
  var reductions: [Formula] {
    var out: [Formula] = []
    func walk(_ f: Formula) {
      if case .reduced = f.kind {
        if !out.contains(f) { out.append(f) }
      } else {
        f.parts.forEach(walk)
      }
    }
    walk(self)
    return out
  }

  private var firstReducer: (FormulaReducer, tag: Int)? {
    if case .reduced(let reducer, _) = kind { return (reducer, tag) }
    return parts.lazy.compactMap(\.firstReducer).first
  }

  var firstAverage: (FormulaAverage, tag: Int)? {
    if case .averaged(let average, _) = kind { return (average, tag) }
    return parts.lazy.compactMap(\.firstAverage).first
  }

  /// A step along a path that is not within one here.
  private var firstStep: Int? {
    if case .step = kind { return tag }
    if case .averaged(let average, _) = kind, average.isPath { return nil }
    return parts.lazy.compactMap(\.firstStep).first
  }

  /// One formula that reads all that several read, for a request that they share.
  /// - Throws: `mixedSymbols` where they do not weigh the same.
  public static func together(_ formulas: [Formula]) throws(FormulaError) -> Formula {
    guard let first = formulas.first else { return .number(0) }
    let place = try first.place()
    for other in formulas.dropFirst() where try other.place() != place { throw .otherPlace(first.description, other.description, tag: other.tag) }
    return formulas.dropFirst().reduce(first) { .binary(.add, $0, $1, tag: $0.tag) }
  }

  /// The formula, where it says something of a parameter, a unit or an input.
  /// - Throws: `noSymbol` where it is a plain number.
  public func checked() throws(FormulaError) -> Formula {
    if let at = firstStep { throw .stepOffPath(tag: at) }
    if let inside = firstReducedMethod { throw .methodInside(inside.description, tag: inside.tag) }
    guard hasEffect || !methods.isEmpty || FormulaSymbol.allCases.contains(where: contains) else {
      throw .noSymbol(known: FormulaSymbol.allCases.map(\.rawValue), tag: tag)
    }
    return self
  }
}
