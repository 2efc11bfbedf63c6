import Builtins
import Engine
import Importance
import Language
import NN

/// What effects name that is no part of a formula: functions of outputs and targets, and tensors, by the text that they were
/// written as.
struct EffectNames {
  var functions: [String: (Tensor, Tensor?) throws -> Tensor] = [:]
  var values: [String: Tensor] = [:]

  mutating func merge(_ other: EffectNames) {
    functions.merge(other.functions) { $1 }
    values.merge(other.values) { $1 }
  }
}

extension FormulaReader {
  /// `rise(m, do)`, `drop(m, do)`, `cumulative(m, do)`, `shapley(m)` and `lime(m)`; nil for any other function.
  mutating func effect(_ name: String, _ call: Call, _ span: Span, _ tag: Int) throws -> Formula? {
    guard ["rise", "drop", "cumulative", "shapley", "lime"].contains(name), case .name = call.callee.kind else { return nil }
    let settings = ["shapley": ["n", "absent"], "lime": ["n", "p", "absent"]][name] ?? ["n"], takes = settings.contains("absent") ? 1 : 2
    let (plain, given) = try sorted(call.arguments, of: name, takes, settings)
    guard plain.count == takes else {
      throw Failure("`\(name)` needs \(takes == 1 ? "a metric" : "a metric and what is done")", at: span, help: takes == 1 ? "as in `\(name)(loss)`" : "as in `\(name)(loss, zero(a))`")
    }
    let metric = try metric(plain[0].value), draws = try given["n"].map { try count($0, 1) }
    guard takes == 2 else {
      let absence = try given["absent"].map(absence) ?? .auto
      guard name == "lime" else { return .effect(FormulaEffect(.shapley(absence), of: metric, draws: draws), tag: tag) }
      let drop = try given["p"].map { try number($0, $0.value, "a probability above 0 and below 1", "lime(loss, p=0.5)", 0.001...0.999) } ?? FormulaEffect.standardDrop
      return .effect(FormulaEffect(.lime(absence, drop: drop), of: metric, draws: draws), tag: tag)
    }
    let (action, place) = try action(plain[1].value)
    let question: FormulaEffect.Question = name == "rise" ? .rise(action, place) : name == "drop" ? .drop(action, place) : .cumulative(action, place)
    let effect = FormulaEffect(question, of: metric, draws: draws)
    if let given = given["n"], effect.draws == 1, draws != 1 {
      throw Failure("`\(plain[1].value.span.text)` is the same every time: there is nothing to draw", at: given.span, help: "leave `n=` out")
    }
    return .effect(effect, tag: tag)
  }

  /// The arguments without a name, and the settings by theirs.
  private func sorted(_ arguments: [Language.Argument], of name: String, _ takes: Int, _ settings: [String]) throws -> ([Language.Argument], [String: Language.Argument]) {
    var plain: [Language.Argument] = [], given: [String: Language.Argument] = [:]
    for argument in arguments {
      guard let word = argument.name?.text else {
        guard plain.count < takes else { throw Failure("`\(name)` takes fewer arguments", at: argument.span, help: settings.first.map { "the next is named: `\($0)=`" }) }
        plain.append(argument)
        continue
      }
      guard settings.contains(word) else {
        let known = settings.isEmpty ? "it takes no named argument" : "it takes " + settings.map { "`\($0)=`" }.joined(separator: " and ")
        let help = word == "each" ? "`each=` stands behind the data: importance … on d each=channel" : nearest(to: word, among: settings).map { "did you mean `\($0)=`?" } ?? known
        throw Failure("`\(name)` has no argument `\(word)`", at: argument.span, help: help)
      }
      given[word] = argument
    }
    return (plain, given)
  }

  /// What is measured: a bare name, `logit[k]`, `output[k]`, or a function (out, y) -> number.
  private mutating func metric(_ e: Expression) throws -> EffectMetric {
    if case .name(let name) = e.kind {
      if let metric = EffectMetric.named[name] { return metric }
      if LossName(rawValue: name) != nil {
        throw Failure("`\(name)` is chosen for all of an importance", at: e.span, help: "write `loss` here, and `loss=\(name)` behind the data")
      }
      if scope[name] == nil {
        let near = nearest(to: name, among: EffectMetric.names)
        throw Failure("there is no metric `\(name)`", at: e.span, help: near.map { "did you mean `\($0)`?" } ?? "choose " + EffectMetric.names.joined(separator: ", ") + ", logit[k], output[k], or a function (out, y) -> number")
      }
    }
    switch try session.objective(Quoted(e, scope), loss: nil) {
    case .classLogit(let k): return .classLogit(k)
    case .output(let k): return .output(k)
    case .function(let text, let body):
      names.functions[text] = body
      return .function(text)
    case .loss: return .loss
    case .logit: return .logit
    case .prob: return .prob
    case .logprob: return .logprob
    case .margin: return .margin
    }
  }

