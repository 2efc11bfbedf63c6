import Builtins
import CKernels

extension Builtin<Void> {
  static let mean = Builtin(
    "mean", "The mean, over all elements or over dimensions.",
    .required("input", Tensor.self, "Real numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    .optional("dtype", DType.self, "What the numbers are cast to first."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("mean(tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)", gives: "[2., 3.]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool, dtype: DType?) in try (dtype.map { try x.to($0) } ?? x).mean(dims, keepdim: keepdim) }

  static let prod = Builtin(
    "prod", "The product, over all elements or over dimensions.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    laws: [.gradient(in: 0.3...2)],
    examples: [Example("prod(tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)", gives: "[ 2., 12.]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool) in try x.prod(dims, keepdim: keepdim) }

  static let sum = Builtin(
    "sum", "The sum, over all elements or over dimensions.",
    .required("input", Tensor.self, "Any numbers; truth values count as 0 and 1."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    .optional("dtype", DType.self, "What the numbers are cast to first."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("sum(tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)", gives: "[3., 7.]")]
  ) { (x: Tensor, dims: [Int]?, keepdim: Bool, dtype: DType?) in try (dtype.map { try x.to($0) } ?? x).sum(dims, keepdim: keepdim) }
}

extension Tensor {
  /// The product over dimensions, over all where none is named.
  /// - Gradient: `dx = dy y / x`; where a product is 0, of the other factors themselves.
  public func prod(_ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    let axes = try Shape.dimensions(dims, rank: rank, "prod")
    let y = try ProdOp(dims: axes, keepdim: keepdim).apply([counted()])
    guard y.node != nil, try y.eq(0).isAnyTrue() else { return y }
    return try productTree(axes, keepdim: keepdim)
  }

  /// The same as a tree of products, whose gradient is right where factors are 0.
  private func productTree(_ axes: [Int], keepdim: Bool) throws(TensorError) -> Tensor {
    let kept = (0..<rank).filter { !axes.contains($0) }
    let lead = kept.map { shape[$0] }
    var n = axes.reduce(1) { $0 * shape[$1] }
    var t = try permute(kept + axes).reshape([lead.reduce(1, *), n])
    while n > 1 {
      let half = n / 2
      var pairs = try t.narrow(1, 0, half) * t.narrow(1, half, half)
      if n % 2 == 1 { pairs = try Tensor.cat([pairs, t.narrow(1, n - 1, 1)], 1) }
      (t, n) = (pairs, half + n % 2)
    }
    return try t.reshape(shape.indices.compactMap { axes.contains($0) ? (keepdim ? 1 : nil) : shape[$0] })
  }

  /// Whether any element is true.
  func isAnyTrue() throws(TensorError) -> Bool { try Kernel.truth(any: true, detached(), Array(0..<rank), keepdim: false).item() != 0 }
}

struct ProdOp: Primitive {
  let dims: [Int], keepdim: Bool
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.reduce(PITH_REDUCE_PROD, x[0], dims, keepdim: keepdim) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try (dy * pass.result).restoring(dims, keepdim: keepdim) / pass.input(0)]
  }
}
