import Language
import Testing

@Suite struct ExpressionTests {
  static let table: [(String, String)] = [
    // precedence, tightest first
    ("-x^2", "-x^2"), ("(-x)^2", "(-x)^2"), ("2^-1", "2^-1"), ("2**-x**3", "2^-x^3"), ("a^b^c", "a^b^c"),
    ("(a^b)^c", "(a^b)^c"), ("a ^ (b ^ c)", "a^b^c"), ("f(x)^2", "f(x)^2"), ("-x.y", "-x.y"), ("(-x).y", "(-x).y"),
    ("- - x", "--x"), ("not not a", "not not a"), ("not a == b", "not a == b"), ("not (a == b)", "not (a == b)"),
    ("not a and b", "not a and b"), ("-a @ b", "-a @ b"), ("a * b @ c", "a * b @ c"), ("(a * b) @ c", "(a * b) @ c"),
    ("a @ b @ c", "a @ b @ c"), ("a @ (b @ c)", "a @ (b @ c)"), ("a + b * c", "a + b * c"), ("(a + b) * c", "(a + b) * c"),
    ("a - b - c", "a - b - c"), ("a - (b - c)", "a - (b - c)"), ("a / b / c", "a / b / c"), ("a // b % c", "a // b % c"),
    ("a // (b % c)", "a // (b % c)"), ("a < b + 1", "a < b + 1"), ("a < b < c", "a < b < c"), ("(a < b) < c", "(a < b) < c"),
    ("a in b", "a in b"), ("a not in b", "a not in b"), ("a == b in c", "a == b in c"), ("a and b or c and d", "a and b or c and d"),
    ("a and (b or c)", "a and (b or c)"), ("a or b or c", "a or b or c"), ("a or (b or c)", "a or (b or c)"),
    ("a if b else c", "a if b else c"), ("a if b else c if d else e", "a if b else c if d else e"),
    ("(a if b else c) if d else e", "(a if b else c) if d else e"), ("1 + (a if b else c)", "1 + (a if b else c)"),
    ("a or b if c or d else e or f", "a or b if c or d else e or f"), ("+x", "x"), ("x - -1", "x - -1"),
    // functions
    ("x -> x + 1", "x -> x + 1"), ("(x) -> x", "x -> x"), ("(x, y) -> x * y", "(x, y) -> x * y"), ("() -> 3", "() -> 3"),
    ("(x, k=3) -> x + k", "(x, k=3) -> x + k"), ("x -> y -> x if y else 2", "x -> y -> x if y else 2"),
    ("f(x -> x, 2)", "f(x -> x, 2)"), ("(x -> x)(3)", "(x -> x)(3)"), ("f = x -> { y = x; y + 1 }", "f = x -> { y = x; y + 1 }"),
    ("x -> {a: 1}", "x -> {a: 1}"), ("x -> {}", "x -> {}"), ("map(x -> {\n  a = x\n  return a\n}, xs)", "map(x -> { a = x; return a }, xs)"),
    // bars
    ("|x|", "|x|"), ("|a - |b||", "|a - |b||"), ("|w| * norm(z)", "|w| * norm(z)"), ("|mean(g)| / (std(g) + 1e-6)", "|mean(g)| / (std(g) + 1e-06)"),
    ("f(|x|)", "f(|x|)"), ("|x|.mean()", "|x|.mean()"), ("||x|-1|", "||x| - 1|"), ("|||x|||", "|||x|||"), ("|-x|", "|-x|"),
    ("|x|^2", "|x|^2"), ("-|x|", "-|x|"), ("a*|b|*c", "a * |b| * c"), ("|a|<|b|", "|a| < |b|"), ("[|a|, |b|]", "[|a|, |b|]"),
    ("| a | + | b |", "|a| + |b|"), ("x[|a| > 1]", "x[|a| > 1]"), ("|a if b else c|", "|a if b else c|"),
    // calls, members, indices
    ("f()", "f()"), ("f(a, b,)", "f(a, b)"), ("mean(x, dim=0, keepdim=true)", "mean(x, dim=0, keepdim=true)"),
    ("nan_to_num(x, nan=0, inf=1)", "nan_to_num(x, nan=0, inf=1)"), ("f(for=loss, in=3)", "f(for=loss, in=3)"),
    ("x.mean(dim=0).sum()", "x.mean(dim=0).sum()"), ("net.0.weight", "net.0.weight"), ("net.0.1.weight", "net.0.1.weight"),
    ("net[0].1.bias", "net[0].1.bias"), ("f(x).0.5", "f(x).0.5"), ("3.mean()", "(3).mean()"), ("x.for.in", "x.for.in"), ("x.inf", "x.inf"),
    ("x[0]", "x[0]"), ("x[-1]", "x[-1]"), ("x[1:3, :]", "x[1:3, :]"), ("x[..., 0]", "x[..., 0]"), ("x[::2]", "x[::2]"), ("x[:, none]", "x[:, none]"),
    ("x[1:]", "x[1:]"), ("x[:3:]", "x[:3]"), ("x[a:b:c]", "x[a:b:c]"), ("x[x > 0]", "x[x > 0]"), ("x[[0, 2]]", "x[[0, 2]]"), ("x[0][1]", "x[0][1]"),
    ("imp[\"fc1.weight\"]", "imp[\"fc1.weight\"]"), ("x[\n  0,\n  1,\n]", "x[0, 1]"), ("f (x)", "f(x)"),
    // literals
    ("1_000", "1000"), (".5", "0.5"), ("1.", "1.0"), ("1.e3", "1000.0"), ("1e-3", "0.001"), ("2E+2", "200.0"), ("inf", "inf"), ("-inf", "-inf"), ("nan", "nan"),
    ("True", "true"), ("False", "false"), ("None", "none"), ("[1, 2,]", "[1, 2]"), ("[]", "[]"), ("()", "()"), ("(1,)", "(1,)"), ("(1, 2)", "1, 2"),
    ("{}", "{}"), ("{lr: 0.1, name: \"a\"}", "{lr: 0.1, name: \"a\"}"), ("{\"a b\": 1, 'c': 2, for: 3}", "{\"a b\": 1, c: 2, for: 3}"),
    ("{\n a: 1,\n b: 2,\n}", "{a: 1, b: 2}"), ("'it''s'".replacing("''", with: "\\'"), "\"it's\""), ("\"a\\tb\\x41\\u00e9\\u{1F600}\"", "\"a\\tbAé😀\""),
    ("\"\"\"a\nb\"\"\"", "\"a\\nb\""), ("'''a'b'''", "\"a'b\""), ("\"a\\\nb\"", "\"ab\""),
    ("f\"loss {l:.3f}\"", "f\"loss {l:.3f}\""), ("f'{{x}} {a + b}'", "f\"{{x}} {a + b}\""), ("f\"{d[\"k\"]}\"", "f\"{(d[\"k\"])}\""),
    ("f\"{ {a: 1}.a }\"", "f\"{({a: 1}.a)}\""), ("f\"{x[1:2]:>5}|\"", "f\"{x[1:2]:>5}|\""), ("f\"{f(f\"{y}\")}\"", "f\"{(f(f\"{y}\"))}\""), ("f\"\"", "f\"\""),
    ("no_grad { x = 1; x }", "no_grad { x = 1; x }"), ("größe + ß", "größe + ß"), ("_", "_"), ("a, b", "a, b"),
    ("tensor([[1, 2], [3, 4]])", "tensor([[1, 2], [3, 4]])"), ("a +\n  b", "a + b"), ("a \\\n + b", "a + b"), ("f(a\n, b)", "f(a, b)"),
    ("1...", "error: expected the end of the statement, met `...`"),
  ]

