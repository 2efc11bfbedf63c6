import Builtins
import Engine
import NN
import Testing

@Suite struct TableTests {
  @Test("one row a parameter, with totals that keep biases apart")
  func parameters() throws {
    let g = Generator(seed: 0), net = Sequential([try Linear(2, 2, dtype: .float64, using: g)]), linear = try #require(net.layers[0].module as? Linear)
    let journal = Journal()
    try linear.weight.start(from: Tensor([1.0, 2, 3, 6], [2, 2]), journal)
    try linear.bias?.value.setRequiresGrad(false)
    try linear.weight.value.setGrad(Tensor([3.0, 0, 0, 4], [2, 2]))
    let table = try parameterTable(net)
    #expect(table.columns == ["parameter", "shape", "count", "mean", "std", "min", "max", "grad norm", "frozen"])
    let std = (14.0 / 3).squareRoot()
    #expect(table.rows[0] == [.text("0.weight"), .shape([2, 2]), .integer(4), .number(3), .number(std), .number(1), .number(6), .number(5), .flag(false)])
    #expect(table.rows[1].last == .flag(true) && table.rows[1][7] == .empty)
    #expect(table.note == "6 parameters: 4 in weights, 2 in biases; 4 trained, 2 frozen")
  }

  @Test("one row a module, with the shape that it puts out")
  func summary() throws {
    let net = try classifier(), table = try summaryTable(net, input: Tensor.zeros([7, 3], .float64))
    #expect(table.rows.count == 6 && table.columns == ["module", "type", "output", "parameters", "trained"])
    #expect(table.rows[0] == [.text("Sequential"), .text("Sequential"), .shape([7, 3]), .integer(59), .integer(59)])
    #expect(table.rows[1] == [.text("  fc1"), .text("Linear(in_features=3, out_features=5, bias=True)"), .shape([7, 5]), .integer(20), .integer(20)])
    #expect(try summaryTable(net).columns.count == 4)
  }

  @Test("predictions in batches are those of one")
  func predictions() throws {
    let net = try classifier(), run = Run(generator: Generator(seed: 0)), x = try Generator(seed: 1).normal([10, 3], .float64)
    let whole = try net.predictions(x, run: run), parts = try net.predictions(x, run: run, batchSize: 3)
    #expect(whole.shape == [10, 3] && !whole.requiresGrad)
    #expect(try isClose(parts, whole.doubles(), 1e-15))
    #expect(net.isTraining)
    let evaluation = try Evaluation(net, x: x, y: Tensor(Array(repeating: 1, count: 10)), run: run, batchSize: 3)
    #expect(try abs(evaluation.loss - whole.crossEntropy(Tensor(Array(repeating: 1, count: 10))).item()) < 1e-12)
    #expect(evaluation.count == 10 && evaluation.fields.allSatisfy { evaluation.field($0) != nil })
  }
}
