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

  @Test("a model with other tensors in place of its own", arguments: [
    ("grad(functional_call(n, {weight: w}, x).sum(), w).tolist()", "[[4.0, 6.0]]"),
    ("n.bias.grad", ""),
    ("functional_call(n, {weight: w, bias: ones(1)}, x).tolist()", "[[6.0], [12.0]]"),
    ("jacobian(v -> functional_call(n, {weight: v, bias: zeros(1)}, [x]), w)[1, 0, 0].tolist()", "[3.0, 4.0]"),
    ("a = n(x).tolist(); functional_call(n, {weight: w}, x); n(x).tolist() == a", "true"),
    ("c = Sequential(BatchNorm1d(2)); c.eval(); c(x); functional_call(c, {\"0.running_mean\": tensor([1.0, 2.0]), \"0.running_var\": 1 - 1e-5 + zeros(2)}, x).tolist()",
     "[[0.0, 0.0], [2.0, 2.0]]"),
  ])
  func functionalCall(_ text: String, _ expected: String) {
    let shell = TestShell()
    #expect(shell.failure("x = tensor([[1.0, 2.0], [3.0, 4.0]]); w = tensor([[1.0, 2.0]]); n = Linear(2, 1)") == nil)
    #expect(shell.type(text).split(separator: "\n").last.map(String.init) ?? "" == expected)
  }

  @Test("a model called with what does not fit stays as it is", arguments: [
    ("functional_call(n, {wait: w}, x)", "unexpected: \"wait\""), ("functional_call(n, {weight: x}, x)", "weight: the model has [1, 2], the numbers are [2, 2]"),
    ("functional_call(n, {weight: w}, ones(2, 3))", "[2, 3]"), ("functional_call(n, {weight: \"no\"}, x)", "weight: a string, not a tensor"),
  ])
  func functionalCallMisfit(_ text: String, _ words: String) {
    let shell = TestShell()
    #expect(shell.failure("x = tensor([[1.0, 2.0], [3.0, 4.0]]); w = tensor([[1.0, 2.0]]); n = Linear(2, 1); a = n(x).tolist()") == nil)
    #expect(shell.type(text).contains(words))
    #expect(shell.type("n(x).tolist() == a").contains("true"))
  }

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