  @Test("an expression reads as its canonical form", arguments: table)
  func reads(_ text: String, _ expected: String) { #expect(canonical(text) == expected) }

  @Test("the canonical form reads back as itself", arguments: table.filter { !$0.1.hasPrefix("error") })
  func readsBack(_ text: String, _ expected: String) { #expect(canonical(expected) == expected) }

  @Test func spansCoverWhatWasWritten() throws {
    let result = parse("y = (a + b) * f(x, k=|c|)")
    guard case .assignment(_, let value)? = result.statements.first?.kind,
      case .binary(.multiply, let left, let right) = value.kind, case .call(let call) = right.kind
    else { return #expect(Bool(false), "not a product") }
    #expect(value.span.text == "(a + b) * f(x, k=|c|)")
    #expect(left.span.text == "(a + b)")
    #expect(call.arguments.map(\.span.text) == ["x", "k=|c|"])
    #expect(result.statements.first?.span.text == "y = (a + b) * f(x, k=|c|)")
  }

  @Test func childrenStandInOrder() throws {
    guard case .expression(let value)? = parse("f(|w|, k=g^2)[a:b]").statements.first?.kind else { return }
    var seen: [String] = []
    func walk(_ expression: Expression) {
      if case .name(let name) = expression.kind { seen.append(name) }
      expression.forEachChild(walk)
    }
    walk(value)
    #expect(seen == ["f", "w", "g", "a", "b"])
  }
}
