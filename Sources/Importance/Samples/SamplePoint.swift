import Builtins
import Engine
import NN

/// Some samples at one point of input space, and what passes through the model there give for each subject.
///
/// A pass is made the first time that something of it is asked for.
final class SamplePoint {
  let x: Tensor, x0: Tensor, y: Tensor?
  /// How far `a`, `z` and `x` move along a path for each unit of its length; the path that leads through here knows.
  var steps: [FormulaSymbol: [Tensor]] = [:]
  /// The place of the first of them among those of the request; nil for points of a path and for draws.
  let start: Int?
  private let scoring: SampleScoring
  private var values: [FormulaSymbol: [Tensor]] = [:]
  private var averages: [Formula: Averaged] = [:]

  init(_ scoring: SampleScoring, x: Tensor, x0: Tensor, y: Tensor?, start: Int? = nil) {
    (self.scoring, self.x, self.x0, self.y, self.start) = (scoring, x, x0, y, start)
    values[.x] = [x]
    values[.x0] = [x0]
  }

  var count: Int { x.shape[0] }

  /// The numbers of a symbol, one tensor for each subject.
  /// - Shape: `[samples, *]`.
  func tensors(_ symbol: FormulaSymbol) throws -> [Tensor] {
    if let there = values[symbol] { return there }
    try pass(symbols: scoring.symbols.union([symbol]))
    guard let made = values[symbol] else { throw ScoringError.unplanned(symbol.rawValue) }
    return made
  }

  /// The same for some symbols of what a forward pass gives, and nothing else.
  func tensors(alone symbols: [FormulaSymbol]) throws -> [FormulaSymbol: [Tensor]] {
    if !symbols.allSatisfy({ values[$0] != nil }) { try pass(symbols: Set(symbols)) }
    return values.filter { symbols.contains($0.key) }
  }

  /// A forward pass, and a backward pass where a derivative is among the symbols.
  private func pass(symbols: Set<FormulaSymbol>) throws {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    let request = scoring.request
    let trace = UnitTrace(scoring.modules, in: request.run)
    let derivatives = symbols.filter(\.isDerivative)
    guard !derivatives.isEmpty else {
      let out = try Recording.with(.none) { try trace.run(request.model, x) }
      try check(out)
      try note(trace.calls())
      return
    }
    if derivatives.contains(.dx), !x.dtype.isFloating { throw ScoringError.notFloating("the input") }
    // Derivatives with respect to the input ask that it be part of what is recorded.
    let input = derivatives.contains(.da) && derivatives.count == 1 || !x.dtype.isFloating ? x : x.detached().requiringGrad()
    let total = try Recording.with(.all) {
      let out = try trace.run(request.model, input)
      try check(out)
      return try request.objective.total(out, y)
    }
    let calls = try trace.calls()
    try note(calls)
    for (call, module) in zip(calls, scoring.modules) {
      if derivatives.contains(.da) && !call.output.dtype.isFloating || derivatives.contains(.dz) && !call.input.dtype.isFloating {
        throw ScoringError.notFloating(module.name)
      }
    }
    var targets: [Tensor] = []
    for symbol in [FormulaSymbol.da, .dz, .dx] where derivatives.contains(symbol) {
      targets += symbol == .dx ? [input] : calls.map { symbol == .da ? $0.output : $0.input }
    }
    let gradients = try total.gradients(with: targets)
    var next = 0
    for symbol in [FormulaSymbol.da, .dz, .dx] where derivatives.contains(symbol) {
      let owners = symbol == .dx ? [nil] : scoring.modules.map(Optional.some)
      values[symbol] = try owners.map { owner in
        defer { next += 1 }
        let made = try gradients[next]?.detached() ?? Tensor.zeros(targets[next].shape, targets[next].dtype)
        return try owner.map { try rows(made, $0) } ?? made
      }
    }
  }

  private func check(_ out: Tensor) throws {
    guard out.shape.first == count else { throw ScoringError.outputRows(expected: count, met: out.shape) }
  }

  private func note(_ calls: [UnitTrace.Call]) throws {
    values[.a] = try zip(calls, scoring.modules).map { try rows($0.output.detached(), $1) }
    if scoring.symbols.contains(where: { $0 == .z || $0 == .dz }) {
      values[.z] = try zip(calls, scoring.modules).map { try rows($0.input.detached(), $1) }
    }
  }

  /// The numbers with the samples along the first dimension: a recurrent layer may have its steps there.
  private func rows(_ t: Tensor, _ owner: (name: String, module: Module)) throws -> Tensor {
    let isTurned = t.rank == 3 && (try? owner.module.field("batch_first")) as? Bool == false
    let turned = isTurned ? try t.transpose(0, 1) : t
    guard turned.shape.first == count else { throw ScoringError.noRows(owner.name, samples: count, met: t.shape) }
    return turned
  }

  /// What an average comes to here, worked out once.
  func average(_ formula: Formula) throws -> Averaged {
    if let there = averages[formula] { return there }
    guard case .averaged(let average, let inner) = formula.kind else { throw ScoringError.unplanned("\(formula)") }
    let made = try scoring.averaged(average, inner, at: self)
    averages[formula] = made
    return made
  }
}

/// The numbers of an average for each subject, and their standard errors where it was sampled.
struct Averaged {
  let values: [Tensor]
  let errors: [Tensor]?
}

/// Notes what goes into and comes out of modules while a model runs.
struct UnitTrace {
  struct Call {
    let input: Tensor, output: Tensor
  }

  /// Held apart from the table, whose hooks write into it, so that nothing holds itself.
  private final class Log {
    var calls: [ObjectIdentifier: [Call]] = [:]
  }

  private let log = Log()
  private let modules: [Module]
  /// What errors call them.
  private let names: [String]
  /// The run of a request with these hooks before the user's own, so that they see what a module itself puts out.
  let run: Run

  init(_ modules: [(name: String, module: Module)], in run: Run) {
    (names, self.modules) = (modules.map(\.name), modules.map(\.module))
    let table = HookTable()
    for (_, module) in modules {
      table.onForward(module) { [log] module, inputs, output in
        guard let y = Self.tensor(output) else { throw ScoringError.noTensor(module.typeName) }
        // A module without an input of its own has its output for one.
        let x = inputs.lazy.compactMap(Self.tensor).first ?? y
        log.calls[ObjectIdentifier(module), default: []].append(Call(input: x, output: y))
        return nil
      }
    }
    self.run = table.isEmpty ? run : Run([table] + run.tables, generator: run.generator, journal: run.journal)
  }

  /// The tensor that a module gives, or the first of several.
  private static func tensor(_ value: any Value) -> Tensor? {
    value as? Tensor ?? (value as? List)?.items.lazy.compactMap(tensor).first
  }

  /// The call of each module.
  /// - Throws: `notCalled`, and `calledTwice` where a module has several outputs in one pass.
  func calls() throws -> [Call] {
    try zip(names, modules).map { name, module in
      let calls = log.calls[ObjectIdentifier(module)] ?? []
      guard let call = calls.first else { throw ScoringError.notCalled(name) }
      guard calls.count == 1 else { throw ScoringError.calledTwice(name, calls.count) }
      return call
    }
  }
}
