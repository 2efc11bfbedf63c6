import Builtins
import Charts
import Data
import Engine
import Importance
import Language
import NN

extension Builtin<Session> {
  static let importance = Builtin(
    "importance", "Score weights, units or inputs by a formula: w g h w0 of a parameter, a da z dz of a layer, x dx x0 of the input.",
    .required("formula", Quoted.self, "Such as |w * g|; inside mean sum max min std var norm the symbols stand for one sample's."),
    .required("of", Quoted.self, "A model, a layer, a parameter, or `net.input`."),
    .optional("on", Anything.self, "A data set, or a tensor of inputs."),
    .optional("for", Quoted.self, "What is differentiated: loss, logit, logit[k], prob, logprob, margin, output[k], or (out, y) -> number."),
    .optional("loss", LossName.self, "Which loss, where the objective is the loss."),
    .optional("per", Quoted.self, "One result a group of samples: label, predicted, or an integer tensor with a group for each sample."),
    .optional("each", Quoted.self, "What one score is of, added up by total() and changed at once by rise, drop, shapley and lime: element, tensor, row, unit, channel, feature, head, or groups of your own."),
    .optional("baselines", Anything.self, "What x0 stands for: a number, a row, or a row for each sample; zeros if left out."),
    examples: [
      Example("importance |w * g| of net on iris.test", gives: "fc1.weight"),
      Example("importance mean(|a * da|) of net.act on iris.test for logit", gives: "act"),
      Example("importance rise(loss, zero(a)) of net.act on iris.test", gives: "act"),
      Example("importance total(w * g)^2 of net on iris.test each=unit", gives: "fc1.weight"),
      Example("importance [|w|, |w * g|, mean(g^2)] of net on iris.test", gives: "importance"),
      Example("importance (x - x0) * path(dx) of net.input on iris.test for logit", gives: "input"),
    ]
  ) { (session, formula: Quoted, what: Quoted, data: Anything?, objective: Quoted?, loss: LossName?, groups: Quoted?, each: Quoted?, baselines: Anything?) in
    var reader = FormulaReader(session, formula.scope)
    let (scoring, formulas) = try session.scoring(formula, &reader, of: what, on: data?.value, objective, loss, each, baselines?.value)
    defer { session.output.progress(nil) }
    do {
      return try fed(scoring.x, "on") { () throws -> any Value in
        guard let groups else { return formulas.shaped(try session.resumable(scoring, formulas.all) { try $0.scores(of: formulas.all) }) }
        let grouping = try session.grouping(groups, of: scoring)
        return formulas.shaped(try session.resumable(scoring, formulas.all, per: grouping) { try $0.scores(of: formulas.all, per: grouping) })
      }
    } catch let error as FormulaError { throw reader.failure(error) } catch let error as ObjectiveError { throw session.failure(error, objective) }
  }

  static let plan = Builtin(
    "plan", "Say how an importance would be computed: passes, closed forms, work and memory. Nothing is computed.",
    .required("importance", Quoted.self, "An importance command."),
    examples: [Example("plan importance mean(g^2) of net on iris.test", gives: "pass")]
  ) { (session, quoted: Quoted) in
    let asked = try QuotedImportance(quoted, for: "plan")
    var reader = FormulaReader(session, quoted.scope)
    let (scoring, _) = try asked.scoring(session, &reader)
    do { return try fed(scoring.x, "on") { try scoring.plan() } } catch let error as FormulaError { throw reader.failure(error) } catch let error as ObjectiveError {
      throw session.failure(error, asked.quote("for"))
    }
  }

  static let formulaCommand = Builtin(
    "formula", "Give a formula a name: formula mine = |w| * |g|; without arguments, list the names there are.",
    .rest("definitions", "name = formula."),
    examples: [Example("formula mine = |w| * |g|; importance mine of net on iris.test", gives: "fc1.weight")]
  ) { (session, definitions: Definitions) in
    if definitions.items.isEmpty { return session.formulaTable }
    for (name, value) in definitions.items {
      guard let name, let quoted = value as? Quoted else { throw TensorError.value("formula", "takes name = formula") }
      guard FormulaWord.named(name) == nil, FormulaReducer(rawValue: name) == nil else {
        throw Failure("`\(name)` has a meaning in every formula", at: quoted.expression.span, help: "give it another name: formula my_\(name) = \(quoted.expression)")
      }
      var reader = FormulaReader(session, quoted.scope)
      session.formulas[name] = NamedFormula(formula: try reader.read(quoted.expression), text: quoted.expression.description, names: reader.names)
    }
    return None()
  }
}

