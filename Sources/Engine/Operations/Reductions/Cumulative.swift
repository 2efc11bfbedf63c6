import Builtins
import CKernels

extension Builtin<Void> {
  static let cumprod = Builtin(
    "cumprod", "Running products along a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    examples: [Example("cumprod(tensor([1.0, 2.0, 3.0]), dim=0)", gives: "[1., 2., 6.]")]
  ) { (x: Tensor, dim: Int) in try x.cumprod(dim) }

  static let cumsum = Builtin(
    "cumsum", "Running sums along a dimension.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    examples: [Example("cumsum(tensor([1.0, 2.0, 3.0]), dim=0)", gives: "[1., 3., 6.]")]
  ) { (x: Tensor, dim: Int) in try x.cumsum(dim) }
}

extension Tensor {
  /// `yᵢ = Σ x₀ … xᵢ` along a dimension.
  public func cumsum(_ dim: Int) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "cumsum")
    return rank == 0 ? try counted() : try CumsumOp(dim: d).apply([counted()])
  }

  /// `yᵢ = Π x₀ … xᵢ` along a dimension.
  /// - Gradient: from `y / x`; where a factor is 0, through the products themselves.
  public func cumprod(_ dim: Int) throws(TensorError) -> Tensor {
    let d = try Shape.dimension(dim, rank: rank, "cumprod")
    if rank == 0 { return try counted() }
    let y = try CumprodOp(dim: d).apply([counted()])
    guard y.node != nil, try eq(0).isAnyTrue() else { return y }
    // Doubling steps: after the k-th, each element is the product of the 2ᵏ up to it.
    var (t, reach) = (self, 1)
    while reach < shape[d] {
      let head = try t.narrow(d, 0, reach)
      t = try Tensor.cat([head, t.narrow(d, reach, shape[d] - reach) * t.narrow(d, 0, shape[d] - reach)], d)
      reach *= 2
    }
    return t
  }
}

struct CumsumOp: Primitive {
  let dim: Int
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.cumulate(PITH_CUMULATE_SUM, x[0], dim) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try dy.flip([dim]).cumsum(dim).flip([dim])] }
}

struct CumprodOp: Primitive {
  let dim: Int
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.cumulate(PITH_CUMULATE_PROD, x[0], dim) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try (dy * pass.result).flip([dim]).cumsum(dim).flip([dim]) / pass.input(0)]
  }
}
