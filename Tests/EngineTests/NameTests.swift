import Builtins
@testable import Engine
import Testing

/// Operations that are written out of others: values at the edges, which their examples do not show. The numbers are
/// PyTorch 2.13's.
@Suite struct NameTests {
  private let nan = Double.nan, inf = Double.infinity

  private func call(_ name: String, _ arguments: any Value...) throws -> any Value {
    try #require(builtin(name)).call((), arguments.map { Passed(nil, $0) })
  }
  private func numbers(_ name: String, _ arguments: any Value...) throws -> [Double] {
    try tensors(in: try #require(builtin(name)).call((), arguments.map { Passed(nil, $0) })).flatMap { try $0.doubles() }
  }

  @Test("logarithms of sums at infinities")
  func logSums() throws {
    let found = try numbers("logaddexp", Tensor([inf, -inf, 800]), Tensor([inf, -inf, -800]))
    #expect(found == [inf, -inf, 800])
    #expect(try numbers("xlogy", Tensor([0, 0, nan, 0]), Tensor([0, inf, 1, nan])).map { $0.isNaN } == [false, false, true, true])
    let running = try numbers("logcumsumexp", Tensor([-1000.0, 1, 1000, 2]), 0)
    #expect(running == [-1000, 1, 1000, 1000])
  }

  @Test("running extremes: the last of equal ones, and nan from where it stands")
  func running() throws {
    let found = try #require(try call("cummin", Tensor([3, 1, 1, nan, 0]), 0) as? Record)
    #expect(try (found["indices"] as? Tensor)?.ints() == [0, 1, 2, 3, 3])
    #expect(try (found["values"] as? Tensor)?.doubles().prefix(3) == [3, 1, 1])
    let large = try Tensor([1 << 53, (1 << 53) + 1, 5])
    #expect(try ((call("cummax", large, 0) as? Record)?["indices"] as? Tensor)?.ints() == [0, 1, 1])
  }

  @Test("what is not known does not count")
  func unknown() throws {
    #expect(try numbers("nanmedian", Tensor([nan, 4, 1, nan, 3, 2])) == [2])
    #expect(try numbers("nanmedian", Tensor([nan, nan]))[0].isNaN)
    let x = try Tensor([1, nan, 3, 4, nan, nan], [2, 3])
    #expect(try numbers("nanquantile", x, 0.5, 1) == [2, 4])
    #expect(try numbers("nanquantile", x, Tensor([0.25, 1])) == [2, 4])
    let means = try numbers("nanmean", x, 0)
    #expect(means[0] == 2.5 && means[1].isNaN && means[2] == 3)
    #expect(try numbers("nansum", x, 1) == [4, 4])
  }

  @Test("matrices: norms and the exponential")
  func matrices() throws {
    let a = try Tensor([1.0, 2, 3, 4, 5, 6], [2, 3])
    for (order, expected) in [("fro", 9.539392014169456), ("nuc", 10.280901636369208)] as [(String, Double)] {
      #expect(try abs(numbers("matrix_norm", a, order)[0] - expected) < 1e-9)
    }
    for (order, expected) in [(1, 9), (-1, 5), (2, 9.508032000695724), (-2, 0.7728696356734827)] as [(Double, Double)] {
      #expect(try abs(numbers("matrix_norm", a, order)[0] - expected) < 1e-9)
    }
    #expect(try numbers("matrix_norm", a, inf) == [15] && numbers("matrix_norm", a, -inf) == [6])
    // A rotation by 10, whose norm asks for halvings; and against its series.
    let turned = try numbers("matrix_exp", Tensor([0.0, -10, 10, 0], [2, 2]))
    let expected = [-0.8390715290764524, 0.5440211108893698, -0.5440211108893698, -0.8390715290764524]
    #expect(zip(turned, expected).allSatisfy { abs($0 - $1) < 1e-13 })
    #expect(try numbers("matrix_exp", Tensor([Double](), [0, 0])).isEmpty)
    #expect(try numbers("multi_dot", List([Tensor.ones([3]), Tensor.ones([3, 4]), Tensor.ones([4])])) == [12])
    #expect(error { _ = try call("multi_dot", List([Tensor.ones([3]), Tensor.ones([4, 4])])) } != nil)
    #expect(error { _ = try call("matrix_norm", a, 3) } != nil)
  }

  @Test("elements that meet at places")
  func places() throws {
    let x = try Tensor([2.0, 3, 4]), index = try Tensor([0, 0, 1]), source = try Tensor([5.0, 0.5, -1])
    for (reduce, own, without) in [
      ("sum", [7.5, 2, 4], [5.5, -1, 4]), ("prod", [5, -3, 4], [2.5, -1, 4]), ("mean", [2.5, 1, 4], [2.75, -1, 4]),
      ("amax", [5, 3, 4], [5, -1, 4]), ("amin", [0.5, -1, 4], [0.5, -1, 4]),
    ] as [(String, [Double], [Double])] {
      #expect(try numbers("scatter_reduce", x, 0, index, source, reduce) == own, "\(reduce)")
      #expect(try numbers("scatter_reduce", x, 0, index, source, reduce, false) == without, "\(reduce)")
    }
    #expect(error { _ = try call("scatter_reduce", x, 0, Tensor([3]), source, "sum") } != nil)
    #expect(try numbers("slice_scatter", Tensor.zeros([5]), Tensor.ones([2]), 0, -2) == [0, 0, 0, 1, 1])
    #expect(error { _ = try call("slice_scatter", Tensor.zeros([5]), Tensor.ones([3]), 0, -2) } != nil)
    #expect(try numbers("diag_embed", Tensor([1.0, 2]), -1) == [0, 0, 0, 1, 0, 0, 0, 2, 0])
  }

  @Test("bins, membership and integers")
  func counting() throws {
    let found = try #require(try call("histogram", Tensor([0.0, 1, 1.5, 2, 3, nan]), List([0.0, 1.0, 3.0])) as? Record)
    #expect(try (found["hist"] as? Tensor)?.doubles() == [1, 4])
    #expect(try numbers("isin", Tensor([(1 << 53) + 1, 2]), Tensor([1 << 53, 2])) == [0, 1])
    #expect(try numbers("gcd", Tensor([Int.min, 0]), Tensor([6, 0])) == [2, 0])
    #expect(try numbers("unique_consecutive", Tensor([Int]())).isEmpty)
    #expect(try numbers("combinations", Tensor([1, 2]), 2, true) == [1, 1, 1, 2, 2, 2])
    #expect(try numbers("tensor_split", Tensor([1, 2, 3, 4]), List([1, 3, 9])) == [1, 2, 3, 4])
    #expect(try numbers("copysign", Tensor([1.0, -1]), Tensor([-0.0, 0.0])) == [-1, 1])
    #expect(error { _ = try call("combinations", Tensor((0..<2000).map { $0 }), 5) } != nil)
  }
}

extension DifferentiableCase {
  static let names: [DifferentiableCase] = [
    .init("cdist of batches", [[2, 3, 2], [2, 4, 2]]) { try named("cdist", $0[0], $0[1]) },
    .init("cummax", [[3, 4]]) { try named("cummax", $0[0], 1) },
    .init("logcumsumexp", [[3, 5]]) { try named("logcumsumexp", $0[0], 1) },
    .init("nanquantile", [[3, 5]]) { try named("nanquantile", $0[0], 0.3, 1) },
    .init("renorm", [[3, 4]]) { try named("renorm", $0[0], 2.0, 0, 1.0) },
    .init("matrix_norm nuc", [[3, 3]]) { try named("matrix_norm", $0[0], "nuc") },
    .init("matrix_exp with halvings", [[2, 3, 3]], in: -4...4) { try named("matrix_exp", $0[0]) },
    .init("multi_dot", [[2, 3], [3, 1], [1, 4]]) { try named("multi_dot", List($0)) },
    .init("index_add", [[3, 2], [2, 2]]) { try named("index_add", $0[0], 0, Tensor([2, 2]), $0[1], 0.5) },
    .init("index_copy", [[3, 2], [2, 2]]) { try named("index_copy", $0[0], 0, Tensor([2, 0]), $0[1]) },
    .init("masked_scatter", [[3], [2]]) { try named("masked_scatter", $0[0], Tensor([true, false, true]), $0[1]) },
    .init("slice_scatter", [[4, 2], [2, 2]]) { try named("slice_scatter", $0[0], $0[1], 0, 0, None(), 2) },
    .init("scatter_reduce prod", [[3, 2], [3, 2]], in: 0.5...2) { try named("scatter_reduce", $0[0], 0, Tensor([0, 1, 0, 2, 0, 1], [3, 2]), $0[1], "prod") },
    .init("scatter_reduce prod of a zero", [[3], [2]], in: 0.5...2) {
      try named("scatter_reduce", $0[0] * Tensor([0.0, 1, 1]), 0, Tensor([0, 2]), $0[1], "prod")
    },
    .init("scatter_reduce amax alone", [[3], [4]]) { try named("scatter_reduce", $0[0], 0, Tensor([0, 0, 2, 2]), $0[1], "amax", false) },
    .init("scatter_reduce mean", [[3], [4]]) { try named("scatter_reduce", $0[0], 0, Tensor([0, 0, 2, 2]), $0[1], "mean") },
    .init("trapezoid", [[2, 4], [4]]) { try named("trapezoid", $0[0], $0[1]) },
    .init("combinations", [[4]]) { try named("combinations", $0[0], 3) },
    .init("block_diag", [[2, 2], [3]]) { try Tensor.blockDiagonal($0) },
  ]
}

private func named(_ name: String, _ arguments: any Value...) throws -> any Value {
  guard let operation = builtin(name) else { throw TensorError.value(name, "is not there") }
  return try operation.call((), arguments.map { Passed(nil, $0) })
}
