import CKernels

extension Tensor {
  /// The numbers in another dtype; the same tensor where it is of that dtype already.
  /// - Gradient: `dx = dy`, cast back.
  public func to(_ dtype: DType) throws(TensorError) -> Tensor {
    self.dtype == dtype ? self : try CastOp(from: self.dtype, to: dtype).apply([self])
  }
}

extension Tensor {
  /// The numbers rounded to bfloat16, as float32: to the nearest, to even where two are as near.
  /// - Gradient: `dx = dy`, as that of a cast.
  public func bfloat16() throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("bfloat16", expected: "real numbers", met: dtype, operand: 0) }
    return try Bfloat16Op().apply([to(.float32)])
  }
}

struct Bfloat16Op: Primitive {
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let source = try x[0].dense(), y = try Tensor.empty(like: source, .float32)
    pith_round_bf16(source.f32, y.f32, source.count)
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [dy] }
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
