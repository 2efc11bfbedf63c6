import Engine
import NN
import Testing

@testable import Importance

@Suite struct HeadTests {
  @Test("heads of gpt_tiny are scored, taken out, and put back")
  func ofGPT() throws {
    let g = Generator(seed: 3), model = try GPT(words: 20, length: 8, layers: 2, heads: 4, size: 16, using: g)
    let x = try g.integers([2, 8], from: 0, to: 20), run = Run(generator: g)
    func output() throws -> [Float] { try model.evaluating { try run(model, x).floats() } }
    let before = try output()
    var scoring = try Scoring(.magnitude(.w), of: model, model.namedParameters.filter { $0.name.hasSuffix("c_attn.weight") }, on: nil, nil, in: run)
    scoring.each = .head
    let imp = try scoring.scores()
    #expect(imp.scores.map(\.tensor.shape) == [[4], [4]])

    // A head that goes is one that the last projection reads as 0.
    let journal = Journal(), gone = try imp.scores.map { score in
      let numbers = try score.tensor.doubles()
      return Set(numbers.indices.sorted { numbers[$0] < numbers[$1] }.prefix(2))
    }
    for (layer, gone) in gone.enumerated() {
      let weight = try #require(model.namedParameters.first { $0.name == "transformer.h.\(layer).attn.c_proj.weight" }).parameter.value
      let mask = try Tensor((0..<16).map { gone.contains($0 / 4) ? Float(0) : 1 }, [1, 16])
      try journal.write(weight) { try weight.copyNumbers(of: weight.detached() * mask) }
    }
    let expected = try output()
    journal.rollBack()
    let table = try pruneHeads(model, by: imp, keep: 0.5, scope: .layer, on: x, journal: journal)
    #expect(table.rows.map { $0[2] } == [.integer(2), .integer(2)])
    #expect(try zip(output(), expected).allSatisfy { abs($0 - $1) < 1e-5 })
    journal.rollBack()
    #expect(try output() == before)
  }
}