  /// What is done, and to what: `zero(w)`, `noise(a, 0.1)`.
  private mutating func action(_ e: Expression) throws -> (EffectAction, EffectPlace) {
    let known = "what is done is " + EffectAction.names.map { "\($0)(…)" }.joined(separator: ", ")
    guard case .call(let call) = e.kind, case .name(let name) = call.callee.kind else { throw Failure("this says nothing to do", at: e.span, help: known) }
    guard EffectAction.names.contains(name) else {
      throw Failure("`\(name)` is nothing that can be done", at: call.callee.span, help: nearest(to: name, among: EffectAction.names).map { "did you mean `\($0)`?" } ?? known)
    }
    let setting = ["set": "v", "noise": "std", "dropout": "p"][name]
    let (plain, given) = try sorted(call.arguments, of: name, setting == nil ? 1 : 2, setting.map { [$0] } ?? [])
    guard let first = plain.first, case .name(let word) = first.value.kind, let place = EffectPlace(rawValue: word) else {
      throw Failure("`\(name)` is done to w, a, z or x", at: plain.first?.span ?? e.span, help: "w is a parameter, a the output of a module, z its input, x the input of the model")
    }
    let value = plain.count > 1 ? plain[1] : setting.flatMap { given[$0] }
    switch name {
    case "zero": return (.zero, place)
    case "mean": return (.mean, place)
    case "shuffle": return (.shuffle, place)
    case "noise": return (.noise(try number(value, e, "a standard deviation of 0 or more", "noise(\(word), 0.1)", 0...Double.greatestFiniteMagnitude)), place)
    case "dropout": return (.dropout(try value == nil ? 0.5 : number(value, e, "a probability from 0 to 1", "dropout(\(word), 0.5)", 0...1)), place)
    case "reinit":
      guard place == .w else { throw Failure("a parameter starts anew, and `\(word)` is not one", at: first.span, help: "`reinit(w)`, or `noise(\(word), 0.1)`") }
      return (.reinit, place)
    default:
      guard let value else { throw Failure("`set` needs the number to set", at: e.span, help: "as in `set(\(word), 1)`") }
      return (.set(try operand(value)), place)
    }
  }

  private func number(_ argument: Language.Argument?, _ whole: Expression, _ expected: String, _ example: String, _ range: ClosedRange<Double>) throws -> Double {
    guard let argument else { throw Failure("this needs \(expected)", at: whole.span, help: "as in `\(example)`") }
    guard let number = Double.accept(try session.evaluate(argument.value, scope)), range.contains(number) else {
      throw Failure("\(expected) is needed here", at: argument.span)
    }
    return number
  }

  /// A number, or a tensor that the request will hold.
  private mutating func operand(_ argument: Language.Argument) throws -> EffectOperand {
    let value = try session.evaluate(argument.value, scope)
    if let number = Double.accept(value) { return .number(number) }
    guard let tensor = try Tensor.accept(value) else { throw Failure("`set` takes a number or a tensor, got \(type(of: value).aKind)", at: argument.span) }
    if tensor.count == 1 { return .number(try tensor.item()) }
    names.values[argument.value.description] = tensor.detached()
    return .value(argument.value.description)
  }

  private func absence(_ argument: Language.Argument) throws -> EffectAbsence {
    let words = EffectAbsence.words
    guard case .name(let name) = argument.value.kind, let absence = EffectAbsence(rawValue: name) else {
      throw Failure("an absent player is set to one of " + words.joined(separator: ", "), at: argument.span)
    }
    return absence
  }
}

extension Session {
  /// What stands behind `each=`: a word, or groups of the user's own.
  func each(_ quoted: Quoted) throws -> ScoreEach {
    let e = quoted.expression
    if case .name(let name) = e.kind, quoted.scope[name] == nil || ScoreEach(word: name) != nil {
      guard let each = ScoreEach(word: name) else {
        let near = nearest(to: name, among: ScoreEach.words)
        throw Failure("each= takes no `\(name)`", at: e.span, help: near.map { "did you mean `\($0)`?" } ?? "choose " + ScoreEach.words.joined(separator: ", ") + ", or an integer tensor whose equal numbers form a group")
      }
      return each
    }
    let value = try evaluate(e, quoted.scope)
    if let word = value as? String, let each = ScoreEach(word: word) { return each }
    guard let tensor = try Tensor.accept(value), tensor.dtype == .int64 || tensor.dtype == .bool else {
      throw Failure("each= takes a word, an integer tensor or a mask, got \(type(of: value).aKind)", at: e.span)
    }
    return .groups(tensor.detached())
  }
}
