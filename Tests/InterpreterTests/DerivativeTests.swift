import Builtins
import Engine
import Interpreter
import Testing
import TestSupport

/// Derivatives of functions of several arguments, nested as PyTorch's torch.autograd.functional nests them.
@Suite struct DerivativeTests {
  private func said(_ text: String) -> String {
    let shell = TestShell()
    #expect(shell.failure("a = tensor([1.0, 2.0], dtype=float64); b = tensor([3.0, 5.0], dtype=float64); def f(x, y) = [x * y, (x^2 * y).sum()]") == nil)
    return shell.type(text)
  }

  @Test("lists in, lists out", arguments: [
    ("vjp(f, [a, b])[1](ones(2), 2)[0].tolist()", "[15.0, 45.0]"),  // y + 2 * 2 x y
    ("vjp(f, [a, b])[1]([ones(2), 2])[1].tolist()", "[3.0, 10.0]"),  // x + 2 x²
    ("jvp(f, [a, b], [ones(2), zeros(2)])[1][0].tolist()", "[3.0, 5.0]"),
    ("jvp(f, [a, b], [ones(2), zeros(2)])[1][1].item()", "26.0"),  // Σ 2 x y
    ("jacobian(f, [a, b])[0][1].tolist()", "[[1.0, 0.0], [0.0, 2.0]]"),
    ("jacobian(f, [a, b])[1][0].tolist()", "[6.0, 20.0]"),
    ("jacobian(x -> x.reshape(2, 1) * x, a).shape", "[2, 2, 2]"),
    ("jacobian(Linear(2, 3), ones(2)).shape", "[3, 2]"),
    ("jacobian(x -> [x, x.sum()], a)[1].tolist()", "[1.0, 1.0]"),
    ("hessian((x, y) -> (x^2 * y).sum(), [a, b])[0][1].tolist()", "[[2.0, 0.0], [0.0, 4.0]]"),
    ("hessian((x, y) -> (x^2 * y).sum(), [a, b])[1][1].tolist()", "[[0.0, 0.0], [0.0, 0.0]]"),
    ("hvp((x, y) -> (x^2 * y).sum(), [a, b], [ones(2), zeros(2)])[1][1].tolist()", "[2.0, 4.0]"),
    ("vhp((x, y) -> (x^2 * y).sum(), [a, b], [zeros(2), ones(2)])[1][0].tolist()", "[2.0, 4.0]"),
    ("jacrev((x, y) -> x * y, argnums=1)(a, b).tolist()", "[[1.0, 0.0], [0.0, 2.0]]"),
    ("jacfwd((x, y) -> x * y, argnums=[0, 1])(a, b)[0].tolist()", "[[3.0, 0.0], [0.0, 5.0]]"),
    ("vmap((x, y) -> x * y.sum(), in_dims=[0, none])(a, b).tolist()", "[8.0, 16.0]"),
    ("jacobian(x -> grad((x^3).sum(), x), a).tolist()", "[[6.0, 0.0], [0.0, 12.0]]"),
  ])
  func lists(_ text: String, _ expected: String) { #expect(said(text).split(separator: "\n").joined() == expected) }

  @Test("what does not fit is said", arguments: [
    ("vjp(f, [a, b])[1](ones(2))", "takes a vector for each of 2 outputs, got 1"), ("jvp(f, [a, b], [ones(2)])", "takes a vector for each of 2 inputs, got 1"),
    ("hessian(f, [a, b])", "one number is needed"), ("hvp(x -> x.sum(), a, ones(3))", "a vector of [2]"),
    ("jacobian(x -> \"text\", a)", "a tensor or a list of them is needed"), ("vmap(x -> x, in_dims=none)(a)", "no argument has a dimension of samples"),
    ("jacrev(x -> x, argnums=3)(a)", "there is no argument 3"),
  ])
  func refusals(_ text: String, _ part: String) { #expect(said(text).contains(part), "\(said(text))") }

  @Test func precisionIsAChoiceThatIsListedAndTakenBack() throws {
    defer { try? ProductPrecision.float32.use() }
    let shell = TestShell()
    #expect(shell.type("set").contains("float32"))
    let said = shell.type("x = tensor([[1.00390625]])\nset precision=bf16")
    guard !said.contains("AVX-512") else { return }
    #expect(shell.output.notes.contains { $0.contains("no bf16 instructions") } == !ProductPrecision.bf16.isNative)
    #expect(shell.type("print((x @ tensor([[1.0]])).item())") == "1.0\n")
    shell.type("set precision=float32")
    #expect(shell.type("print((x @ tensor([[1.0]])).item())").hasPrefix("1.0039"))
    #expect(shell.type("set precision=bf17").contains("bf16"))
  }
}
