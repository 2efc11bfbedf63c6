import Builtins
import CKernels
import Data
import Engine
import Importance
import Language
import NN

/// What became of one statement.
public enum Outcome {
  case done
  case failed(Failure)
}

extension Session {
  /// Reads a text; nothing runs.
  public func parse(_ source: SourceText) -> ParseResult { Parser.parse(source, commands: Registry.commandTable) }

  /// Runs statements one after the other up to the first that fails.
  public func run(_ statements: [Statement]) -> Outcome {
    for statement in statements {
      if case .failed(let failure) = run(statement) { return .failed(failure) }
      if quits { break }
    }
    return .done
  }

  /// Runs one statement whole, or not at all: where it fails, names, models, hooks and the random stream are as before.
  public func run(_ statement: Statement) -> Outcome {
    let before = Snapshot(self)
    journal = Journal()
    keepsOnInterrupt = false
    do {
      try Recording.with(.all) {
        guard pith_interrupted() == 0 else { throw Failure(Diagnostic(.error, "interrupted", at: statement.span), .interrupted) }
        guard case .next = try execute(statement, globals, isTop: true) else { return }
      }
      keepChanges(of: statement)
      // A command that stopped early and kept its work has ended the statement well; what comes after must not run.
      guard pith_interrupted() == 0 else { return .failed(Failure(Diagnostic(.error, "interrupted", at: statement.span), .interrupted)) }
      return .done
    } catch {
      output.progress(nil)
      let failure = (located(error, statement.span) as? Failure) ?? Failure("\(error)", at: statement.span)
      if failure.reason == .interrupted, keepsOnInterrupt {
        keepChanges(of: statement)
      } else {
        journal.rollBack()
        before.restore(self)
      }
      return .failed(failure)
    }
  }

  private func keepChanges(of statement: Statement) {
    log.append(statement.span.text)
    guard !journal.isEmpty else { return }
    undoable.append((statement.span.text, journal))
    // Old numbers take memory: the last twenty changes stay, and fewer where they are large.
    while undoable.count > 20 || (undoable.count > 1 && undoable.reduce(0) { $0 + $1.journal.byteCount } > 1 << 30) {
      undoable.removeFirst()
    }
    journal = Journal()
  }

  /// What a failed statement puts back, beside what the journal keeps.
  private struct Snapshot {
    let names: [String: any Value]
    let position: Generator.Position
    let hooks: [Hook]
    let formulas: [String: NamedFormula]
    let settings: Settings
    let files: Files
    let last: (any Value)?

    init(_ s: Session) {
      (names, position, hooks) = (s.globals.contents, s.generator.position, s.hooks.all)
      (formulas, settings, files, last) = (s.formulas, s.settings, s.files, s.last)
    }

    func restore(_ s: Session) {
      s.globals.contents = names
      s.generator.position = position
      if !s.hooks.all.elementsEqual(hooks, by: ===) { s.hooks.contents = hooks }
      (s.formulas, s.settings, s.files, s.last) = (formulas, settings, files, last)
      s.depth = 0
    }
  }
}

/// Where a statement leaves to.
enum Flow {
  case next
  case leaveLoop
  case nextRound
  case leave(any Value)
}

extension Session {
  /// - Parameter isTop: whether a bare expression shows its value.
  func execute(_ statement: Statement, _ scope: Scope, isTop: Bool) throws -> Flow {
    switch statement.kind {
    case .expression(let expression):
      let value = try evaluate(expression, scope)
      if isTop, !(value is None) {
        last = value
        if !statement.isMuted { show(value) }
      }
    case .assignment(let target, let value): try assign(try evaluate(value, scope), to: target, scope)
    case .update(let target, let operation, let value): try update(target, operation, value, scope)
    case .function(let declaration):
      scope[declaration.name.text] = UserFunction(declaration.name.text, declaration.function, scope, self)
    case .model(let declaration): scope[declaration.name.text] = ModelMaker(declaration, scope, self)
    case .choice(let branches, let otherwise):
      for branch in branches where try isTrue(branch.condition, scope) { return try execute(branch.body, scope, isTop: isTop) }
      return try otherwise.map { try execute($0, scope, isTop: isTop) } ?? .next
    case .loop(let target, let sequence, let body): return try loop(target, sequence, body, scope, isTop: isTop)
    case .repetition(let condition, let body):
      while try isTrue(condition, scope) {
        try poll(statement.span)
        switch try execute(body, scope, isTop: isTop) {
        case .next, .nextRound: continue
        case .leaveLoop: return .next
        case .leave(let value): return .leave(value)
        }
      }
    case .break: return .leaveLoop
    case .continue: return .nextRound
    case .return(let value): return .leave(try value.map { try evaluate($0, scope) } ?? None())
    case .delete(let names): for name in names { try delete(name, scope) }
    }
    return .next
  }

