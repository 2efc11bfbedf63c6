import Builtins
import Engine
import Interpreter
import Testing
import TestSupport

/// Statements happen whole or not at all.
@Suite struct SessionTests {
  private func staged() throws -> TestShell {
    let shell = TestShell()
    try #require(shell.failure("seed 3\nnet = Sequential(fc1=Linear(4, 8), act=ReLU(), fc2=Linear(8, 3))\nd = load(\"iris\")") == nil)
    return shell
  }

  @Test("a statement that fails changes nothing", arguments: [
    "net.fc1.weight[0, 0] = 7; missing",
    "{ }; net.fc1.weight[99, 0] = 1",
    "for i in range(3) { net.fc1.weight[i, 0] = 5; if i == 2 { missing } }",
    "def f() { net.fc1.weight = zeros(8, 4); return missing }\nf()",
    "for e in range(2) { train net on d epochs=1 lr=0.1; if e == 1 { missing } }",
    "train net on d epochs=1 loss=(out, y) -> missing",
    "net.eval(); for i in [1] { net.train(); missing }",
  ])
  func rollBack(_ text: String) throws {
    let shell = try staged()
    let probe = "print(net.fc1.weight.sum().item(), net.training, rand(1).item())"
    // The last statement of the text is the one that fails; those before it may change what they like.
    let statements = shell.session.parse(.init(text)).statements
    for statement in statements.dropLast() { _ = shell.session.run(statement) }
    let position = shell.session.generator.position
    let before = shell.type(probe)
    shell.session.generator.position = position
    let last = try #require(statements.last)
    guard case .failed = shell.session.run(last) else { Issue.record("it did not fail"); return }
    #expect(shell.type(probe) == before)
  }

  @Test func undoTakesBackTheLastChange() throws {
    let shell = try staged()
    let before = shell.type("net.fc1.weight.sum()")
    shell.type("net.fc1.weight[0, 0] = 5")
    shell.type("train net on d epochs=1 lr=0.1;")
    shell.type("undo")
    shell.type("undo")
    #expect(shell.type("net.fc1.weight.sum()") == before)
    #expect(shell.type("undo").contains("nothing to take back"))
  }

  @Test func runningStatisticsAreChangesOfTheModel() throws {
    let shell = TestShell()
    shell.type("x = randn(8, 3); y = randint(0, 2, [8]); net = Sequential(fc=Linear(3, 4), bn=BatchNorm1d(4), out=Linear(4, 2))")
    let (mean, count) = (shell.type("net.bn.running_mean"), "net.bn.num_batches_tracked")
    shell.type("net(x);")
    #expect(shell.type(count).contains("1"))
    #expect(shell.type("net.bn.running_mean") != mean)
    shell.type("undo")
    #expect(shell.type("net.bn.running_mean") == mean)
    // A statement that fails after the forward pass has changed nothing.
    #expect(shell.type("net(x) + missing").contains("missing"))
    #expect(shell.type("net.bn.running_mean") == mean)
    shell.type("train net on dataset(x, y) epochs=2 batch_size=4 lr=0.1;")
    #expect(shell.type(count).contains("4"))
    shell.type("undo")
    #expect(shell.type("net.bn.running_mean") == mean && shell.type(count).contains("0"))
    // Evaluation reads the statistics and leaves them.
    shell.type("net.eval(); net(x);")
    #expect(shell.type("net.bn.running_mean") == mean)
    // The language's own function writes the tensors that it is given.
    shell.type("m = zeros(3); v = ones(3); batch_norm(x, m, v, training=true);")
    #expect(shell.type("check close(m, 0.1 * x.mean(dim=0), atol=1e-6)") == "")
    shell.type("undo")
    #expect(shell.type("m.sum()").contains("0."))
  }

  @Test func endlessRecursionIsAnError() throws {
    let shell = TestShell()
    shell.type("def f(x) = f(x + 1)")
    #expect(shell.type("f(0)").contains("too deeply"))
    #expect(shell.type("1 + 1") == "2\n")
  }

  @Test func valuesAreCopied() {
    let shell = TestShell()
    #expect(shell.type("a = [1, 2]; b = a; b[0] = 9; print(a, b)") == "[1, 2] [9, 2]\n")
    #expect(shell.type("r = {lr: 0.1}; s = r; s.lr = 1; print(r.lr, s[\"lr\"])") == "0.1 1\n")
    #expect(shell.type("xs = []; xs.append(3); xs.append(4); print(xs)") == "[3, 4]\n")
  }

  @Test("arithmetic is Python's", arguments: [
    ("7 // 2", "3"), ("-7 // 2", "-4"), ("-7 % 3", "2"), ("7 / 2", "3.5"), ("2 ^ 10", "1024"), ("2 ** -1", "0.5"), ("-2 ^ 2", "-4"),
    ("1 < 2 < 3", "true"), ("1 < 3 < 2", "false"), ("\"a\" + \"b\"", "ab"), ("2 in [1, 2]", "true"), ("3 not in [1, 2]", "true"),
    ("1 if false else 2", "2"), ("|-3|", "3"), ("f\"{1/3:.3f} {2}\"", "0.333 2"), ("[1, 2, 3][-1]", "3"), ("[1, 2, 3][1:]", "[2, 3]"),
    ("sqrt(2)", "1.4142135623730951"), ("true and false", "false"), ("none == none", "true"),
  ])
  func arithmetic(_ text: String, _ expected: String) {
    #expect(TestShell().type(text) == expected + "\n")
  }
}

/// Mistakes whose words depend on the machine, and what a session is worth after them.
@Suite struct HostileInputTests {
  @Test("an error leaves the session usable", arguments: [
    ("zeros(1000000, 1000000)", "takes 4 TB"),
    ("zeros(9223372036854775807, 9223372036854775807)", "takes"),
    ("zeros(0, 4611686018427387904, 16)", "error"),
    ("zeros(-1)", "size -1"),
    ("x.repeat(1000000000000, 1000000000000)", "error"),
    ("9223372036854775807 + 1", "larger than an integer"),
    ("x[[5]]", "out of range"),
    ("x.reshape(7)", "does not become"),
    ("range(0, 10, 0)", "never arrives"),
    ("\"a\" * 9223372036854775807", "larger"),
    ("{a: 1}.b", "has no `b`"),
    ("net.fc1.weights", "did you mean `weight`"),
    ("net(1, 2, 3)", "takes one input"),
    ("load(\"irs\")", "did you mean"),
    ("run \"nowhere.pscript\"", "there is no file"),
    ("save net to \"/dev/null/net.safetensors\"", "error"),
    ("net.load_state_dict({a: ones(2)})", "a"),
    ("importance |w| of 3", "got an integer"),
    ("train net on load(\"wine\")", "x is [178, 13]"),
  ])
  func error(_ text: String, _ part: String) {
    let shell = TestShell()
    shell.type("x = ones(2, 3); net = Sequential(fc1=Linear(4, 2))")
    let said = shell.type(text)
    #expect(said.contains("error:") && said.contains(part), "\(said)")
    #expect(shell.type("x.sum().item() + 1") == "7.0\n")
  }
}
