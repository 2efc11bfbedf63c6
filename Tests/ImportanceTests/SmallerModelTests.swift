import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Blocks, heads and whole architectures made smaller, against the whole model with the columns that went set to 0 by hand.
@Suite struct SmallerModelTests {
  private func output(_ model: Module, _ x: Tensor) throws -> [Float] {
    try model.evaluating { try Run(generator: Generator(seed: 0))(model, x).floats() }
  }

  private func near(_ a: [Float], _ b: [Float]) -> Bool {
    let largest = b.map(abs).max() ?? 0
    return a.count == b.count && largest > 0 && zip(a, b).allSatisfy { abs($0 - $1) <= 2e-5 * largest }
  }

  /// 1 for the units that stay, 0 for those that go.
  private func scores(_ names: [(String, [Double])]) throws -> ImportanceValue {
    CompareTests.importance(try names.map { ($0.0, try Tensor($0.1)) })
  }

  /// The output with some columns of a weight set to 0, which is then as it was.
  private func output(_ model: Module, _ x: Tensor, without columns: [(weight: NN.Parameter, gone: (Int) -> Bool)]) throws -> [Float] {
    let journal = Journal()
    defer { journal.rollBack() }
    for (weight, gone) in columns {
      let w = weight.value, shape = w.shape
      let mask = try Tensor((0..<shape[1]).map { gone($0) ? Float(0) : 1 }, [1, shape[1]] + shape.dropFirst(2).map { _ in 1 })
      try journal.write(w) { try w.copyNumbers(of: w.detached() * mask) }
    }
    return try output(model, x)
  }

  @Test("groups of a group normalisation go as wholes, and those that are left do not see it")
  func groupNorm() throws {
    let g = Generator(seed: 11), x = try g.normal([3, 2, 5, 5]), journal = Journal()
    let (c1, norm, c2) = (try Conv2d(2, 6, kernel: 3, using: g), try GroupNorm(3, 6), try Conv2d(6, 4, kernel: 1, using: g))
    for p in [norm.weight, norm.bias].compactMap({ $0 }) { try p.write(Journal()) { try p.value.copyNumbers(of: g.normal([6])) } }
    let model = Sequential([c1, norm, ReLU(), c2]), before = try output(model, x)
    let expected = try output(model, x, without: [(c2.weight, { $0 == 2 || $0 == 3 })])
    let table = try pruneUnits(model, by: scores([("0", [3, 1, 1, 0, 0, 2])]), keep: 0.7, scope: .layer, structure: .channel, on: x, journal: journal)
    #expect(table.rows[0][1] == .integer(6) && table.rows[0][2] == .integer(4))
    #expect(norm.groups == 2 && norm.channels == 4 && c1.unitCount == 4 && c2.inputCount == 4)
    #expect(try near(output(model, x), expected))
    journal.rollBack()
    #expect(try output(model, x) == before && norm.groups == 3 && norm.channels == 6)
    // A single group is over what is left, which the note says.
    let one = Sequential([try Conv2d(2, 4, kernel: 1, using: g), try GroupNorm(1, 4), try Conv2d(4, 2, kernel: 1, using: g)])
    let said = try pruneUnits(one, by: scores([("0", [3, 1, 0, 0])]), keep: 0.5, scope: .layer, structure: .channel, on: x, journal: Journal())
    #expect(said.note?.contains("`1` (GroupNorm) is now over the units that are left") == true)
    #expect((one.layers[1].module as? GroupNorm)?.channels == 2)
  }

  @Test("grouped convolutions lose whole groups, with what they read; a depthwise one that widens too")
  func grouped() throws {
    let g = Generator(seed: 12), x = try g.normal([3, 2, 5, 5]), journal = Journal()
    let (c1, c2, c3, c4) = (
      try Conv2d(2, 6, kernel: 1, using: g), try Conv2d(6, 9, kernel: 3, groups: 3, using: g), try Conv2d(9, 18, kernel: 1, groups: 9, using: g),
      try Conv2d(18, 2, kernel: 1, using: g)
    )
    let model = Sequential([c1, ReLU(), c2, Tanh(), c3, c4]), before = try output(model, x)
    // The middle group: inputs 2 and 3, outputs 3 to 5, and behind them 6 to 11.
    let expected = try output(model, x, without: [(c4.weight, { 6..<12 ~= $0 })])
    _ = try pruneUnits(model, by: scores([("0", [1, 1, 0, 0, 1, 1])]), keep: 0.67, scope: .layer, structure: .channel, on: x, journal: journal)
    #expect([c1.unitCount, c2.inputCount, c2.unitCount, c3.inputCount, c3.unitCount, c4.inputCount] == [4, 4, 6, 6, 12, 12])
    #expect(c2.details.contains("groups=2") && c3.details.contains("groups=6") && c2.weight.value.shape == [6, 2, 3, 3])
    #expect(try near(output(model, x), expected))
    journal.rollBack()
    #expect(try output(model, x) == before && c2.details.contains("groups=3"))
  }