  func execute(_ block: Block, _ scope: Scope, isTop: Bool) throws -> Flow {
    for statement in block.statements {
      try poll(statement.span)
      let flow = try execute(statement, scope, isTop: isTop)
      guard case .next = flow else { return flow }
    }
    return .next
  }

  /// Ctrl-C ends a statement between two steps of it.
  func poll(_ span: Span) throws {
    guard pith_interrupted() == 0 else { throw Failure(Diagnostic(.error, "interrupted", at: span), .interrupted) }
  }

  /// Whether one more call of a function fits: a stack that runs over would end the process.
  func stackHasRoom() -> Bool { pith_stack_left() > 192 << 10 }

  private func loop(_ target: Expression, _ sequence: Expression, _ body: Block, _ scope: Scope, isTop: Bool) throws -> Flow {
    let values = try elements(of: try evaluate(sequence, scope), sequence.span)
    for index in 0..<values.count {
      try poll(sequence.span)
      try assign(try at(sequence.span) { try values.element(index) }, to: target, scope)
      switch try execute(body, scope, isTop: isTop) {
      case .next, .nextRound: continue
      case .leaveLoop: return .next
      case .leave(let value): return .leave(value)
      }
    }
    return .next
  }

  /// What `for` walks over.
  private func elements(of value: any Value, _ span: Span) throws -> any Indexed {
    switch value {
    case let indexed as any Indexed: return indexed
    case let text as String: return List(text.map { String($0) })
    case let tensor as Tensor where tensor.rank > 0: return Rows(tensor)
    default: throw Failure("\(type(of: value).aKind) has no elements to walk over", at: span, help: "write `range(n)` for the numbers 0 to n - 1")
    }
  }

  private func delete(_ name: Identifier, _ scope: Scope) throws {
    guard scope.contents[name.text] == nil else {
      scope[name.text] = nil
      return
    }
    guard formulas.removeValue(forKey: name.text) != nil else { throw unknown(name.text, name.span, scope) }
  }

  /// Whether a condition holds.
  func isTrue(_ condition: Expression, _ scope: Scope) throws -> Bool { try truth(of: try evaluate(condition, scope), condition.span) }

  func truth(of value: any Value, _ span: Span) throws -> Bool {
    switch value {
    case let truth as Bool: return truth
    case let number as Int: return number != 0
    case let number as Double: return number != 0
    case is None: return false
    case let text as String: return !text.isEmpty
    case let judged as any Judged: return judged.holds
    case let indexed as any Indexed: return indexed.count > 0
    case let tensor as Tensor:
      guard tensor.count == 1 else {
        throw Failure("a tensor of \(tensor.shape) is neither true nor false", at: span, help: "say which: `.all()` or `.any()`")
      }
      return try at(span) { try tensor.item() != 0 }
    default: return true
    }
  }
}

/// A value that holds or does not, and can say why, such as what `close` gives.
public protocol Judged: Value {
  var holds: Bool { get }
  /// What was met, for the message of a `check` that does not hold.
  var explanation: String { get }
}

/// The slices of a tensor along its first dimension.
private struct Rows: Indexed {
  let tensor: Tensor
  init(_ tensor: Tensor) { self.tensor = tensor }
  static let kind = "tensor"
  var count: Int { tensor.shape[0] }
  func element(_ position: Int) throws -> any Value { try tensor.indexed([.at(position)]) }
  var shown: Shown { tensor.shown }
  var json: JSON { tensor.json }
}
