import Builtins
@testable import Engine
import Testing

/// Factorisations against what they promise, their derivatives, and matrices that have none.
@Suite struct LinearAlgebraTests {
  private static func symmetric(_ x: Tensor) throws -> Tensor { try x + x.transpose(-1, -2) }
  /// Symmetric with eigenvalues above 1.
  private static func positive(_ x: Tensor) throws -> Tensor {
    let n = x.shape[x.rank - 1]
    return try x.matmul(x.transpose(-1, -2)) + Tensor.eye(n, n, .float64)
  }
  /// Far enough from singular.
  private static func regular(_ x: Tensor) throws -> Tensor {
    let n = x.shape[x.rank - 1]
    return try x + Tensor.eye(n, n, .float64) * 6
  }

  static let cases: [DifferentiableCase] = [
    .init("cholesky", [[2, 3, 3]]) { try positive($0[0]).cholesky() },
    .init("solve", [[3, 3], [2, 3, 2]]) { try regular($0[0]).solve($0[1]) },
    .init("solve of a vector", [[3, 3], [3]]) { try regular($0[0]).solve($0[1]) },
    .init("solve_triangular", [[3, 3], [3, 2]]) { try regular($0[0]).solveTriangular($0[1], upper: true) },
    .init("solve_triangular, unit", [[3, 3], [3, 2]]) { try $0[0].solveTriangular($0[1], upper: false, unit: true) },
    .init("inverse", [[2, 3, 3]]) { try regular($0[0]).inverse("inverse") },
    .init("det", [[2, 3, 3]], in: -1...1) { try regular($0[0]).det() },
    .init("slogdet", [[3, 3]]) { try regular($0[0]).slogdet("slogdet").log },
    .init("eigh", [[3, 3]]) { x in
      let (w, v) = try symmetric(x[0]).eigh()
      return List([w, try v.square()])
    },
    .init("svd, tall", [[4, 2]]) { x in
      let (u, s, vh) = try x[0].svd()
      return List([s, try u.square(), try vh.square()])
    },
    .init("svd, wide", [[2, 3]]) { x in
      let (u, s, vh) = try x[0].svd()
      return List([s, try u.square(), try vh.square()])
    },
    .init("qr, tall", [[4, 3]]) { x in
      let (q, r) = try x[0].qr()
      return List([q, r])
    },
    .init("qr, wide", [[2, 4]]) { x in
      let (q, r) = try x[0].qr()
      return List([q, r])
    },
    .init("pinv, tall", [[3, 2]]) { try $0[0].pinv() },
    .init("pinv, wide", [[2, 3]]) { try $0[0].pinv() },
    .init("matrix_power", [[2, 2]]) { try $0[0].matrixPower(3) },
    .init("matrix_power, negative", [[2, 2]]) { try regular($0[0]).matrixPower(-2) },
  ]

  @Test("derivatives agree with central differences", arguments: cases)
  func gradient(_ test: DifferentiableCase) throws {
    var numbers = Numbers(seed: 5)
    let inputs = try test.shapes.map { try numbers.tensor($0, in: test.range).requiringGrad() }
    try checkGradients(of: { try weightedSum(tensors(in: try test.body($0))) }, at: inputs, test.name, tolerance: 2e-6)
  }

  @Test("what was taken apart comes together again", arguments: [DType.float32, .float64], [[2, 4, 4], [5, 3], [3, 5], [1, 1], [0, 3, 2], [3, 0]])
  func whole(_ dtype: DType, _ shape: [Int]) throws {
    var numbers = Numbers(seed: 9)
    let x = try numbers.tensor(shape).to(dtype), bound = dtype == .float32 ? 2e-5 : 1e-12
    let (u, s, vh) = try x.svd()
    #expect(try (u * s.unsqueeze(-2)).matmul(vh).distance(to: x) < bound)
    let (q, r) = try x.qr()
    #expect(try q.matmul(r).distance(to: x) < bound)
    let p = try x.pinv()
    #expect(try x.matmul(p).matmul(x).distance(to: x) < bound)
    guard shape.count == 3, shape[1] == shape[2] else { return }
    let (w, v) = try Self.symmetric(x).eigh()
    #expect(try (v * w.unsqueeze(-2)).matmul(v.transpose(-1, -2)).distance(to: Self.symmetric(x)) < bound)
    #expect(try x.matmul(x.inverse("inverse")).distance(to: Tensor.eye(4, 4, dtype).expand(x.shape)) < 10 * bound)
    let full = try x.narrow(-1, 0, 2).svd().u.filledUp()
    #expect(try full.transpose(-1, -2).matmul(full).distance(to: Tensor.eye(4, 4, dtype).expand(x.shape)) < bound)
  }

  /// By hand for `A = [[4, 1, 2], [1, 3, 0], [2, 0, 5]]`: det = 4·15 - 1·5 + 2·(0 - 6) = 43, the eigenvalues add up to the trace, 12.
  @Test("numbers of one matrix")
  func numbers() throws {
    let a = try Tensor([4.0, 1, 2, 1, 3, 0, 2, 0, 5], [3, 3])
    #expect(try Swift.abs(a.det().item() - 43) < 1e-12)
    #expect(try a.solve(Tensor([7.0, 4, 7])).distance(to: Tensor([1.0, 1, 1])) < 1e-12)
    #expect(try Swift.abs(a.eigh().values.sum().item() - 12) < 1e-12)
    #expect(try a.matrixRank(nil, Lapack.svd(a).s).ints() == [3])
    #expect(try (-a).slogdet("slogdet").sign.item() == -1)
    #expect(try Tensor([1.0, 2, 2, 4], [2, 2]).det().item() == 0)
  }

  @Test("what cannot be done says so with its numbers")
  func errors() throws {
    func message(_ body: () throws -> Void) -> String { error(of: body)?.description ?? "nothing" }
    let singular = try Tensor.zeros([2, 2], .float64), spoiled = try Tensor.full([3, 3], .nan, .float64)
    #expect(message { _ = try singular.solve(Tensor.ones([2, 1], .float64)) }.contains("singular: pivot 1 is 0"))
    #expect(message { _ = try Tensor([1.0, 2, 2, 1], [2, 2]).cholesky() }.contains("leading minor of order 2"))
    #expect(message { _ = try Tensor.ones([2, 3]).cholesky() }.contains("[2, 3]"))
    #expect(message { _ = try Tensor.ones([3]).svd() }.contains("[3]"))
    #expect(message { _ = try Tensor([1, 2, 3, 4], [2, 2]).inverse("inverse") }.contains("int64"))
    #expect(message { _ = try Tensor.eye(2, 2).solve(Tensor.ones([3, 1])) }.contains("[2, *]"))
    for body in [{ _ = try spoiled.svd() }, { _ = try spoiled.eigh() }, { _ = try spoiled.pinv() }] as [() throws -> Void] {
      #expect(message(body).contains("nan"))
    }
  }
}
