import Builtins
import Engine
import Importance
import Language

/// A formula under a name of the user's.
public struct NamedFormula {
  let formula: Formula
  let text: String
  let names: EffectNames
}

/// Makes a formula of an expression. Symbols stand before names of the user's; numbers under names become constants.
struct FormulaReader {
  let session: Session
  let scope: Scope
  /// What effects in the formula name.
  var names = EffectNames()
  /// Where each node was written; the tag of a node is its place here.
  private(set) var spans: [Span] = []

  init(_ session: Session, _ scope: Scope) { (self.session, self.scope) = (session, scope) }

  /// - Throws: a `Failure` at the very piece that is wrong.
  mutating func read(_ e: Expression) throws -> Formula {
    let formula = try formula(e)
    do { return try formula.checked() } catch { throw failure(error) }
  }

  /// An error of the formula or its planner, at the piece that it is about.
  func failure(_ error: FormulaError) -> Failure {
    let span = spans.indices.contains(error.tag) ? spans[error.tag] : spans.first
    return Failure(error.description, at: span, help: error.help)
  }

  private mutating func formula(_ e: Expression) throws -> Formula {
    spans.append(e.span)
    let tag = spans.count - 1
    do {
      switch e.kind {
      case .integer(let value): return .number(Double(value), tag: tag)
      case .real(let value): return .number(value, tag: tag)
      case .name(let name): return try symbol(name, tag)
      case .absolute(let a): return .magnitude(try formula(a), tag: tag)
      case .unary(.minus, let a): return .negated(try formula(a), tag: tag)
      case .binary(let operation, let a, let b):
        guard let known = FormulaOperator(rawValue: operation.rawValue) else {
          throw Failure("a formula has no `\(operation.rawValue)`", at: e.span, help: "it works element by element: + - * / ^ and |…|")
        }
        return .binary(known, try formula(a), try formula(b), tag: tag)
      case .comparison(let a, let rest):
        guard rest.count == 1, let known = FormulaOperator(rawValue: rest[0].operation.rawValue) else {
          throw Failure("a formula compares two sides at a time", at: e.span)
        }
        return .binary(known, try formula(a), try formula(rest[0].operand), tag: tag)
      case .call(let call): return try self.call(call, e.span, tag)
      default: return try constant(e, tag)
      }
    } catch let error as FormulaError { throw failure(error) }
  }

  private mutating func symbol(_ name: String, _ tag: Int) throws -> Formula {
    if let symbol = FormulaSymbol(rawValue: name) { return .symbol(symbol, tag: tag) }
    if let named = session.formulas[name] {
      names.merge(named.names)
      return named.formula
    }
    if let value = scope[name], let number = Double.accept(value) ?? (value as? Tensor).flatMap({ $0.count == 1 ? try? $0.item() : nil }) {
      return .number(number, tag: tag)
    }
    if let constant = Session.constants[name], scope[name] == nil { return .number(constant, tag: tag) }
    if let criterion = Criteria.named(name) { return criterion.formula }
    return try .symbol(named: name, tag: tag)
  }

  private mutating func call(_ call: Call, _ span: Span, _ tag: Int) throws -> Formula {
    if case .name(let name) = call.callee.kind, let effect = try effect(name, call, span, tag) { return effect }
    var arguments: [FormulaArgument] = []
    let name: String
    switch call.callee.kind {
    case .name(let text): name = text
    case .member(let base, let member):
      name = member.text
      arguments.append(FormulaArgument(nil, try formula(base)))
    default: throw Failure("a formula calls functions by their names", at: span)
    }
    if let read = try sampled(name, call, arguments.first?.value, span, tag) { return read }
    for argument in call.arguments { arguments.append(FormulaArgument(argument.name?.text, try formula(argument.value))) }
    return try .call(name, arguments, tag: tag)
  }

