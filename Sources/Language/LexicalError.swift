/// What can be wrong with a single piece of text, whatever stands around it.
public indirect enum LexicalError: Error, Hashable, Sendable {
  /// From the quote to the end of its line, or of the text for `"""`.
  case unterminatedString(Span, quote: String)
  case unknownEscape(Span)
  case malformedEscape(Span)
  case malformedNumber(Span, NumberFault)
  case integerTooLarge(Span)
  /// An operator or sign of another language, and ours.
  case foreignSign(Span, use: String)
  case foreignQuote(Span)
  case unknownCharacter(Span)
  /// `\` with more text behind it on its line.
  case strayBackslash(Span)
  /// `\` at the very end of the text: a line that is to go on.
  case trailingBackslash(Span)
  case unclosedHole(Span)
  case emptyHole(Span)
  case strayHoleEnd(Span)
  case nestedTooDeep(Span)

  public enum NumberFault: Hashable, Sendable {
    case exponent, underscore
    /// Letters directly behind: `3x`.
    case letters(number: String, rest: String)
    /// `0x1F` and its value, if it has one.
    case radix(Int?)
  }

  /// Whether more text would put it right.
  var wantsMore: Bool {
    switch self {
    case .unterminatedString(_, let quote): quote.utf8.count == 3
    case .trailingBackslash: true
    default: false
    }
  }
}

extension LexicalError: Explainable {
  public var diagnostic: Diagnostic {
    switch self {
    case .unterminatedString(let span, let quote):
      Diagnostic(.error, "this string is never closed", at: span, "expected `\(quote)` at its end",
                 help: quote.utf8.count == 3 ? nil : "close it with `\(quote)`, or start it with `\"\"\"` if it spans lines")
    case .unknownEscape(let span):
      Diagnostic(.error, "there is no escape `\(span.excerpt)`", at: span, "not an escape",
                 help: "write `\\\(span.excerpt)` for a backslash; escapes are \\n \\t \\r \\0 \\\\ \\\" \\' \\xHH \\u{HEX}")
    case .malformedEscape(let span):
      Diagnostic(.error, "`\(span.excerpt)` names no character", at: span, "expected hexadecimal digits of a code point",
                 help: "write two digits as in `\\x41`, four as in `\\u00e9`, or braces as in `\\u{1F600}`")
    case .malformedNumber(let span, let fault): fault.diagnostic(at: span)
    case .integerTooLarge(let span):
      Diagnostic(.error, "this integer does not fit in 64 bits", at: span, "the largest is 9223372036854775807",
                 help: "write it as a real number: `\(span.excerpt).0`")
    case .foreignSign(let span, let use):
      Diagnostic(.error, "`\(span.excerpt)` is not an operator here", at: span, "expected `\(use)`", help: "write `\(use)`")
    default: rest
    }
  }

  private var rest: Diagnostic {
    switch self {
    case .foreignQuote(let span):
      Diagnostic(.error, "curly quotes do not make a string", at: span, "met a curly quote",
                 help: "write straight quotes: `\"…\"`")
    case .strayBackslash(let span):
      Diagnostic(.error, "text follows `\\`", at: span, "`\\` continues a line only as its last character",
                 help: "delete the `\\`, or start a new line behind it")
    case .trailingBackslash(let span):
      Diagnostic(.error, "the text ends where a line is to go on", at: span, "expected another line",
                 help: "delete the `\\`")
    case .unclosedHole(let span):
      Diagnostic(.error, "this `{` of an f-string is never closed", at: span, "expected `}` behind the expression",
                 help: "close it with `}`, or write `{{` for a brace")
    case .emptyHole(let span):
      Diagnostic(.error, "there is nothing between these braces", at: span, "expected an expression",
                 help: "write `{{}}` for the braces themselves")
    case .strayHoleEnd(let span):
      Diagnostic(.error, "this `}` closes nothing in the f-string", at: span, "no `{` before it",
                 help: "write `}}` for a brace")
    case .nestedTooDeep(let span):
      Diagnostic(.error, "f-strings are nested too deeply", at: span, "the limit is \(Lexer.formatLimit)",
                 help: "give the inner text a name first")
    default: unknown
    }
  }

  private var unknown: Diagnostic {
    guard case .unknownCharacter(let span) = self else { return Diagnostic(.error, "unknown text", at: nil) }
    let value = span.excerpt.unicodeScalars.first?.value ?? 0
    let digits = String(value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return Diagnostic(.error, "the character \(code) has no meaning here", at: span, "not part of the language",
                      help: "delete it, or put it in a string: `\"…\"`")
  }
}

extension LexicalError.NumberFault {
  fileprivate func diagnostic(at span: Span) -> Diagnostic {
    switch self {
    case .exponent:
      Diagnostic(.error, "`\(span.excerpt)` is not a number", at: span, "expected digits behind the `e`",
                 help: "write the exponent: `\(span.excerpt)3`")
    case .underscore:
      Diagnostic(.error, "`\(span.excerpt)` is not a number", at: span, "`_` stands between two digits only",
                 help: "write `\(span.excerpt.filter { $0 != "_" })`")
    case .letters(let number, let rest):
      Diagnostic(.error, "`\(span.excerpt)` is not a number", at: span, "letters follow the digits",
                 help: "write `\(number) * \(rest)` for a product; a name starts with a letter")
    case .radix(let value):
      Diagnostic(.error, "`\(span.excerpt)` is not a number", at: span, "numbers are written in decimal",
                 help: value.map { "write `\($0)`" } ?? "write its decimal value")
    }
  }
}
