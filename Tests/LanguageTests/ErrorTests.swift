import Language
import Testing

/// What a user sees, whole, one case for each mistake.
@Suite struct ErrorTests {
  static func rendered(_ text: String) -> String {
    parse(text, name: "a.pscript").diagnostics.map { DiagnosticRenderer().render($0) }.joined(separator: "\n")
  }

  @Test func anUnclosedBracketPointsAtItsOpener() {
    #expect(Self.rendered("x = f(1, 2\ny = 3") == """
      error: this bracket is never closed
        --> a.pscript:1:6
         |
       1 | x = f(1, 2
         |      ^ opened here
         |           - expected `)` here
         = help: type the missing `)`
      """)
  }

  @Test func aMissingBraceShowsBothPlaces() {
    #expect(Self.rendered("if a {\n  b = 1\n  c = 2\n") == """
      error: this bracket is never closed
        --> a.pscript:1:6
         |
       1 | if a {
         |      ^ opened here
         ⋮
       3 |   c = 2
         |        - expected `}` here
         = help: type the missing `}`
      """)
  }

  @Test func anAssignmentInACondition() {
    #expect(Self.rendered("if x = 3 { y }") == """
      error: `=` assigns; a comparison is written `==`
        --> a.pscript:1:6
         |
       1 | if x = 3 { y }
         |      ^ expected `==`
         = help: write `==`
      """)
  }

  @Test func anUnterminatedString() {
    #expect(Self.rendered("s = \"abc\nt = 1") == """
      error: this string is never closed
        --> a.pscript:1:5
         |
       1 | s = "abc
         |     ^^^^ expected `"` at its end
         = help: close it with `"`, or start it with `\"""` if it spans lines
      """)
  }

  @Test func anUnknownEscape() {
    #expect(Self.rendered("s = \"a\\dq\"") == """
      error: there is no escape `\\d`
        --> a.pscript:1:7
         |
       1 | s = "a\\dq"
         |       ^^ not an escape
         = help: write `\\\\d` for a backslash; escapes are \\n \\t \\r \\0 \\\\ \\" \\' \\xHH \\u{HEX}
      """)
  }

  @Test func aMisspeltCommand() {
    #expect(Self.rendered("trian net on d") == """
      error: expected the end of the statement, met `net`
        --> a.pscript:1:7
         |
       1 | trian net on d
         |       ^^^ expected the end of the statement
         = help: did you mean `train`?
      """)
  }

  @Test func threeMistakesAreThreeErrors() {
    let text = "x = (1\ny = 3x\nif a = 2 {\n  z = ]\n}\nw = 5"
    #expect(parse(text, name: "a.pscript").diagnostics.map { DiagnosticRenderer().renderLine($0) } == [
      "a.pscript:1:5: error: this bracket is never closed (type the missing `)`)",
      "a.pscript:2:5: error: `3x` is not a number (write `3 * x` for a product; a name starts with a letter)",
      "a.pscript:3:6: error: `=` assigns; a comparison is written `==` (write `==`)",
      "a.pscript:4:7: error: this `]` closes nothing (delete it, or open the bracket before it)",
    ])
  }

  static let table: [(String, [String])] = [
    ("x = 1)", ["1:6 this `)` closes nothing"]), ("}\nx = ]", ["1:1 this `}` closes nothing", "2:5 this `]` closes nothing"]),
    ("f(1]", ["1:4 `]` does not close `(`"]), ("g([1, 2)", ["1:8 `)` does not close `[`"]), ("h({a: 1])", ["1:8 `]` does not close `{`"]),
    ("x = 1e + 2", ["1:5 `1e` is not a number"]), ("x = 0x1F", ["1:5 `0x1F` is not a number"]), ("x = 0x", ["1:5 `0x` is not a number"]), ("x = 1__0", ["1:5 `1__0` is not a number"]),
    ("x = 1_", ["1:5 `1_` is not a number"]), ("v = 99999999999999999999", ["1:5 this integer does not fit in 64 bits"]), ("net.0a", ["1:5 `0a` is not a number"]),
    ("else { x }", ["1:1 `else` without an `if` before it"]), ("elif a { x }", ["1:1 `elif` without an `if` before it"]),
    ("a && b", ["1:3 `&&` is not an operator here"]), ("a || b", ["1:3 `||` is not an operator here"]), ("f(a || b)", ["1:5 `||` is not an operator here"]), ("!c", ["1:1 `!` is not an operator here"]), ("d & ~e", ["1:3 `&` is not an operator here", "1:5 `~` is not an operator here"]),
    ("a − b ≤ c", ["1:3 `−` is not an operator here", "1:7 `≤` is not an operator here"]), ("x = “hi” + 1", ["1:5 curly quotes do not make a string"]), ("x = '", ["1:5 this string is never closed"]), ("x = a $ b", ["1:7 the character U+0024 has no meaning here"]),
    ("s = \"\\x4\" + '\\u{110000}'", ["1:6 `\\x4` names no character", "1:14 `\\u{110000}` names no character"]), ("x = \\ y", ["1:5 text follows `\\`"]),
    ("import torch", ["1:8 expected the end of the statement, met `torch`"]), ("x = a b", ["1:7 expected the end of the statement, met `b`"]), ("f(a b)", ["1:5 expected `,` or `)`, met `b`"]), ("[a b]", ["1:4 expected `,` or `]`, met `b`"]),
    ("train net 5", ["1:11 only the first argument of `train` goes without a name"]), ("train net, 5", ["1:12 only the first argument of `train` goes without a name"]), ("train net on", ["1:11 expected the end of the statement, met `on`"]), ("train net on d on e", ["1:16 the argument `on` stands here twice"]),
    ("f(a=1, 2)", ["1:8 an argument by place follows one by name"]), ("f(a=1, a=2)", ["1:8 the argument `a` stands here twice"]), ("def f(x, x) = 3", ["1:10 the parameter `x` stands here twice"]), ("def g(k=3, x) = 3", ["1:13 expected a default value, met `)`"]),
    ("f(x) = 3", ["1:1 the value of a call cannot be assigned to"]), ("3 = x", ["1:1 a value cannot be assigned to"]), ("a == b = c", ["1:1 a comparison cannot be assigned to"]), ("a = b = c", ["1:7 a statement assigns once"]), ("x + 1 += 2", ["1:1 this expression cannot be assigned to"]), ("a, b += 1", ["1:1 this expression cannot be assigned to"]), ("f(\n  a,\n  b) = 3", ["1:1 the value of a call cannot be assigned to"]),
    ("return 3", ["1:1 `return` without a function around it"]), ("break", ["1:1 `break` without a loop around it"]), ("for x in xs { f(y -> { continue }) }", ["1:24 `continue` without a loop around it"]),
    ("|x", ["1:1 this `|` is never closed"]), ("f(|x)", ["1:3 this `|` is never closed"]), ("for x im xs { y = 1 }", ["1:7 expected `in`, met `im`"]), ("if a: b", ["1:5 expected `{`, met `:`"]), ("if a { } else if b { }", ["1:15 expected `{`, met the keyword `if`"]), ("def f(x): x", ["1:9 expected `=` or `{`, met `:`"]), ("x = a if b", ["1:11 expected `else`, met the end of the text"]),
    ("model = 3", ["1:7 expected the name of the model, met `=`"]), ("model M { x + 1; fc = Linear(1, ); forward(x) = }", ["1:11 expected `name = layer` or `forward(x) = …`, met `x`", "1:49 expected a value, met `}`"]), ("x = for", ["1:5 expected a value, met the keyword `for`"]),
    ("f\"a {x\"", ["1:5 this `{` of an f-string is never closed"]), ("f\"a {}\"", ["1:5 there is nothing between these braces"]), ("f\"a } b\"", ["1:5 this `}` closes nothing in the f-string"]), ("f\"a {x", ["1:1 this string is never closed"]), ("f\"a {x y} b\"", ["1:8 expected `:` or `}`, met `y`"]),
    ("formula |w|", ["1:9 `formula` takes `name = value`"]), ("check x = 3, \"no\"", ["1:9 `=` assigns; a comparison is written `==`"]), ("x[1..3]", ["1:4 expected `,`, `:` or `]`, met `..`"]), ("{a: 1, b}", ["1:9 expected `:`, met `}`"]), ("{ x = 1 }", ["1:5 expected `:`, met `=`"]),
    ("d = 3 +\ne = 4", ["1:8 expected a value, met the end of the line"]), ("def (x) = 3", ["1:5 expected the name of the function, met `(`"]), ("def f x = 3", ["1:7 expected `(`, met `x`"]), ("for in xs { }", ["1:5 expected the name of a variable, met the keyword `in`"]), ("del 3", ["1:5 expected the name of a variable, met `3`"]),
    ("for x im xs {\n  y = 3x\n}\nz = 1", ["1:7 expected `in`, met `im`", "2:7 `3x` is not a number"]), ("f(\n  1 2,\n  3 4\n)\nx = )", ["2:5 expected `,` or `)`, met `2`", "5:5 this `)` closes nothing"]),
  ]

  @Test("a mistake is named at its place, and nothing else is", arguments: table)
  func titles(_ text: String, _ expected: [String]) {
    let found = parse(text).diagnostics
    #expect(found.map { "\($0.span?.position.line ?? 0):\($0.span?.position.column ?? 0) \($0.title)" } == expected)
    #expect(!found.isEmpty && !parse(text).isIncomplete)
  }

  @Test func readingGoesOnBehindAMistake() {
    #expect(parse("x = )\ny = 2\nz = 3x; w = 4").statements.map(\.description).contains("y = 2"))
  }

  @Test func noMoreThanTwentyAreReported() {
    let found = parse(String(repeating: "x = )\n", count: 100)).diagnostics
    #expect(found.count == Parser.problemLimit)
    #expect(found.last?.notes == ["there are more mistakes than these 20"])
  }
}