  /// `path`, `smooth` and `expect`, with their settings, and the step `d(a)`; nil for any other function.
  private mutating func sampled(_ name: String, _ call: Call, _ first: Formula?, _ span: Span, _ tag: Int) throws -> Formula? {
    guard let settings = Self.averages[name] ?? (name == "d" ? [] : nil) else { return nil }
    var inner = first, given: [String: Language.Argument] = [:], open = settings
    for argument in call.arguments {
      if let word = argument.name?.text {
        guard settings.contains(word) else {
          let known = settings.isEmpty ? "it takes a symbol alone" : "it takes a formula, " + settings.map { "`\($0)=`" }.joined(separator: " and ")
          throw Failure("`\(name)` has no argument `\(word)`", at: argument.span, help: nearest(to: word, among: settings).map { "did you mean `\($0)=`?" } ?? known)
        }
        given[word] = argument
        open.removeAll { $0 == word }
      } else if inner == nil {
        inner = try formula(argument.value)
      } else if let next = open.first {
        given[next] = argument
        open.removeFirst()
      } else {
        throw Failure("`\(name)` takes fewer arguments", at: argument.span)
      }
    }
    guard let inner else { throw Failure("`\(name)` needs a formula", at: span, help: name == "d" ? "as in `path(da * d(a))`" : "as in `\(name)(dx)`") }
    if name == "d" {
      guard case .symbol(let symbol) = inner.kind else { throw Failure("`d(…)` takes a symbol", at: span, help: "as in `path(da * d(a))`") }
      return try .step(symbol, tag: tag)
    }
    let average: FormulaAverage = switch name {
    case "path": try path(given["steps"], try rule(given["method"]))
    case "smooth": .smooth(draws: try count(given["n"], 50), std: try positive(given["std"], 0.15))
    default: .expect(draws: try count(given["n"], 50))
    }
    return try .averaged(average, inner, tag: tag)
  }

  private static let averages = ["path": ["steps", "method"], "smooth": ["n", "std"], "expect": ["n"]]

  func count(_ argument: Language.Argument?, _ standard: Int, most: Int = 1_000_000, help: String? = nil) throws -> Int {
    guard let argument else { return standard }
    guard let count = try session.evaluate(argument.value, scope) as? Int, (1...most).contains(count) else {
      throw Failure("a whole number from 1 to \(most) is needed here", at: argument.span, help: help)
    }
    return count
  }

  private func path(_ steps: Language.Argument?, _ rule: PathRule) throws -> FormulaAverage {
    let other = PathRule.riemann_middle
    let help = "with more points than that no rule has more digits; `method=\"\(other.rawValue)\"` takes up to \(other.mostSteps)"
    return .path(steps: try count(steps, 50, most: rule.mostSteps, help: rule.mostSteps < other.mostSteps ? help : nil), rule)
  }

  private func positive(_ argument: Language.Argument?, _ standard: Double) throws -> Double {
    guard let argument else { return standard }
    guard let number = Double.accept(try session.evaluate(argument.value, scope)), number >= 0, number.isFinite else {
      throw Failure("a number of 0 or more is needed here", at: argument.span)
    }
    return number
  }

  /// A rule by its bare name, or as text.
  private func rule(_ argument: Language.Argument?) throws -> PathRule {
    guard let argument else { return .gausslegendre }
    let word: String? = if case .name(let name) = argument.value.kind, scope[name] == nil { name } else { try session.evaluate(argument.value, scope) as? String }
    guard let word, let rule = PathRule(rawValue: word) else {
      let near = word.flatMap { nearest(to: $0, among: PathRule.words) }
      throw Failure("there is no such rule for a path", at: argument.span, help: near.map { "did you mean `\($0)`?" } ?? "choose one of " + PathRule.words.joined(separator: ", "))
    }
    return rule
  }

  /// Any other expression must be a plain number, such as `cfg.eps`.
  private func constant(_ e: Expression, _ tag: Int) throws -> Formula {
    let value = try session.evaluate(e, scope)
    if let tensor = value as? Tensor, tensor.count == 1 { return .number(try tensor.item(), tag: tag) }
    guard let number = Double.accept(value) else {
      throw Failure("a formula is made of symbols and numbers, and this is \(type(of: value).aKind)", at: e.span)
    }
    return .number(number, tag: tag)
  }
}
