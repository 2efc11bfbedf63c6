import Builtins
import Importance
import Language
import NN

/// An importance command that another command is given as it is written: `plan importance …`, `explain importance …`.
struct QuotedImportance {
  private let quoted: Quoted
  private let formula: Quoted, what: Quoted
  private let arguments: [String: Language.Argument]

  /// - Parameter command: the one that is given it.
  /// - Throws: a `Failure` for anything else, and for an argument that `importance` does not have.
  init(_ quoted: Quoted, for command: String, besides own: [String] = []) throws {
    self.quoted = quoted
    guard case .call(let call) = quoted.expression.kind, case .name("importance") = call.callee.kind else {
      let text = quoted.expression.span.text
      throw Failure("\(command) takes an importance command", at: quoted.expression.span, help: "as in `\(command) importance \(text == "importance" ? "|w * g|" : text) of net on data`")
    }
    var arguments: [String: Language.Argument] = [:]
    let known = Builtin<Session>.importance.parameters.map(\.name)
    for argument in call.arguments {
      let name = argument.name?.text ?? known.first { arguments[$0] == nil } ?? "formula"
      guard known.contains(name) || own.contains(name) else {
        throw Failure("importance: there is no argument `\(name)`", at: argument.span, help: nearest(to: name, among: known + own).map { "did you mean `\($0)`?" } ?? "it takes " + known.dropFirst().joined(separator: ", "))
      }
      guard arguments[name] == nil else { throw Failure("importance is given `\(name)` twice", at: argument.span) }
      arguments[name] = argument
    }
    guard let formula = arguments["formula"], let what = arguments["of"] else {
      throw Failure("an importance needs a formula, and `of` what", at: quoted.expression.span, help: "\(command) importance |w * g| of net on data")
    }
    (self.formula, self.what) = (Quoted(formula.value, quoted.scope), Quoted(what.value, quoted.scope))
    self.arguments = arguments
  }

  func quote(_ name: String) -> Quoted? { arguments[name].map { Quoted($0.value, quoted.scope) } }

  /// The request that the command would make.
  func scoring(_ session: Session, _ reader: inout FormulaReader) throws -> (Scoring, AskedFormulas) {
    let loss = try arguments["loss"].map { argument -> LossName in
      guard case .name(let name) = argument.value.kind, let loss = LossName(rawValue: name) else {
        throw Failure("there is no such loss", at: argument.value.span, help: "choose one of " + LossName.words.joined(separator: ", "))
      }
      return loss
    }
    let data = try value("on"), baselines = try value("baselines")
    return try session.scoring(formula, &reader, of: what, on: data, quote("for"), loss, quote("each"), baselines)

    func value(_ name: String) throws -> (any Value)? { try arguments[name].map { try session.evaluate($0.value, quoted.scope) } }
  }

  /// The samples that a group would have, as a request of their own: that of the first group that has any.
  func firstGroup(of scoring: Scoring, _ session: Session) throws -> Scoring {
    guard let groups = quote("per") else { return scoring }
    return try scoring.part(of: session.grouping(groups, of: scoring))
  }
}
