import Importance
import Testing
import TestSupport

/// What the formula language adds up, groups and names, as it is typed.
@Suite struct AlgebraTests {
  private func shell() throws -> TestShell {
    let shell = TestShell()
    try #require(shell.failure(ExampleTests.stage) == nil)
    return shell
  }

  private let typed: [(String, String)] = [
    ("(importance total(w * g)^2 of net on iris.test each=unit)[\"fc1.weight\"].shape", "[16]"),
    ("(importance |w| of net.fc1.weight each=feature).scores.shape", "[4]"),
    // A criterion of groups needs no `each=`, and takes another.
    ("(importance group_magnitude of net)[\"fc2.weight\"].shape", "[3]"),
    ("(importance group_magnitude of net each=tensor)[\"fc2.weight\"].shape", "[]"),
    ("len(importance [|w * g|, mean(g^2)] of net on iris.test per label)", "2"),
    ("(importance path(|w * g|, steps=3) of net on iris.test)[\"fc1.bias\"].shape", "[16]"),
    ("(importance cumulative(loss, zero(a)) of net.act on iris.test).formula", "cumulative(loss, zero(a))"),
    ("(importance lime(loss, n=40, p=0.2) of net.act on iris.test).formula", "lime(loss, p=0.2, n=40)"),
    ("importance lime(loss, p=1) of net.act on iris.test", "a probability above 0 and below 1"),
    ("importance lime(loss, n=10) of net.act on iris.test", "`n=34` or more"),
    ("importance dropout_sensitivity of net.act on iris.test", "-lime(loss, absent=zero)"),
    ("importance total(w) of net", "`each=unit` behind the data"),
    ("importance synaptic_intelligence of net", "train net on data track=[\"path_integral\"]"),
    ("help permutation_importance", "drop(accuracy, shuffle(x))"),
    ("help shapley", "shapley(metric, n=50, absent=auto), in a formula"),
    ("explain da", "derivative of a sample's objective"),
    ("help \"random orders\"", "neuron_shapley"),
    ("help", "Letters and functions of formulas"),
  ]

  @Test("the letters and functions of formulas have an example that runs")
  func examples() throws {
    let shell = try shell()
    try #require(shell.failure("d = iris.test") == nil)
    for word in FormulaWord.all { #expect(shell.failure(word.example) == nil, "\(word.example)") }
  }

  @Test("sums over groups, criteria and averages as they are typed")
  func commands() throws {
    let shell = try shell()
    for (text, gives) in typed { #expect(shell.type(text).contains(gives), "\(text)") }
    try #require(shell.failure("train net on iris.train epochs=1 track=[\"path_integral\"]") == nil)
    #expect(shell.type("(importance synaptic_intelligence of net)[\"fc1.weight\"].shape").contains("[16, 4]"))
    try #require(shell.failure("undo") == nil)
    #expect(shell.type("importance synaptic_intelligence of net").contains("nothing of that was kept"))
  }
}
