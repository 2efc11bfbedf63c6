import Builtins
import Engine
import NN

/// A criterion that is an algorithm rather than a formula: it gives one number for each element of the scored parameters.
public struct CriterionMethod: Sendable {
  /// Name, settings, formula, source and body. The body gives `MethodScores`.
  public let builtin: Builtin<MethodRun>
  let needs: Need
  /// What it takes, in one sentence.
  let cost: String
  let isInvariantToRescaling: Bool
  let misleads: String
  /// Whether it is applied to a formula, as `hvp(w)` is.
  var takesFormula = false
  /// How one score comes about, line by line; nil where the formula says it all.
  var parts: (@Sendable (MethodRun, MethodPlace, NumberText) throws -> [String])?

  enum Need { case nothing, inputs, objective }

  /// The scores for a request.
  func scores(_ request: Scoring, _ arguments: [FormulaArgument], tag: Int) throws -> MethodScores {
    let run = MethodRun(request: request, operand: takesFormula ? arguments.first?.value : nil, name: FormulaMethod(name: builtin.name, arguments: arguments, method: self).text)
    let passed = takesFormula ? [] : arguments.map { argument in
      Passed(argument.name, argument.value.constant.map { number -> any Value in Int(exactly: number) ?? number } ?? None())
    }
    do {
      guard let scores = try builtin.call(run, passed) as? MethodScores else { throw ScoringError.unplanned(builtin.name) }
      return scores
    } catch let error as ArgumentError { throw FormulaError.argument(builtin.name, error, tag: tag) }
  }
}

/// One number of the scores of a method.
struct MethodPlace {
  let parameter: Int
  let index: [Int]
  /// The weight there, and its score.
  let w: Double, score: Double
}

/// What a method works on.
public struct MethodRun {
  let request: Scoring
  /// The formula that it is applied to.
  let operand: Formula?
  /// As it stands in the formula.
  let name: String

  var values: [Tensor] { request.parameters.map(\.parameter.value) }

  /// The data; a method that needs it is not run without.
  func inputs() throws -> Tensor {
    guard let x = request.x else { throw ScoringError.needsData(request.formula.description) }
    return x
  }

  /// A request like this one for another formula, another objective or other targets.
  func request(_ formula: Formula, for objective: Objective? = nil, y: Tensor? = nil) throws -> Scoring {
    var other = try Scoring(
      formula, of: request.model, request.parameters, on: request.x, y ?? request.y, for: objective ?? request.objective, in: request.run)
    (other.memory, other.data) = (request.memory, request.data)
    return other
  }

  /// The scores of another formula.
  func scores(_ formula: Formula, for objective: Objective? = nil, y: Tensor? = nil) throws -> [Tensor] {
    try request(formula, for: objective, y: y).scores().scores.map(\.tensor)
  }

  /// Blocks of samples that fit into memory, where each takes so many times what a backward pass keeps.
  func blocks(_ factor: Double) throws -> [Range<Int>] {
    let n = request.sampleCount, bytes = max(1, try SampleCost(of: request).bytes * factor)
    let size = max(1, Int(min(Double(max(n, 1)), request.memory / bytes)))
    return stride(from: 0, to: n, by: size).map { $0..<min($0 + size, n) }
  }

  /// Goes through so many steps, each of which makes the next state. A run that is stopped begins with the step it was at.
  /// - Parameter state: tensors in it are replaced, never written into.
  func resuming<State>(_ steps: Int, from state: State, of part: String = "", _ step: (inout State, Int) throws -> Void) throws -> State {
    let name = "\(self.name) \(part)", generator = request.run.generator
    var (first, state) = try request.kept?.state(name, (Int, State).self, generator) ?? (0, state)
    for i in stride(from: first, to: steps, by: 1) {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      if i > first { try request.kept?.keep(name, generator) { (i, state) } }
      try step(&state, i)
    }
    return state
  }

  func report(_ share: Double) { request.progress?(min(1, share)) }

  /// Runs `body` while parameters may be written, and puts every number back.
  func restoring<T>(_ body: (Journal) throws -> T) throws -> T {
    let changes = Journal()
    defer { changes.rollBack() }
    return try body(changes)
  }
}

/// What a method gives: a tensor of each scored parameter's shape.
struct MethodScores: Value {
  var tensors: [Tensor]
  /// What the plan says of how it went.
  var notes: [String] = []
  var warnings: [ImportanceWarning] = []

  static let kind = "scores"
  var shown: Shown { .text("scores of \(tensors.count) parameters") }
  var json: JSON { .array(tensors.map(\.json)) }
}
