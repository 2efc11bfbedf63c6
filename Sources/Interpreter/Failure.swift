import Builtins
import Data
import Engine
import Importance
import Language
import NN

/// A statement that could not be done: what to tell the user, and how a batch file ends over it.
public struct Failure: Error, Explainable {
  public var diagnostic: Diagnostic
  public var reason: Reason

  public enum Reason: Sendable, Equatable {
    /// It failed: exit status 1.
    case failed
    /// A `check` did not hold: 3.
    case unchecked
    /// Ctrl-C: 130.
    case interrupted
  }

  public init(_ diagnostic: Diagnostic, _ reason: Reason = .failed) { (self.diagnostic, self.reason) = (diagnostic, reason) }

  init(_ title: String, at span: Span?, _ label: String = "", help: String? = nil, notes: [String] = []) {
    self.init(Diagnostic(.error, title, at: span, label, help: help, notes: notes))
  }

  /// An error that no text is to blame for, such as a script that cannot be read.
  public init(_ error: any Error) { self.init(Interpreter.diagnostic(of: error, nil)) }

  public var exitStatus: Int32 {
    switch reason {
    case .failed: 1
    case .unchecked: 3
    case .interrupted: 130
    }
  }
}

/// An error about the value of one argument, which the call points at.
struct InArgument: Error {
  let name: String
  let error: any Error
  /// What to say beside the argument.
  let label: String
}

/// Runs `body`, which feeds rows of `x` to a model. Where their shape does not fit, the argument that they came with is to
/// blame, and the shape to name is that of the whole.
func fed<T>(_ x: Tensor?, _ argument: String, _ body: () throws -> T) throws -> T {
  do { return try body() } catch TensorError.shape(let name, let expected, let met, operand: 0) {
    guard let x, met.count == x.rank, met.dropFirst() == x.shape.dropFirst() else { throw TensorError.shape(name, expected: expected, met: met, operand: 0) }
    throw InArgument(name: argument, error: TensorError.shape(name, expected: expected, met: x.shape, operand: 0), label: "x is \(x.shape)")
  }
}

/// Runs `body`; an error that does not know its place gets that of `span`.
@inline(__always)
func at<T>(_ span: Span, _ body: () throws -> T) throws -> T {
  do { return try body() } catch { throw located(error, span) }
}

/// An error of a lower layer as one that the user can read.
/// - Parameter operands: the places of the operands, where the error names one.
func located(_ error: any Error, _ span: Span, operands: [Span] = []) -> any Error {
  if error is Failure { return error }
  if case TensorError.interrupted = error { return Failure(Diagnostic(.error, "interrupted", at: span), .interrupted) }
  guard let tensorError = error as? TensorError else { return Failure(diagnostic(of: error, span)) }
  var diagnostic = diagnostic(of: tensorError, span)
  if let operand = tensorError.operand, operand < operands.count { diagnostic.span = operands[operand] }
  return Failure(diagnostic)
}

private func diagnostic(of error: any Error, _ span: Span?) -> Diagnostic {
  switch error {
  case let explained as any Explainable:
    var diagnostic = explained.diagnostic
    if diagnostic.span == nil { diagnostic.span = span }
    return diagnostic
  case let error as TensorError: return Diagnostic(.error, error.description, at: span, error.label, help: error.help)
  case let error as any Described: return Diagnostic(.error, error.title, at: span, error.label, help: error.help)
  case let error as any ExplainedError: return Diagnostic(.error, error.description, at: span, help: error.help)
  case let error as FormulaError: return Diagnostic(.error, error.description, at: span, help: error.help)
  case let error as ObjectiveError: return Diagnostic(.error, error.description, at: span, help: error.help)
  case let error as ScoringError: return Diagnostic(.error, error.description, at: span, help: error.help)
  default: return Diagnostic(.error, "\(error)", at: span)
  }
}

extension TensorError {
  /// Which input was wrong, where the error knows.
  var operand: Int? {
    switch self {
    case .shape(_, _, _, let operand), .dtype(_, _, _, let operand): operand
    default: nil
    }
  }

  var label: String {
    switch self {
    case .shape(_, _, let met, _): "this is \(met)"
    case .dtype(_, _, let met, _): "this is \(met.name)"
    case .elements(let from, _): "this has \(from.reduce(1, *)) elements"
    default: ""
    }
  }

  /// What to type instead.
  var help: String? {
    switch self {
    case .shapesDoNotBroadcast: "sizes must be equal or 1, counted from the last; `reshape`, `unsqueeze` and `transpose` change them"
    case .dtype(_, let expected, let met, _):
      met == .int64 && expected.contains("float") ? "`.float()` makes real numbers of integers" : met == .float64 ? "`.float()` makes float32" : nil
    case .tooLarge: "work on a part of it, or in smaller batches"
    case .notScalar: "take the `.sum()` or the `.mean()` first, or pass a seed"
    case .modifiedInPlace: "work on a `clone` of it"
    case .noGradient: nil
    case .shape(let name, let expected, let met, _): linearHelp(name, expected, met)
    default: nil
    }
  }

  private func linearHelp(_ name: String, _ expected: String, _ met: [Int]) -> String? {
    guard name.hasPrefix("Linear("), let last = met.last, let comma = name.firstIndex(of: ",") else { return nil }
    return "build the layer as Linear(\(last)\(name[comma...]), or give it \(expected)"
  }
}
