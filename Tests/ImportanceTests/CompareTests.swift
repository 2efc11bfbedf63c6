import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct CompareTests {
  static func importance(_ scores: [(String, Tensor)], _ formula: Formula = F.w) -> ImportanceValue {
    let plan = Plan(formula: formula.description, objective: "", samples: 0, batch: 0, forwardPasses: 0, backwardPasses: 0, steps: [], flops: 0, bytes: 0)
    return ImportanceValue(scores.map { (name: $0.0, tensor: $0.1) }, formula: formula, objective: nil, data: nil, plan: plan, seconds: nil)
  }

  @Test("rank correlations with ties, from SciPy")
  func correlations() {
    let a = [0.3, -1.2, 5.0, 5.0, 2.2, 0.3, 0.3, 9.1, -4.0, 2.2], b = [1.0, 0.5, 3.0, 4.0, 4.0, 1.0, 2.0, 7.5, 0.5, -2.0]
    #expect(abs(RankCorrelation.spearman(a, b) - 0.7290038003196576) < 1e-14)
    #expect(abs(RankCorrelation.kendall(a, b) - 0.6343350474165466) < 1e-14)
    #expect(RankCorrelation.kendall([1, 1, 1], [1, 2, 3]).isNaN && RankCorrelation.spearman([1], [2]).isNaN)
    #expect(RankCorrelation.kendall(a, a.map { -$0 }) == -1 && RankCorrelation.spearman(a, a) == 1)
  }

  @Test("Kendall by sorting is Kendall pair by pair", arguments: 1...20)
  func pairs(seed: Int) throws {
    let generator = Generator(seed: UInt64(seed))
    let n = 2 + seed * 3
    let a = try generator.integers([n], from: 0, to: seed + 1).doubles(), b = try generator.integers([n], from: 0, to: 6).doubles()
    var (order, x, y) = (0.0, 0.0, 0.0)
    for i in 0..<n {
      for j in 0..<i {
        let (p, q) = ((a[i] - a[j]).sign(), (b[i] - b[j]).sign())
        (order, x, y) = (order + p * q, x + p * p, y + q * q)
      }
    }
    let plain = order / (x * y).squareRoot(), fast = RankCorrelation.kendall(a, b)
    #expect(plain.isNaN ? fast.isNaN : abs(plain - fast) < 1e-12)
  }

  @Test func overlapsAndParts() throws {
    let a = Self.importance([("l1.weight", try Tensor([5.0, 4, 3, 2], [2, 2])), ("l1.bias", try Tensor([1.0, 0])), ("l2.weight", try Tensor([6.0, 7], [1, 2]))])
    let b = Self.importance([("l1.weight", try Tensor([5.0, 1, 3, 2], [2, 2])), ("l1.bias", try Tensor([4.0, 0])), ("l2.weight", try Tensor([6.0, 7], [1, 2]))])
    let whole = try compare(a, with: b, top: [4])
    #expect(whole.all.overlaps[0].k == 4 && whole.all.overlaps[0].share == 0.75 && whole.parts.count == 3 && whole.all.count == 8)
    let layers = try compare(a, with: b, top: [0.5], by: .layer)
    #expect(layers.parts.map(\.name) == ["l1", "l2"] && layers.parts[1].spearman == 1 && layers.parts[0].overlaps[0].k == 3)
    let matrix = try compareAll([a, b, a])
    #expect(matrix.spearman[0][2] == 1 && matrix.spearman[0][1] == matrix.spearman[1][0] && matrix.kendall[1][1] == 1)
    #expect(throws: UseError.self) { try compareAll([a]) }
  }

  @Test("models of different shape are compared by shares")
  func profiles() throws {
    let a = Self.importance([("a.weight", try Tensor([1.0, 1], [1, 2])), ("b.weight", try Tensor([2.0], [1, 1]))])
    let b = Self.importance([("p.weight", try Tensor([3.0, -3, 6], [1, 3])), ("q.weight", try Tensor([4.0], [1, 1]))])
    #expect(!a.isComparable(with: b))
    let profile = try compareProfiles(a, with: b)
    #expect(profile.first.depth == [0.5, 0.5] && profile.second.depth == [0.75, 0.25] && abs(profile.moved - 0.25) < 1e-12)
    let c = Self.importance([("x.weight", try Tensor([1.0])), ("y.weight", try Tensor([1.0])), ("z.weight", try Tensor([2.0]))])
    let other = try compareProfiles(a, with: c)
    #expect(other.first.depth.count == 10 && abs(other.first.depth.reduce(0, +) - 1) < 1e-12 && abs(other.second.depth.reduce(0, +) - 1) < 1e-12)
    #expect(abs(other.second.depth[3] - (0.25 / (10.0 / 3) * (1.0 / 3) + 0.25 / (10.0 / 3) * (2.0 / 3))) < 1e-12)
    #expect(throws: UseError.self) { try compareProfiles(a, with: Self.importance([("x.weight", try Tensor([0.0]))])) }
  }

  @Test("weights and units compare by the layers that both are of, and nothing with the input")
  func kinds() throws {
    let weights = Self.importance([("body.fc1.weight", try Tensor([1.0, -2], [1, 2])), ("body.fc1.bias", try Tensor([1.0])), ("body.fc2.weight", try Tensor([4.0], [1, 1]))])
    let units = Self.importance(
      [("body.fc1", try Tensor([3.0])), ("body.act", try Tensor([50.0])), ("body.fc2", try Tensor([0.5, -0.5]))], try F.call("mean", .symbol(.a)))
    let input = Self.importance([("input", try Tensor([1.0, 2]))], try F.call("mean", .symbol(.dx)))
    let profile = try compareProfiles(weights, with: units)
    #expect(profile.first.layers.map(\.name) == ["body.fc1", "body.fc2"] && profile.first.depth == [0.5, 0.5] && profile.second.depth == [0.75, 0.25])
    #expect(profile.second.held[2] == 0.75 && profile.note == "one is of weights, the other of units: shares of the 2 layers that both score")
    #expect(throws: UseError.kindsDiffer("weights", "features of the input")) { try compareProfiles(weights, with: input) }
    #expect(throws: UseError.kindsDiffer("features of the input", "units")) { try compareProfiles(input, with: units) }
    let rows = Self.importance([("body.act", try Tensor([[1.0], [2.0]].flatMap { $0 }, [2, 1]))], .symbol(.da))
    #expect(throws: UseError.nothingToCompare("da has a row for each sample: compare its mean over the samples, `mean(da)`")) { try compareProfiles(units, with: rows) }
    // The layer of units is their own, however deep it lies.
    #expect(units.groups(.layer).map(\.name) == ["body.fc1", "body.act", "body.fc2"] && weights.groups(.layer).map(\.name) == ["body.fc1", "body.fc2"])
  }

  @Test("arithmetic is element by element, and names must match")
  func arithmetic() throws {
    let a = Self.importance([("w", try Tensor([1.0, -2])), ("v", try Tensor([4.0]))])
    let b = Self.importance([("w", try Tensor([3.0, 5])), ("v", try Tensor([1.0]))], F.g)
    let sum = try #require(try ImportanceValue.combined(.add, .importance(a), .importance(b)))
    #expect(try sum.flatScores() == [4, 3, 5] && sum.formula.description == "w + g")
    let half = try #require(try ImportanceValue.combined(.divide, .importance(sum), .number(2)))
    #expect(try half.flatScores() == [2, 1.5, 2.5] && half.formula.description == "(w + g) / 2")
    let sizes = try #require(try ImportanceValue.combined(.subtract, .number(1), .importance(a))).magnitudes()
    #expect(try sizes.flatScores() == [0, 3, 3])
    let above = try #require(try ImportanceValue.combined(.greater, .importance(a), .number(0)))
    #expect(try above.flatScores() == [1, 0, 1])
    let masked = try #require(try ImportanceValue.combined(.multiply, .importance(a), .tensors(Record([("w", Tensor([true, false])), ("v", Tensor([true]))]))))
    #expect(try masked.flatScores() == [1, 0, 4])
    #expect(try ImportanceValue.mean([a, b]).flatScores() == [2, 1.5, 2.5])
    #expect(try ImportanceValue.spread([a, b]).flatScores().map { ($0 * 1e6).rounded() / 1e6 } == [1.414214, 4.949747, 2.12132])
    let other = Self.importance([("w", try Tensor([3.0, 5])), ("u", try Tensor([1.0]))])
    #expect(throws: UseError.namesDiffer(onlyFirst: ["v"], onlySecond: ["u"])) { try ImportanceValue.combined(.add, .importance(a), .importance(other)) }
    let long = Self.importance([("w", try Tensor([3.0, 5, 1])), ("v", try Tensor([1.0]))])
    #expect(throws: UseError.shapesDiffer("w", [2], [3])) { try ImportanceValue.mean([a, long]) }
  }

  @Test func scopes() throws {
    let imp = Self.importance([("a.weight", try Tensor([1.0, 3], [1, 2])), ("a.bias", try Tensor([4.0])), ("b.weight", try Tensor([10.0]))])
    #expect(try imp.normalized(by: .sum, per: .layer).flatScores() == [0.125, 0.375, 0.5, 1])
    #expect(try imp.normalized(by: .max, per: .tensor).flatScores().map { ($0 * 3).rounded() } == [1, 3, 3, 3])
    #expect(try imp.ranks(per: .layer).flatMap { try $0.tensor.ints() } == [3, 2, 1, 1])
    #expect(try imp.topTable(1, per: .layer).rows.count == 2)
  }

  @Test("a file gives back what was saved")
  func file() throws {
    var imp = Self.importance([("b.weight", try Tensor([1.0, 3], [1, 2])), ("a.bias", try Tensor([4.0]))], F.g)
    imp.provenance = Provenance(model: "net", seed: 7, versions: "pith")
    let texts = Dictionary(uniqueKeysWithValues: imp.metadata.map { ($0.name, $0.text) })
    #expect(ImportanceValue.isDescribed(by: texts))
    let back = try ImportanceValue(Record(imp.scores.map { ($0.name, $0.tensor) }), metadata: texts) { _ in F.g }
    #expect(back.names == imp.names && back.provenance == imp.provenance && back.formula == imp.formula)
    #expect(throws: UseError.self) { try ImportanceValue(Record(), metadata: texts) { _ in F.g } }
    #expect(throws: UseError.self) { try ImportanceValue(Record([("x", 3)]), metadata: ["formula": "g"]) { _ in F.g } }
    var lines: [[String]] = []
    try imp.lines { lines.append($0) }
    #expect(lines == [["b.weight", "[0, 0]", "1.0"], ["b.weight", "[0, 1]", "3.0"], ["a.bias", "[0]", "4.0"]])
  }
}

extension Double {
  fileprivate func sign() -> Double { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
