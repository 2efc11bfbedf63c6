/// What can be wrong with how tokens stand together.
public indirect enum SyntaxError: Error, Hashable, Sendable {
  /// The token was reported as a `LexicalError` already.
  case reported
  case expected(String, met: String, at: Span, help: String?)
  /// A bracket that is never closed, and where its closer was missed.
  case unclosed(opener: Span, closer: String, missed: Span)
  /// A closing bracket of the wrong kind.
  case mismatched(opener: Span, closer: String, met: Span)
  case strayCloser(Span)
  case unclosedBar(opener: Span, missed: Span)
  case assignmentInCondition(Span)
  case notAssignable(Span, what: String)
  case repeatedAssignment(Span)
  /// A keyword in a place that it has no meaning in.
  case misplaced(Span, needs: String, help: String)
  case tooDeep(Span)
  case positionalAfterNamed(Span)
  case duplicate(what: String, Identifier, first: Span)
  /// `||`
  case doubleBar(Span)
  case unnamedArgument(Span, command: String)
  case definitionWithoutName(Span, command: String)
}

extension SyntaxError: Explainable {
  public var diagnostic: Diagnostic {
    switch self {
    case .expected(let what, let met, let span, let help):
      Diagnostic(.error, "expected \(what), met \(met)", at: span, "expected \(what)", help: help)
    case .unclosed(let opener, let closer, let missed):
      Diagnostic(.error, "this bracket is never closed", at: opener, "opened here",
                 help: "type the missing `\(closer)`", also: [Label(missed, "expected `\(closer)` here")])
    case .mismatched(let opener, let closer, let met):
      Diagnostic(.error, "`\(met.excerpt)` does not close `\(opener.excerpt)`", at: met, "expected `\(closer)`",
                 help: "write `\(closer)` instead of `\(met.excerpt)`", also: [Label(opener, "opened here")])
    case .strayCloser(let span):
      Diagnostic(.error, "this `\(span.excerpt)` closes nothing", at: span, "no bracket is open here",
                 help: "delete it, or open the bracket before it")
    case .unclosedBar(let opener, let missed):
      Diagnostic(.error, "this `|` is never closed", at: opener, "opened here",
                 help: "write `|x|` for the absolute value of x", also: [Label(missed, "expected `|` here")])
    case .doubleBar(let span):
      Diagnostic(.error, "`||` is not an operator here", at: span, "expected `or`", help: "write `or`")
    case .tooDeep(let span):
      Diagnostic(.error, "this is nested too deeply", at: span,
                 "more than \(Parser.nestingLimit) levels, or \(Parser.heightLimit) operations",
                 help: "give a part of it a name first: `part = …`")
    default: assignments
    }
  }

  private var assignments: Diagnostic {
    switch self {
    case .assignmentInCondition(let span):
      Diagnostic(.error, "`=` assigns; a comparison is written `==`", at: span, "expected `==`", help: "write `==`")
    case .notAssignable(let span, let what):
      Diagnostic(.error, "\(what) cannot be assigned to", at: span, "expected a name, a member or an index",
                 help: "write `name = …`; to compare, write `==`")
    case .repeatedAssignment(let span):
      Diagnostic(.error, "a statement assigns once", at: span, "met a second `=`",
                 help: "assign on two lines, or write `==` to compare")
    case .misplaced(let span, let needs, let help):
      Diagnostic(.error, "`\(span.excerpt)` without \(needs)", at: span, "needs \(needs)", help: help)
    default: arguments
    }
  }

  private var arguments: Diagnostic {
    switch self {
    case .positionalAfterNamed(let span):
      Diagnostic(.error, "an argument by place follows one by name", at: span, "expected `name=value`",
                 help: "put it before the named ones, or give it its name")
    case .duplicate(let what, let name, let first):
      Diagnostic(.error, "the \(what) `\(name.text)` stands here twice", at: name.span, "given again",
                 help: "delete one of the two", also: [Label(first, "given here")])
    case .unnamedArgument(let span, let command):
      Diagnostic(.error, "only the first argument of `\(command)` goes without a name", at: span, "expected `name=value`",
                 help: "write `name=value`, or a little word and a value as in `on x`; `help \(command)` lists the names")
    case .definitionWithoutName(let span, let command):
      Diagnostic(.error, "`\(command)` takes `name = value`", at: span, "expected a name and `=`",
                 help: "write `\(command) name = …`")
    default: Diagnostic(.error, "unreadable text", at: nil)
    }
  }
}
