import Language
import Testing

@Suite struct IncompleteTests {
  @Test("text that only stops too soon waits for more", arguments: [
    "f(", "f(1,", "f(1, 2", "[1, [2]", "{a: 1", "{a:", "x = ", "x = 1 +", "x = a and", "a,", "x = [1,\n2,", "def f(x) {", "def f(x)", "def f(x) =", "def f(", "def", "if a {", "if a", "if a { b } else", "if a {\n  b\n",
    "for x in xs {", "for x in", "for x", "for", "while a {\n f(\n", "model M(d) {", "model M(d) {\n  fc = Linear(", "\"\"\"text", "f\"\"\"text {x", "f(\"\"\"a", "x = 1 \\", "x = 1 \\\n", "no_grad {", "x -> {", "f(x ->", "x ->", "not", "-",
    "x.", "x[", "x[1:", "net.fc1.", "train net on (", "f(|", "return_ = [\n# comment\n", "x = not", "del", "if a { x = (1\n", "a = 1\nb = (2",
  ])
  func waits(_ text: String) {
    let result = parse(text)
    #expect(result.isIncomplete)
    #expect(!result.diagnostics.isEmpty)
  }

  @Test("text that is whole or wrong does not wait", arguments: [
    "", "x", "x = 1", "if a { b }", "\"text", "f\"text {x", "|x", "f(1]", "x = )", "f(1, &&", "train net on", "a if b", "x = 1\ny = 3x\nz = (", "return", "}", "if x = 3 {", "f(a b", "x = 0x1\ny = [", "f(1, 2\ny = 3",
  ])
  func doesNotWait(_ text: String) { #expect(!parse(text).isIncomplete) }
}