extension Session {
  func scoring(
    _ formula: Quoted, _ reader: inout FormulaReader, of what: Quoted, on data: (any Value)?, _ objective: Quoted?, _ loss: LossName?,
    _ each: Quoted?, _ baselines: (any Value)?
  ) throws -> (Scoring, AskedFormulas) {
    let formulas = try AskedFormulas(formula.expression, &reader)
    let (tree, place): (Formula, FormulaPlace)
    do {
      tree = try .together(formulas.all)
      place = try tree.isOpenPlace ? Selection.naturalPlace(what, self) : tree.place()
    } catch let error as FormulaError { throw reader.failure(error) }
    let selection = try Selection(what, place, self)
    let (x, y) = try samples(data)
    let each = try each.map { try self.each($0) } ?? standardEach(formula.expression) ?? .element
    var (subject, remark) = (selection.subject.narrowed(to: each, in: selection.model), ImportanceWarning?.none)
    if selection.isEveryLayer, let x { (subject, remark) = try fed(x, "on") { try subject.calledOnce(by: selection.model, x, in: currentRun) } }
    var scoring = try Scoring(tree, of: selection.model, subject, on: x, y, for: try self.objective(objective, loss: loss), in: currentRun)
    scoring.remarks = [remark].compactMap { $0 }
    if formulas.all.count > 1 { scoring.asked = formulas.all }
    (scoring.functions, scoring.values) = (reader.names.functions, reader.names.values)
    scoring.each = each
    if let baselines {
      guard let tensor = try Tensor.accept(baselines) else { throw ArgumentError.wrongType(name: "baselines", expected: "a number or a tensor", met: type(of: baselines).kind) }
      scoring.baseline = tensor
    }
    if let data = data as? DataSet, let name = data.name { scoring.data = name }
    scoring.memory = settings.memory ?? Memory.machine / 4
    scoring.provenance = provenance(of: what, selection.model)
    let start = ContinuousClock.now
    scoring.clock = { (ContinuousClock.now - start).seconds }
    if settings.showsProgress {
      scoring.progress = { [output] share in output.progress(ProgressStep("importance", share)) }
    }
    return (scoring, formulas)
  }

  /// The scores of formulas. What is done when they are stopped is kept, and a command like it goes on from there.
  fileprivate func resumable<T>(_ request: Scoring, _ formulas: [Formula], per groups: SampleGroups? = nil, _ body: (Scoring) throws -> T) throws -> T {
    var request = request
    let work: KeptWork
    if let keptWork, keptWork.fits(request, formulas, per: groups) {
      work = keptWork
      output.note("goes on from what was done when it was stopped")
    } else {
      work = KeptWork()
    }
    request.kept = work
    do {
      let scores = try body(request)
      if work === keptWork { keptWork = nil }
      return scores
    } catch where Interrupt.isSet && !work.isEmpty {
      work.close(request, formulas, per: groups)
      keptWork = work
      output.note("stopped; what is done is kept, and the same command goes on from there")
      throw error
    }
  }

  /// What a criterion that is asked for by its name scores one by one.
  private func standardEach(_ e: Expression) -> ScoreEach? {
    guard case .name(let name) = e.kind, formulas[name] == nil else { return nil }
    return Criteria.named(name)?.each
  }

  /// What stands behind `per`: a group for each sample.
  func grouping(_ quoted: Quoted, of scoring: Scoring) throws -> SampleGroups {
    let e = quoted.expression
    if case .name(let name) = e.kind, name == "label" || name == "predicted" {
      do { return name == "label" ? try scoring.labels() : try scoring.predictions() } catch let error as ScoringError {
        throw Failure(error.description, at: e.span, help: error.help)
      }
    }
    if case .name(let name) = e.kind, quoted.scope[name] == nil, let near = nearest(to: name, among: ["label", "predicted"]) {
      throw Failure("`per` takes no `\(name)`", at: e.span, help: "did you mean `\(near)`?")
    }
    let value = try evaluate(e, quoted.scope)
    guard let groups = try Tensor.accept(value) else {
      throw Failure("`per` takes label, predicted, or an integer tensor with a group for each sample, got \(type(of: value).aKind)", at: e.span)
    }
    do { return try SampleGroups(groups, samples: scoring.x?.shape[0] ?? 0, called: e.description) } catch let error as ScoringError {
      throw Failure(error.description, at: e.span, help: error.help)
    }
  }

  /// What does not fit between the objective and the data, at the objective where it was said.
  func failure(_ error: ObjectiveError, _ objective: Quoted?) -> any Error {
    objective.map { Failure(error.description, at: $0.expression.span, help: error.help) } ?? error
  }

  /// The inputs and the targets of DATA.
  func samples(_ data: (any Value)?) throws -> (Tensor?, Tensor?) {
    switch data {
    case nil: return (nil, nil)
    case let data as DataSet: return (data.x, data.y)
    case let value?:
      guard let x = try Tensor.accept(value) else { throw ArgumentError.wrongType(name: "on", expected: "a data set or a tensor", met: type(of: value).kind) }
      return (x, nil)
    }
  }

  /// The named formulas, the field's and the user's.
  fileprivate var formulaTable: Table {
    let own = formulas.sorted { $0.key < $1.key }.map { [Cell.text($0.key), .text($0.value.text), .text("yours")] }
    let known = Criteria.all.map { [Cell.text($0.name), .text($0.formula.description), .text($0.source.text)] }
    return Table(["name", "formula", "source"], own + known)
  }
}