  @Test("units whose places are written into the model stay")
  func places() throws {
    let g = Generator(seed: 13), x = try g.normal([4, 6])
    let shuffled = LayerModels.Of([("a", try Linear(6, 8, using: g)), ("b", try Linear(8, 3, using: g))]) { m, x, run in
      let h = try run(m[0], x)
      return try run(m[1], h.reshape([h.shape[0], 2, h.shape[1] / 2]).transpose(1, 2).reshape(h.shape))
    }
    #expect {
      try pruneUnits(shuffled, by: scores([("a", [1, 1, 1, 0, 0, 0, 0, 1])]), keep: 0.5, scope: .layer, structure: .unit, on: x, journal: Journal())
    } throws: { error in
      if case UseError.cannotResize(_, let reason) = error { reason.contains("computes something else") } else { false }
    }
  }

  /// Without every other channel: of each layer half stays, and what is left computes what it did.
  private func halve(_ model: Module, _ x: Tensor, _ g: Generator) throws -> Table {
    for (_, module) in model.namedModules {
      // Statistics that do something.
      guard let norm = module as? BatchNorm2d, let weight = norm.weight, let bias = norm.bias else { continue }
      for p in [weight, bias] { try p.write(Journal()) { try p.value.copyNumbers(of: g.uniform([norm.features], from: 0.5, to: 1.5, .float32)) } }
    }
    let makers = model.namedModules.compactMap { name, module in (module as? Conv2d).map { (name, (0..<$0.unitCount).map { Double(1 - $0 % 2) }) } }
    let readers = model.namedModules.compactMap { _, module -> NN.Parameter? in
      if let conv = module as? Conv2d { return conv.isUnitByUnit || conv.inputCount == 3 ? nil : conv.weight }
      return (module as? Linear)?.weight
    }
    let before = try output(model, x), expected = try output(model, x, without: readers.map { ($0, { $0 % 2 == 1 }) }), journal = Journal()
    let table = try pruneUnits(model, by: scores(makers), keep: 0.5, scope: .layer, structure: .channel, on: x, journal: journal)
    #expect(try near(output(model, x), expected))
    journal.rollBack()
    #expect(try output(model, x) == before)
    return table
  }

  @Test("residual blocks as in resnet18: what is added together goes together")
  func residual() throws {
    let g = Generator(seed: 14), model = try ResNet([1, 1, 1, 1], isDeep: false, classes: 10, using: g)
    let table = try halve(model, g.normal([1, 3, 8, 8]), g)
    #expect(table.rows.count == 8 && table.rows.contains { $0[0] == .text("conv1 + layer1.0.conv2") && $0[2] == .integer(32) })
  }

  /// The blocks of mobilenet_v2 on few channels: widened, convolved channel by channel, narrowed, and added where nothing
  /// changes shape.
  @Test("inverted residual blocks as in mobilenet_v2: depthwise convolutions follow what they read")
  func inverted() throws {
    let g = Generator(seed: 15)
    func conv(_ a: Int, _ b: Int, _ kernel: Int = 1, groups: Int = 1) throws -> [Module] {
      [try Conv2d(a, b, kernel: kernel, padding: kernel / 2, groups: groups, bias: false, using: g), try BatchNorm2d(b), ReLU6()]
    }
    func block(_ a: Int, _ b: Int) throws -> Sequential {
      Sequential(try conv(a, 4 * a) + conv(4 * a, 4 * a, 3, groups: 4 * a) + Array(conv(4 * a, b).dropLast()))
    }
    let inner: [(String, Module)] = try [("stem", Sequential(conv(3, 8, 3))), ("b1", block(8, 8)), ("b2", block(8, 12)), ("b3", block(12, 12)), ("head", Linear(12, 5, using: g))]
    let model = LayerModels.Of(inner) { m, x, run in
      var h = try run(m[0], x)
      h = try h + run(m[1], h)
      h = try run(m[2], h)
      h = try h + run(m[3], h)
      return try run(m[4], h.mean([2, 3]))
    }
    let table = try halve(model, g.normal([2, 3, 8, 8]), g)
    #expect(table.rows.map { $0[0] } == [.text("stem.0 + b1.6"), .text("b1.0"), .text("b2.0"), .text("b2.6 + b3.6"), .text("b3.0")])
  }

  /// Attention of a sequence to itself, and a linear layer behind it.
  private func attentive(_ attention: MultiheadAttention, _ g: Generator, weights: Bool) throws -> LayerModels.Of {
    LayerModels.Of([("attn", attention), ("head", try Linear(attention.size, 3, using: g))]) { m, x, run in
      // The last form has keys of 8 and values of 6.
      let isOne = attention.namedParameters.contains { $0.name == "in_proj_weight" }
      let given: [any Value] = [x, isOne ? x : try x.narrow(2, 0, 8), isOne ? x : try x.narrow(2, 0, 6), None(), weights]
      guard let list = try run(m[0], given) as? List, let y = list.items.first as? Tensor else { return x }
      return try run(m[1], y)
    }
  }

  @Test("heads: their rows of the projections and the columns that read them, in every form of attention")
  func heads() throws {
    let g = Generator(seed: 15), x = try g.normal([2, 4, 12])
    let forms = [
      try MultiheadAttention(12, 3, batchFirst: true, using: g), try MultiheadAttention(12, 3, bias: false, addBiasKV: true, using: g),
      try MultiheadAttention(12, 3, addZeroAttention: true, keySize: 8, valueSize: 6, batchFirst: true, using: g),
    ]
    for (attention, weights) in forms.flatMap({ [($0, false), ($0, true)] }) {
      let model = try attentive(attention, g, weights: weights), before = try output(model, x), journal = Journal()
      let name = attention.parts.first.flatMap { if case .parameter(let name, _?) = $0 { name } else { nil } } ?? ""
      // The middle head has the smallest weights: a third of the rows of each projection, four of them a head.
      let weight = try #require(model.namedParameters.first { $0.name == "attn." + name }?.parameter.value)
      let rows = try Tensor((0..<weight.shape[0]).map { $0 / 4 % 3 == 1 ? 0 : Double(1) }, [weight.shape[0], 1]).expand(weight.shape)
      let expected = try output(model, x, without: [(attention.output.weight, { 4..<8 ~= $0 })])
      let imp = CompareTests.importance([("attn." + name, try rows.copied())])
      let table = try pruneHeads(model, by: imp, keep: 0.67, scope: .layer, on: x, journal: journal)
      #expect(table.rows == [[.text("attn"), .integer(3), .integer(2), .share(2.0 / 3)]])
      #expect(attention.heads == 2 && attention.output.inputs == 8 && attention.output.outputs == 12)
      #expect(try near(output(model, x), expected))
      journal.rollBack()
      #expect(try output(model, x) == before && attention.heads == 3)
    }
    // Of a whole model, heads are of what they have a part in.
    let whole = try attentive(forms[1], g, weights: false)
    let parts = Subject.parameters(whole.namedParameters).narrowed(to: .head, in: whole).names
    #expect(parts == ["attn.q_proj_weight", "attn.in_proj_weight", "attn.out_proj.weight"].filter { name in whole.namedParameters.contains { $0.name == name } })
    // Scores of heads count with their sign: what does harm goes first.
    let model = try attentive(forms[0], g, weights: false)
    let expected = try output(model, x, without: [(forms[0].output.weight, { $0 < 4 })])
    _ = try pruneHeads(model, by: scores([("attn.in_proj_weight", [-5, 1, 2])]), keep: 0.67, scope: .global, on: nil, journal: Journal())
    #expect(try near(output(model, x), expected))
    #expect(throws: UseError.option("structured=head", "needs scores of the projections of an attention, or of what the last of them is given")) {
      try pruneHeads(model, by: scores([("head", [1, 2, 3])]), keep: 0.5, scope: .global, on: nil, journal: Journal())
    }
  }

  @Test("the layers of a transformer lose hidden units beside parameters of the model itself")
  func transformer() throws {
    let g = Generator(seed: 16), x = try g.normal([2, 4, 8])
    var settings = TransformerSettings(8, 2)
    (settings.isBatchFirst, settings.feedForward) = (true, 20)
    let layer = try TransformerEncoderLayer(settings, using: g)
    let model = LayerModels.Of([("layer", layer), ("head", try Linear(8, 3, using: g))], [("place", NN.Parameter(try g.normal([1, 4, 8])))]) { m, x, run in
      try run(m[1], run(m[0], x + m.own(0)))
    }
    let inner = try #require(model.namedModules.first { $0.name == "layer.linear2" }?.module as? Linear)
    let expected = try output(model, x, without: [(inner.weight, { $0 % 3 > 0 })])
    let wide = inner.inputs
    _ = try pruneUnits(
      model, by: scores([("layer.linear1", (0..<wide).map { $0 % 3 > 0 ? 0 : 1 })]), keep: Double((wide + 2) / 3) / Double(wide), scope: .layer,
      structure: .unit, on: x, journal: Journal())
    #expect(inner.inputs == (wide + 2) / 3)
    #expect(try near(output(model, x), expected))
  }
}
