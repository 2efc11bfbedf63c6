import CKernels

extension Tensor {
  /// The numbers in another dtype; the same tensor where it is of that dtype already.
  /// - Gradient: `dx = dy`, cast back.
  public func to(_ dtype: DType) throws(TensorError) -> Tensor {
    self.dtype == dtype ? self : try CastOp(from: self.dtype, to: dtype).apply([self])
  }
}

struct CastOp: Primitive {
  let from: DType, to: DType
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let source = try x[0].dense()
    let y = source.isNumber ? try Tensor.empty(source.shape, to, isNumber: true) : try Tensor.empty(like: source, to)
    pith_cast(from.code, to.code, source.raw, y.raw, source.count)
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [from.isFloating ? try dy.to(from) : nil] }
}
