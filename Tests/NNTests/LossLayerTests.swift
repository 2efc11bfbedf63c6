import Builtins
import Engine
import NN
import Testing

@Suite struct LossLayerTests {
  private func made(_ name: String, _ arguments: [Passed] = []) throws -> LossLayer {
    let declared = try #require(LossLayers.all.first { $0.name == name })
    let value = try declared.call((), arguments)
    return try #require(value as? LossLayer)
  }
  private let run = Run(generator: Generator(seed: 0))

  /// From PyTorch 2.13's functions, in double precision.
  @Test("losses are PyTorch's")
  func values() throws {
    let x = try Tensor([0.5, -1.0, 2.0, 1.5, 0.25, -0.75], [2, 3]), t = try Tensor([1.0, -1, 1, -1, 1, -1], [2, 3]), y = try Tensor([2, 0])
    let c = try Tensor([0.0, 3, 2, 1, 0, 4], [2, 3]), v = try Tensor([0.5, 1.0, 2.0, 1e-9, 1.0, 0.25], [2, 3]), w = try Tensor([0.5, 2.0, 1.0])
    let cases: [(String, [Passed], [Tensor], Double)] = [
      ("PoissonNLLLoss", [], [x, c], 2.6906229750948403),
      ("PoissonNLLLoss", [Passed("log_input", false), Passed("full", true), Passed("reduction", "sum")], [try x.abs(), c], 10.932119906970842),
      ("GaussianNLLLoss", [], [x, c, v], 20840.96755792341),
      ("GaussianNLLLoss", [Passed("full", true), Passed("reduction", "sum")], [x, c, try Tensor([0.5, 1e-9])], 11437500.000644593),
      ("HingeEmbeddingLoss", [Passed("margin", 0.75)], [x, t], 1), ("SoftMarginLoss", [], [x, t], 0.5964150644529663),
      ("MultiMarginLoss", [Passed("p", 2), Passed("margin", 2.0), Passed("weight", w), Passed("reduction", "sum")], [x, y], 0.17708333333333331),
      ("MultiLabelSoftMarginLoss", [Passed("weight", w)], [x, try t.gt(0).to(.float64)], 0.5633243938389058),
      ("CosineEmbeddingLoss", [Passed("margin", -0.5)], [x, c, try Tensor([1, -1])], 0.5821974657553268),
      ("MarginRankingLoss", [Passed("margin", 0.5)], [x, c, t], 0.2916666666666667), ("TripletMarginLoss", [Passed("margin", 3.0)], [x, c, v], 5.430673748413838),
      ("TripletMarginLoss", [Passed("margin", 3.0), Passed("p", 1.0), Passed("swap", true), Passed("reduction", "sum")], [x, c, v], 10.750002001000002),
    ]
    for (name, arguments, inputs, expected) in cases {
      let value = try run(made(name, arguments), inputs)
      let loss = try #require(value as? Tensor).item()
      #expect(abs(loss - expected) <= 1e-12 * max(1, expected), "\(name): \(loss)")
    }
  }

  @Test("a layer trains as the loss of that name does", arguments: [("CrossEntropyLoss", LossName.cross_entropy), ("MultiMarginLoss", .multi_margin_loss)])
  func training(_ name: String, _ loss: LossName) throws {
    let y = try Tensor(TrainingOptionTests.y)
    let one = try TrainingOptionTests.network(), other = try TrainingOptionTests.network()
    let layer = try made(name).trainingLoss(for: y)
    let history = try TrainingOptionTests.trainer(one, TrainingOptionTests.options { $0.loss = layer }).train()
    _ = try TrainingOptionTests.trainer(other, TrainingOptionTests.options { $0.loss = Loss(loss, for: y) }).train()
    #expect(try parameterNumbers(one) == parameterNumbers(other))
    #expect(history.metricName == "accuracy" && history.lossName == name)
  }

  @Test("weights are buffers, and settings are printed")
  func parts() throws {
    let loss = try made("CrossEntropyLoss", [Passed("weight", Tensor([1.0, 2.0])), Passed("label_smoothing", 0.1)])
    #expect(try loss.stateDict().keys == ["weight"])
    #expect(loss.fields.contains("label_smoothing"))
    #expect(Set(LossLayers.all.map(\.name)).count == LossLayers.all.count)
  }

  @Test("what no training can use is refused")
  func refusals() throws {
    let y = try Tensor([0, 1])
    #expect(throws: TensorError.self) { try made("MSELoss", [Passed("reduction", "none")]).trainingLoss(for: y) }
    #expect(throws: TensorError.self) { try made("TripletMarginLoss").trainingLoss(for: y) }
    #expect(throws: TensorError.self) { try run(made("MSELoss"), [y]) }
    #expect(throws: TensorError.self) { try run(made("MSELoss"), ["a", "b"]) }
    #expect(throws: TensorError.self) { try run(made("MultiMarginLoss"), [Tensor([1.0, 2.0]), Tensor([5], [])]) }
    #expect(throws: TensorError.self) { try run(made("GaussianNLLLoss"), [Tensor([1.0]), Tensor([1.0]), Tensor([-1.0])]) }
  }
}
