import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// A model that was made smaller computes what the whole one does with the inputs of the units that went set to 0.
@Suite struct StructureTests {
  private func scores(_ model: Module) throws -> ImportanceValue {
    CompareTests.importance(try model.namedParameters.map { ($0.name, try $0.parameter.value.detached().abs()) })
  }

  private func output(_ model: Module, _ x: Tensor) throws -> [Float] {
    try model.evaluating { try Run(generator: Generator(seed: 0))(model, x).floats() }
  }

  private func near(_ a: [Float], _ b: [Float]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) } }

  @Test("linear layers: rows go with the columns that read them, and undo brings all back")
  func chain() throws {
    let generator = Generator(seed: 1), model = try Models.mlp(generator), x = try Models.data(generator).x
    let before = try output(model, x), journal = Journal()
    let groups = try UnitGroups(model, x)
    let table = try pruneUnits(model, by: scores(model), keep: 0.5, scope: .layer, structure: .unit, on: x, journal: journal)
    #expect(table.rows.count == 2)
    let layers = model.layers.compactMap { $0.module as? Linear }
    #expect(layers.map(\.outputs) == [6, 4, 4] && layers.map(\.inputs) == [6, 6, 4])
    let small = try output(model, x)
    #expect(groups.groups.count { $0.reason == nil } == 20)
    journal.rollBack()
    #expect(try output(model, x) == before)
    #expect(layers.map(\.outputs) == [12, 8, 4])
    // By hand: the columns of units with the lowest sums of weight and bias.
    let sums = try [0, 2].map { place -> [Double] in
      guard let layer = model.layers[place].module as? Linear else { return [] }
      let rows = try layer.weight.value.detached().abs().sum([1]).doubles(), bias = try layer.bias?.value.detached().abs().doubles()
      return rows.indices.map { rows[$0] + (bias?[$0] ?? 0) }
    }
    for (sums, next) in zip(sums, [2, 4]) {
      guard let reader = model.layers[next].module as? Linear else { continue }
      let mask = try Tensor(Ranking(sums).places.map { $0 < sums.count / 2 ? Float(1) : 0 }, [1, sums.count])
      try journal.write(reader.weight.value) { try reader.weight.value.copyNumbers(of: reader.weight.value.detached() * mask) }
    }
    #expect(near(try output(model, x), small))
  }

  @Test("convolutions with normalisations, a flattening and a linear layer")
  func channels() throws {
    let generator = Generator(seed: 2)
    let model = try Sequential(named: [
      ("c1", Conv2d(1, 6, kernel: 3, padding: 1, using: generator)), ("bn", BatchNorm2d(6)), ("act", ReLU()), ("pool", MaxPool2d(kernel: 2)),
      ("c2", Conv2d(6, 4, kernel: 3, padding: 1, using: generator)), ("act2", ReLU()), ("flat", Flatten()), ("head", Linear(64, 3, using: generator)),
    ])
    let x = try generator.normal([5, 1, 8, 8]), journal = Journal()
    let whole = try output(model, x)
    _ = try pruneUnits(model, by: scores(model), keep: 0.5, scope: .layer, structure: .channel, on: x, journal: journal)
    let (c1, c2) = (model.layers[0].module as? Conv2d, model.layers[4].module as? Conv2d)
    #expect(c1?.unitCount == 3 && c2?.unitCount == 2 && c2?.inputCount == 3)
    #expect((model.layers[1].module as? BatchNorm2d)?.features == 3 && (model.layers[7].module as? Linear)?.inputs == 32)
    #expect(try output(model, x).count == 15)
    journal.rollBack()
    #expect(try output(model, x) == whole)
  }

  /// A linear layer whose output is added to another's.
  private final class Added: Module {
    let first: Linear, second: Linear, last: Linear, addsInput: Bool
    init(_ generator: Generator, addsInput: Bool) throws {
      (first, second) = (try Linear(6, 6, using: generator), try Linear(6, 6, using: generator))
      (last, self.addsInput) = (try Linear(6, 2, using: generator), addsInput)
    }
    override var parts: [Part] { [.child("first", first), .child("second", second), .child("last", last)] }
    override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
      let h = addsInput ? x : try run(first, x).relu()
      return try run(last, h + run(second, h))
    }
  }

  @Test("units that are added to each other go together, and those that the input is added to stay")
  func additions() throws {
    let generator = Generator(seed: 3), x = try generator.normal([4, 6])
    let tied = try Added(generator, addsInput: false)
    let groups = try UnitGroups(tied, x).groups.filter { $0.reason == nil }
    #expect(groups.count == 6 && groups.allSatisfy { $0.units.count == 2 && $0.inputs.count == 2 })
    _ = try pruneUnits(tied, by: scores(tied), keep: 0.5, scope: .global, structure: .unit, on: x, journal: Journal())
    #expect(tied.first.outputs == 3 && tied.second.outputs == 3 && tied.second.inputs == 3 && tied.last.inputs == 3)
    let fixed = try Added(generator, addsInput: true)
    let only = CompareTests.importance([("second.weight", try fixed.second.weight.value.detached().abs())])
    #expect { try pruneUnits(fixed, by: only, keep: 0.5, scope: .global, structure: .unit, on: x, journal: Journal()) } throws: { error in
      if case UseError.cannotResize("second", let reason) = error { reason.contains("input of the model") } else { false }
    }
  }

  @Test("what a model puts out, and what attention reads, stays")
  func refusals() throws {
    let generator = Generator(seed: 4), x = try generator.normal([4, 6])
    let head = Sequential([try Linear(6, 3, using: generator)])
    #expect(throws: UseError.cannotResize("0", "they are what the model puts out")) {
      try pruneUnits(head, by: scores(head), keep: 0.5, scope: .global, structure: .unit, on: x, journal: Journal())
    }
    let attended = Sequential([try Linear(6, 8, using: generator), try TransformerEncoderLayer(TransformerSettings(8, 2), using: generator), try Linear(8, 2, using: generator)])
    let only = CompareTests.importance([("0.weight", try Tensor.ones([8, 6]))])
    #expect { try pruneUnits(attended, by: only, keep: 0.5, scope: .global, structure: .unit, on: generator.normal([2, 3, 6]), journal: Journal()) } throws: { error in
      if case UseError.cannotResize("0", let reason) = error { reason.contains("MultiheadAttention") && reason.contains("structured=head") } else { false }
    }
  }

  @Test("a layer normalisation goes on over the units that are left")
  func layerNorm() throws {
    let generator = Generator(seed: 6), x = try generator.normal([4, 6]), model = try Models.normed(generator)
    let before = try output(model, x), journal = Journal()
    let table = try pruneUnits(model, by: scores(model), keep: 0.5, scope: .layer, structure: .unit, on: x, journal: journal)
    guard let fc1 = model.layers[0].module as? Linear, let norm = model.layers[1].module as? LayerNorm, let fc2 = model.layers[3].module as? Linear else { return }
    #expect(fc1.outputs == 4 && norm.shape == [4] && norm.weight?.value.shape == [4] && fc2.inputs == 4)
    #expect(table.note?.contains("`norm` (LayerNorm) is now over the units that are left") == true)
    // What is left computes a layer normalisation of its own units.
    let y = try model.evaluating { () -> [Float] in
      let run = Run(generator: generator)
      return try run(fc2, run(fc1, x).layerNorm([4], norm.weight?.value, norm.bias?.value, eps: norm.eps).gelu()).floats()
    }
    #expect(near(try output(model, x), y))
    journal.rollBack()
    #expect(try output(model, x) == before)
  }
}
