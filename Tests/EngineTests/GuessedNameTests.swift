import Builtins
@testable import Engine
import Testing

/// Names that a PyTorch user guesses, against PyTorch 2.13 in double precision.
@Suite struct GuessedNameTests {
  /// Numbers that jump about between two bounds.
  static func ramp(_ shape: [Int], _ low: Double = -1, _ high: Double = 1, step: Int = 7) throws -> Tensor {
    let n = shape.reduce(1, *)
    return try Tensor((0..<n).map { low + (high - low) * Double($0 * step % (n + 1)) / Double(n + 1) }, shape)
  }

  private func isClose(_ t: Tensor, _ expected: [Double], _ tolerance: Double = 2e-9) throws -> Bool {
    let numbers = try t.doubles()
    return numbers.count == expected.count && zip(numbers, expected).allSatisfy { $0 == $1 || abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  /// Sums of the pixels, each times its number from 1.
  static let grids: [(GridMode, GridPadding, Bool, Double)] = [
    (.bilinear, .zeros, false, -6.21387744071),
    (.bilinear, .zeros, true, -19.5516775894),
    (.bilinear, .border, false, -32.3625160462),
    (.bilinear, .border, true, -34.6277467739),
    (.bilinear, .reflection, false, -23.9517059658),
    (.bilinear, .reflection, true, -25.0545692859),
    (.nearest, .zeros, false, -4.39024390244),
    (.nearest, .zeros, true, -16.0731707317),
    (.nearest, .border, false, -34.0243902439),
    (.nearest, .border, true, -32.4146341463),
    (.nearest, .reflection, false, -25.1463414634),
    (.nearest, .reflection, true, -25.7317073171),
    (.bicubic, .zeros, false, -4.55539893542),
    (.bicubic, .zeros, true, -20.564300335),
    (.bicubic, .border, false, -32.2135549922),
    (.bicubic, .border, true, -35.0920520808),
    (.bicubic, .reflection, false, -24.163893087),
    (.bicubic, .reflection, true, -27.4032665395),
  ]

  @Test("pictures are read through grids as PyTorch reads them", arguments: grids)
  func gridSample(_ mode: GridMode, _ padding: GridPadding, _ isAligned: Bool, _ expected: Double) throws {
    let x = try Self.ramp([1, 2, 4, 5]), grid = try Self.ramp([1, 3, 3, 2], -1.6, 1.6, step: 5)
    let y = try x.gridSampled(grid, mode, padding, isAligned: isAligned)
    let weights = try Tensor((1...y.count).map(Double.init), y.shape)
    #expect(try abs((y * weights).sum().item() - expected) < 1e-9)
  }

  @Test func affineGrid() throws {
    let theta = try Self.ramp([2, 2, 3])
    let first = [-0.2179487179, 0.5769230769, -0.8846153846, 0.7307692308, -1.551282051, 0.8846153846, -0.141025641, -0.1153846154]
    let aligned = [0.07692307692, 0.8461538462, -0.9230769231, 1.076923077, -1.923076923, 1.307692308, 0.2307692308, -0.5384615385]
    #expect(try isClose(theta.affineGrid([2, 1, 2, 3], isAligned: false).reshape([24]).narrow(0, 0, 8), first))
    #expect(try isClose(theta.affineGrid([2, 1, 2, 3], isAligned: true).reshape([24]).narrow(0, 0, 8), aligned))
    #expect(throws: TensorError.self) { try theta.affineGrid([3, 1, 2, 3], isAligned: false) }
  }

  @Test func ctcLoss() throws {
    let scores = try Self.ramp([6, 2, 4], -2, 2, step: 11).logSoftmax(2), labels = try Tensor([1, 2, 2, 3, 1, 0], [2, 3])
    #expect(try isClose(scores.ctcLoss(labels, steps: [6, 5], labels: [3, 2], .none), [7.695223476, 5.847790298]))
    #expect(try isClose(scores.ctcLoss(labels, steps: [6, 5], labels: [3, 2]), [2.744484821]))
    #expect(try isClose(scores.ctcLoss(Tensor([1, 2, 2, 3, 1]), steps: [6, 5], labels: [3, 2], .sum), [13.54301377]))
    let long = try Tensor([1, 1, 1, 2, 0, 0], [2, 3])
    #expect(try isClose(scores.ctcLoss(long, steps: [4, 5], labels: [3, 1], .none), [.infinity, 4.521393841]))
    #expect(try isClose(scores.ctcLoss(long, steps: [4, 5], labels: [3, 1], .none, isFinite: true), [0, 4.521393841]))
    #expect(try isClose(scores.ctcLoss(long, steps: [6, 5], labels: [0, 1], .none), [10.71004932, 4.521393841]))
    let x = scores.requiringGrad()
    let gradient = try #require(try x.logSoftmax(2).ctcLoss(labels, steps: [6, 5], labels: [3, 2]).gradients(with: [x])[0])
    #expect(try abs((gradient * Tensor((1...48).map(Double.init), [6, 2, 4])).sum().item() - 1.0891461277319863) < 1e-9)
    for (steps, counts, targets) in [([7, 5], [3, 2], labels), ([6], [3, 2], labels), ([6, 5], [4, 2], labels), ([6, 5], [3, 2], try Tensor([1, 2, 9, 3, 1, 0], [2, 3]))] {
      #expect(throws: TensorError.self) { try scores.ctcLoss(targets, steps: steps, labels: counts) }
    }
  }

  @Test func embeddingBags() throws {
    let table = try Self.ramp([5, 3]), row = try Tensor([0, 2, 4, 4, 1, 3]), offsets = try Tensor([0, 2, 2, 5])
    #expect(try isClose(table.embeddingBag(row, offsets: offsets, .sum), [-0.75, -1, 0.75, 0, 0, 0, -1.375, 1.25, -2.125, 0.875, -0.25, 0.625]))
    #expect(try isClose(table.embeddingBag(row, offsets: offsets), [-0.375, -0.5, 0.375, 0, 0, 0, -0.4583333333, 0.4166666667, -0.7083333333, 0.875, -0.25, 0.625]))
    #expect(try isClose(table.embeddingBag(row, offsets: offsets, .max), [0.25, -0.125, 0.75, 0, 0, 0, -0.375, 0.5, -0.625, 0.875, -0.25, 0.625]))
    #expect(try isClose(table.embeddingBag(row, offsets: Tensor([0, 2, 6]), .sum, hasEnd: true), [-0.75, -1, 0.75, -0.5, 1, -1.5]))
    #expect(try isClose(table.embeddingBag(Tensor([0, 4, 4, 4], [2, 2]), padding: 4), [-1, -0.125, 0.75, 0, 0, 0]))
    let weights = try Tensor([0.5, 2, 1, -1], [2, 2])
    #expect(try isClose(table.embeddingBag(Tensor([0, 4, 4, 1], [2, 2]), .sum, weights: weights), [-1.5, 0.6875, -1.125, -0.125, -0.125, -0.125]))
    for bad in [try Tensor([1, 2]), try Tensor([0, 9]), try Tensor([0, 3, 2])] { #expect(throws: TensorError.self) { try table.embeddingBag(row, offsets: bad) } }
    #expect(throws: TensorError.self) { try table.embeddingBag(Tensor([0, 5], [1, 2])) }
  }

  @Test func lossesAndDistributions() throws {
    #expect(try isClose(Self.ramp([2, 4]).multilabelMarginLoss(Tensor([3, 0, -1, 1, 1, -1, 2, 0], [2, 4]), .none), [2, 0.1666666667]))
    func call(_ name: String, _ x: [Double], _ rest: [any Value] = []) throws -> Tensor {
      let operation = try #require(builtin(name))
      return try #require(try operation.call((), [Passed(nil, Tensor(x))] + rest.map { Passed(nil, $0) }) as? Tensor)
    }
    #expect(try isClose(call("ndtr", [-8, -1, 0, 0.3, 5]), [6.106226635e-16, 0.1586552539, 0.5, 0.6179114222, 0.9999997133]))
    #expect(try isClose(
      call("log_ndtr", [-40, -8, -1.5, -1, -0.5, 0, 0.3, 5]),
      [-804.608442, -35.01343716, -2.705944401, -1.841021645, -1.175911762, -0.6931471806, -0.4814101616, -2.86651613e-07], 1e-9))
    #expect(try isClose(call("ndtri", [1e-6, 0.2, 0.5, 0.99]), [-4.753424309, -0.8416212336, 0, 2.326347874]))
    #expect(try isClose(call("mvlgamma", [2, 3.5], [3]), [1.596312591, 3.895898482]))
  }

  @Test func maxUnpooling() throws {
    let x = try Self.ramp([2, 3, 4, 6]), pooled = try x.maxPool("max_pool2d", axes: 2, PoolWindow([2, 3], nil, [0], ceil: false), isPlaced: true)
    let places = try #require(pooled.indices), back = try pooled.values.maxUnpool(places, axes: 2, kernel: [2, 3], stride: nil)
    #expect(back.shape == x.shape)
    for (a, b) in zip(try x.doubles(), try back.doubles()) { #expect(b == 0 || a == b) }
    #expect(try back.ne(Tensor.number(0.0)).sum().item() <= Double(pooled.values.count))
    #expect(try pooled.values.maxUnpool(places, axes: 2, kernel: [2, 3], stride: nil, size: [5, 7]).shape == [2, 3, 5, 7])
    #expect(throws: TensorError.self) { try pooled.values.maxUnpool(places, axes: 2, kernel: [2, 3], stride: nil, size: [9, 7]) }
    #expect(throws: TensorError.self) { try pooled.values.maxUnpool(places, axes: 2, kernel: [1], stride: [1]) }
  }

  @Test func triangles() throws {
    let a = try Tensor([1, 2, 0.5, 3, -1, 2, 0.3, 1, 1], [3, 3]), b = try Self.ramp([3, 2]), (factors, pivots) = try Lapack.lu(a, "lu")
    #expect(try isClose(factors, [3, -1, 2, 0.3333333333, 2.333333333, -0.1666666667, 0.1, 0.4714285714, 0.8785714286]))
    #expect(try pivots.ints() == [2, 2, 3])
    #expect(try a.matmul(factors.luSolve(pivots, b, isTurned: false)).distance(to: b) < 1e-14)
    #expect(try a.transpose(0, 1).matmul(factors.luSolve(pivots, b, isTurned: true)).distance(to: b) < 1e-14)
    for shape in [[4, 2], [2, 4], [3, 3], [2, 3, 5, 3]] {
      let x = try Self.ramp(shape), (rows, l, u) = try x.lu("lu")
      let whole = try rows.oneHot(shape[shape.count - 2]).to(.float64).transpose(-1, -2).matmul(l).matmul(u)
      #expect(try whole.distance(to: x) < 1e-14, "\(shape)")
      #expect(try l.doubles().allSatisfy { abs($0) <= 1 })
    }
    #expect(throws: TensorError.self) { try factors.luSolve(Tensor([2, 2, 4]), b, isTurned: false) }
  }

  @Test func eigenvalues() throws {
    let a = try Tensor([1, 2, 0.5, 3, -1, 2, 0.3, 1, 1], [3, 3]), (w, v) = try a.eig("eig")
    #expect(try isClose(w, [-2.894777678, 3.238825174, 0.6559525044]))
    #expect(try a.matmul(v).distance(to: v * w.unsqueeze(0)) < 1e-13)
    let turning = try Self.ramp([4, 4]), parts = try Lapack.eig(turning, "eigvals")
    #expect(try isClose(parts.real, [-0.9564638055, -0.9564638055, -1.066067552, -0.315122484]))
    #expect(try isClose(parts.imaginary, [1.070131236, -1.070131236, 0, 0]))
    #expect { try turning.eig("eig") } throws: { "\($0)".contains("eigenvalues 0 and 1 are -0.956") && "\($0)".contains("parts=true") }
  }

  @Test("draws are PyTorch's for a seed")
  func draws() throws {
    #expect(try Generator(seed: 0).poisson(Tensor([0.5, 3, 12, 150, 9.9, 0, 40] as [Float])).doubles() == [2, 4, 13, 148, 10, 0, 40])
    let x = try Tensor([-1, 2, -3, -0.5, 0, 1] as [Float])
    #expect(try isClose(x.rrelu(isTraining: true, using: Generator(seed: 0)), [-0.3270943760871887, 2, -0.8173874616622925, -0.11035238951444626, 0, 1], 1e-7))
    let hard = try Self.ramp([40, 3]).gumbelSoftmax(0.5, hard: true, -1, using: Generator(seed: 1))
    #expect(try isClose(hard.sum([1]), Array(repeating: 1, count: 40), 1e-12))
    #expect(try hard.doubles().allSatisfy { abs($0) < 1e-12 || abs($0 - 1) < 1e-12 })
  }

  @Test("the shares of a Gumbel softmax are those of the softmax")
  func shares() throws {
    let logits = try Tensor([0.0, 1, -1]).expand([20_000, 3])
    let counts = try logits.gumbelSoftmax(1, hard: true, -1, using: Generator(seed: 3)).mean([0]).doubles(), expected = try Tensor([0.0, 1, -1]).softmax(0).doubles()
    // Four standard deviations of 20 000 draws.
    #expect(zip(counts, expected).allSatisfy { abs($0 - $1) < 0.014 })
  }

  @Test func bits() throws {
    let a = try Tensor([6, -1, 0, .min]), b = try Tensor([3, 5, 64, 1])
    #expect(try a.bitwise("&", b, .and).ints() == [2, 5, 0, 0])
    #expect(try a.bitwise("|", b, .or).ints() == [7, -1, 64, .min + 1])
    #expect(try a.bitwise("^", b, .xor).ints() == [5, -6, 64, .min + 1])
    #expect(try a.bitwise("<<", b, .left).ints() == [48, -32, 0, 0])
    #expect(try a.bitwise(">>", b, .right).ints() == [0, -1, 0, .min / 2])
    #expect(try Tensor([true, false]).bitwise("^", Tensor([true, true]), .xor).bools() == [false, true])
  }
}

extension DifferentiableCase {
  private static func square(_ x: Tensor) throws -> Tensor { try x * 0.4 + Tensor.eye(x.shape[0], x.shape[1], .float64) * 2 }

  static let guessed: [DifferentiableCase] = [
    .init("affine_grid", [[2, 2, 3]]) { try $0[0].affineGrid([2, 1, 2, 3], isAligned: false) },
    .init("bilinear", [[2, 3], [2, 2], [2, 3, 2], [2]]) { try $0[0].bilinear($0[1], $0[2], $0[3]) },
    .init("ctc_loss", [[4, 2, 3]]) { try $0[0].logSoftmax(2).ctcLoss(Tensor([1, 1, 2, 0], [2, 2]), steps: [4, 3], labels: [2, 1]) },
    .init("eig", [[3, 3]], in: -0.2...0.2) { x in
      let (w, v) = try (x[0] + Tensor([1.0, 2, 4]).diag()).eig("eig")
      return List([w, v])
    },
    .init("embedding_bag, weighted", [[4, 2], [2, 2]]) { try $0[0].embeddingBag(Tensor([0, 1, 1, 3], [2, 2]), .sum, weights: $0[1]) },
    .init("embedding_bag of the largest", [[4, 2]]) { try $0[0].embeddingBag(Tensor([0, 1, 2, 3]), offsets: Tensor([0, 3]), .max) },
    .init("embedding_bag with padding", [[4, 2]]) { try $0[0].embeddingBag(Tensor([0, 1, 1, 3], [2, 2]), padding: 1) },
    .init("grid_sample", [[1, 2, 4, 3], [1, 2, 2, 2]], in: -1.3...1.3) { try $0[0].gridSampled($0[1], .bilinear, .zeros, isAligned: false) },
    .init("grid_sample at the border", [[1, 1, 4, 3], [1, 2, 2, 2]], in: -1.3...1.3) { try $0[0].gridSampled($0[1], .bilinear, .border, isAligned: true) },
    .init("grid_sample folded", [[1, 1, 3, 3], [1, 2, 2, 2]], in: -1.8...1.8) { try $0[0].gridSampled($0[1], .bilinear, .reflection, isAligned: false) },
    .init("grid_sample by cubes", [[1, 1, 4, 3], [1, 2, 2, 2]], in: -1.3...1.3) { try $0[0].gridSampled($0[1], .bicubic, .zeros, isAligned: false) },
    .init("grid_sample of the nearest", [[1, 1, 3, 3]]) { try $0[0].gridSampled(GuessedNameTests.ramp([1, 2, 2, 2]), .nearest, .border, isAligned: false) },
    .init("gumbel_softmax", [[2, 3]]) { try $0[0].gumbelSoftmax(0.7, hard: false, -1, using: Generator(seed: 4)) },
    .init("lu", [[3, 3]]) { x in
      let (_, l, u) = try square(x[0]).lu("lu")
      return List([l, u])
    },
    .init("lu of a tall matrix", [[4, 2]]) { x in
      let (_, l, u) = try square(x[0]).lu("lu")
      return List([l, u])
    },
    .init("lu of a wide matrix", [[2, 4]]) { x in
      let (_, l, u) = try square(x[0]).lu("lu")
      return List([l, u])
    },
    .init("lu_solve", [[3, 3], [3, 2]]) { try square($0[0]).luSolve(Tensor([2, 3, 3]), $0[1], isTurned: false) },
    .init("lu_solve turned", [[3, 3], [3, 2]]) { try square($0[0]).luSolve(Tensor([2, 3, 3]), $0[1], isTurned: true) },
    .init("max_unpool2d", [[1, 2, 2]]) { try $0[0].maxUnpool(Tensor([0, 3, 9, 14], [1, 2, 2]), axes: 2, kernel: [2], stride: nil) },
    .init("multilabel_margin_loss", [[2, 4]]) { try $0[0].multilabelMarginLoss(Tensor([3, 0, -1, 1, 1, -1, 2, 0], [2, 4])) },
    .init("mvlgamma", [[3]], in: 2...4) { try $0[0].mvlgamma(3) },
    .init("nuclear_norm", [[3, 2]]) { try $0[0].svd().s.sum([-1]) },
    .init("rrelu", [[2, 3]]) { try $0[0].rrelu(isTraining: true, using: Generator(seed: 4)) },
    .init("sum_to_size", [[2, 3]]) { try $0[0].summed(to: [1, 3]) },
  ]
}
