import Language
import Testing

@Suite struct StatementTests {
  static let table: [(String, String)] = [
    ("x = 1", "x = 1"), ("x=1;y=2", "x = 1\ny = 2"), ("a, b = f()", "a, b = f()"), ("(a, b) = f()", "a, b = f()"), ("a, (b, c) = f()", "a, (b, c) = f()"),
    ("net.fc1.weight = eye(4)", "net.fc1.weight = eye(4)"), ("net.fc1.weight[3, 2] = 0", "net.fc1.weight[3, 2] = 0"), ("net.0.bias += 1", "net.0.bias += 1"),
    ("x -= 1; x *= 2; x /= 3; x //= 4; x %= 5; x ^= 6; x **= 7; x @= w", "x -= 1\nx *= 2\nx /= 3\nx //= 4\nx %= 5\nx ^= 6\nx ^= 7\nx @= w"),
    ("x = 1, 2", "x = 1, 2"), ("train = 3", "train = 3"), ("train += 3", "train += 3"),
    ("def rms(x) = sqrt(mean(x^2))", "def rms(x) = sqrt(mean(x^2))"), ("def f() { }", "def f() { }"),
    ("def f(a, k=3,) {\n  s = a\n  return s, k\n}", "def f(a, k=3) { s = a; return s, k }"), ("def f(x) =\n  x", "def f(x) = x"),
    ("def f(x) = importance |w| of x", "def f(x) = importance(|w|, of=x)"), ("def f() { return }", "def f() { return }"),
    ("if a { b }", "if a { b }"), ("if a { b } elif c { d } else { e }", "if a { b } elif c { d } else { e }"), ("if a {\n}\nelif b {\n}\nelse\n{\n}", "if a { } elif b { } else { }"),
    ("for a, b in e { print(a) }", "for a, b in e { print(a) }"), ("for (i, (a, b)) in e { }", "for i, (a, b) in e { }"), ("for x in xs {\n  if x { break }\n  continue\n}", "for x in xs { if x { break }; continue }"),
    ("while x > 0 { x -= 1 }", "while x > 0 { x -= 1 }"), ("while not done { }", "while not done { }"), ("del a, b", "del a, b"), ("del a", "del a"), ("no_grad {\n  y = net(x)\n}", "no_grad { y = net(x) }"),
    ("y = no_grad { net(x) }", "y = no_grad { net(x) }"),
    ("model R(d) {\n  fc1 = Linear(d, d)\n  fc2 = Linear(d, d)\n  forward(x) = x + fc2(relu(fc1(x)))\n}", "model R(d) { fc1 = Linear(d, d); fc2 = Linear(d, d); forward(x) = x + fc2(relu(fc1(x))) }"),
    ("model M { forward(x, y=2) { return x } ; def g(x) = x }", "model M() { forward(x, y=2) { return x }; g(x) = x }"),
    ("# only a comment", ""), ("", ""), (";;", ""), ("#!/usr/bin/env pith\nx = 1", "x = 1"), ("\u{FEFF}x = 1\r\ny = 2\r\n", "x = 1\ny = 2"), ("x = [1,\r\n 2]\ry", "x = [1, 2]\ny"),
    ("x = 1 # one\ny = 2 # two", "x = 1\ny = 2"), ("x = 1 + \\\n  2", "x = 1 + 2"), ("a,\nb", "a, b"), ("x =\n3", "x = 3"), ("x = a and\n b", "x = a and b"),
    ("a.\nb", "a.b"), ("x\n(y)", "x\ny"), ("x\n[1]", "x\n[1]"), ("x\n-y", "x\n-y"), ("f(\n  x -> {\n    a = x\n    a\n  },\n  2)", "f(x -> { a = x; a }, 2)"),
    ("for name, p in net.params() { if p.dim() > 1 { print(f\"{name}: {rms(p):.4f}\") } }", "for name, p in net.params() { if p.dim() > 1 { print(f\"{name}: {rms(p):.4f}\") } }"),
  ]

  @Test("a statement reads as its canonical form", arguments: table)
  func reads(_ text: String, _ expected: String) { #expect(canonical(text) == expected) }

  @Test("the canonical form reads back as itself", arguments: table)
  func readsBack(_ text: String, _ expected: String) { #expect(canonical(expected) == expected) }

  @Test func aSemicolonMutes() {
    #expect(parse("a; b").statements.map(\.isMuted) == [true, false])
    #expect(parse("x = 1;").statements.map(\.isMuted) == [true])
  }

  @Test func spansPointIntoTheirOwnSource() {
    let first = parse("def f(x) = x + y", name: "a.pscript")
    let second = parse("f(1)", name: "b.pscript")
    #expect(first.statements.first?.span.source.name == "a.pscript")
    #expect(second.statements.first?.span.source.name == "b.pscript")
  }
}
