import Builtins
import Charts
import Importance
import Language

extension Builtin<Session> {
  static let explain = Builtin(
    "explain", "What something computes: its formula, in words, where it comes from, and for an importance one number worked out.",
    .required("name", Quoted.self, "A command, a function, a named formula, or an importance expression; `at fc1.weight[3, 17]` behind it chooses the number."),
    examples: [
      Example("explain layer_norm", gives: "mean"),
      Example("explain importance mean(g^2) of net on iris.test", gives: "score of"),
      Example("explain importance |w * g| of net on iris.test at fc1.weight[3, 1]", gives: "score of fc1.weight[3, 1]"),
    ]
  ) { (session, topic: Quoted) -> any Value in
    if case .call(let call) = topic.expression.kind, call.isCommand, case .name("importance") = call.callee.kind, !call.arguments.isEmpty {
      return try session.explanation(of: topic)
    }
    if let text = try session.explanation(ofFormula: topic) { return Page(text) }
    return Page(try session.formulaWord(topic)?.page ?? explanation(entry(topic, session)))
  }
}

extension Session {
  /// `explain importance …`; of a formula alone, without a model, its words.
  fileprivate func explanation(of topic: Quoted) throws -> any Value {
    if case .call(let call) = topic.expression.kind, call.arguments.count == 1, call.arguments[0].name == nil {
      return Page(try explanation(ofFormula: Quoted(call.arguments[0].value, topic.scope)) ?? FormulaReader.formula(call.arguments[0].value, topic.scope, self).page)
    }
    let asked = try QuotedImportance(topic, for: "explain", besides: ["at"])
    var reader = FormulaReader(self, topic.scope)
    let (whole, formulas) = try asked.scoring(self, &reader)
    defer { output.progress(nil) }
    do {
      return try fed(whole.x, "on") { () throws -> any Value in
        let wanted = try asked.quote("at").map { try element($0) }
        let scoring = try asked.firstGroup(of: whole, self)
        let pages = try formulas.all.map { try scoring.asking($0).explanation(of: wanted, numbers: .shell) }
        return pages.count == 1 ? pages[0] : Explanations(all: pages)
      }
    } catch let error as FormulaError { throw reader.failure(error) } catch let error as ObjectiveError {
      throw failure(error, asked.quote("for"))
    } catch let error as ScoringError {
      guard let at = asked.quote("at"), error.isAboutElement else { throw error }
      throw Failure(error.description, at: at.expression.span, help: error.help)
    }
  }

  /// `fc1.weight[3, 17]`, `net.fc1.weight[3, 17]`, or `[3, 17]` alone.
  private func element(_ quoted: Quoted) throws -> ElementName {
    let e = quoted.expression
    func numbers(_ places: [Expression]) throws -> [Int] {
      try places.map { place in
        guard let i = try evaluate(place, quoted.scope) as? Int else { throw Failure("an index is a whole number", at: place.span) }
        return i
      }
    }
    switch e.kind {
    case .list(let items): return ElementName(nil, try numbers(items))
    case .integer(let i): return ElementName(nil, [i])
    case .index(let base, let subscripts):
      let places = try subscripts.map { part -> Expression in
        guard case .at(let place) = part else { throw Failure("one element is explained, not a range of them", at: e.span) }
        return place
      }
      return ElementName(path(base, quoted.scope), try numbers(places))
    default: return ElementName(path(e, quoted.scope), [])
    }
  }

  /// A path without the model that it starts from.
  private func path(_ e: Expression, _ scope: Scope) -> String {
    let text = e.span.text
    guard let dot = text.firstIndex(of: "."), scope[String(text[..<dot])] != nil else { return text }
    return String(text[text.index(after: dot)...])
  }

  /// What `explain` says of a name that has a formula; nil for any other.
  func explanation(ofFormula topic: Quoted) throws -> String? {
    guard case .name(let name) = topic.expression.kind else { return nil }
    if let criterion = Criteria.named(name) { return criterion.page(criterion.formula.page) }
    if let own = formulas[name] { return "\(name): \(own.text), a formula of yours\n\n" + own.formula.page }
    return (topic.scope[name] as? ImportanceValue).map { value in
      "\(name): \(value.title)\n\n\(value.formula.page)\n\nOne number worked out: explain importance \(value.formula) of … on …"
    }
  }

}

/// Several formulas explained one after the other.
private struct Explanations: Warned {
  let all: [Explanation]
  static let kind = "explanations"
  var shown: Shown { .several(all.map(\.shown)) }
  var json: JSON { .array(all.map(\.json)) }
  var allWarnings: [ImportanceWarning] {
    all.flatMap(\.allWarnings).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension FormulaReader {
  fileprivate static func formula(_ e: Expression, _ scope: Scope, _ session: Session) throws -> Formula {
    var reader = FormulaReader(session, scope)
    return try reader.read(e)
  }
}

extension NumberText {
  /// As tables and texts of the shell write numbers.
  static let shell = NumberText(one: { number($0) }, column: { columnText(of: $0) })
}
