import Builtins
import CKernels

extension Builtin<Void> {
  static let `where` = Builtin(
    "where", "One of two values by a condition; without values, the places where it holds.",
    .required("condition", Tensor.self, "Truth values."),
    .optional("input", Tensor.self, "What stands where the condition holds."),
    .optional("other", Tensor.self, "What stands elsewhere."),
    formula: "c ? a : b",
    examples: [Example("where(tensor([true, false]), tensor([1.0, 2.0]), 0.0)", gives: "[1., 0.]")]
  ) { (condition: Tensor, a: Tensor?, b: Tensor?) -> any Value in
    switch (a, b) {
    case (let a?, let b?): return try condition.selecting(a, b)
    case (nil, nil): return List(try condition.nonzeroByDimension())
    default: throw TensorError.value("where", "takes a condition alone, or a condition and two values")
    }
  }

  static let nonzero = Builtin(
    "nonzero", "The places of the elements that are not 0, one row each.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("nonzero(tensor([[1, 0], [0, 2]]))", gives: "[[0, 0],\n        [1, 1]]")]
  ) { (x: Tensor) in try x.nonzero() }

  static let maskedFill = Builtin(
    "masked_fill", "A value written where a mask holds.",
    .required("input", Tensor.self, "Any numbers."),
    .required("mask", Tensor.self, "Truth values."),
    .required("value", Tensor.self, "One number."),
    examples: [Example("masked_fill(tensor([1.0, 2.0]), tensor([true, false]), 9.0)", gives: "[9., 2.]")]
  ) { (x: Tensor, mask: Tensor, value: Tensor) in try x.maskedFill(mask, value) }

  static let maskedSelect = Builtin(
    "masked_select", "The elements where a mask holds, in a row, also `x[mask]`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("mask", Tensor.self, "Truth values."),
    examples: [Example("masked_select(tensor([1.0, 2.0, 3.0]), tensor([true, false, true]))", gives: "[1., 3.]")]
  ) { (x: Tensor, mask: Tensor) in try x.maskedSelect(mask) }
}

extension Tensor {
  /// `self ? a : b`, elementwise, all three stretched to a common shape.
  /// - Gradient: `da = dy` where the condition holds, `db` elsewhere.
  /// - Throws: `dtype` where the condition is not of truth values.
  public func selecting(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    guard dtype == .bool else { throw .dtype("where", expected: "truth values as its condition", met: dtype, operand: 0) }
    let dtype = resultType([a, b])
    return try WhereOp().apply([self, a.to(dtype), b.to(dtype)])
  }

  /// `value` where the mask holds.
  public func maskedFill(_ mask: Tensor, _ value: Tensor) throws(TensorError) -> Tensor {
    guard value.count == 1 else { throw .shape("masked_fill", expected: "one number as its value", met: value.shape, operand: 2) }
    let fill = try value.rank == 0 ? value : value.reshape([])
    if fill.dtype.category > dtype.category {
      throw .dtype("masked_fill", expected: "a value that \(dtype.name) can hold", met: fill.dtype, operand: 2)
    }
    return try mask.selecting(fill.to(dtype), self)
  }

  /// The elements where the mask holds, as a list.
  public func maskedSelect(_ mask: Tensor) throws(TensorError) -> Tensor {
    guard mask.dtype == .bool else { throw .dtype("masked_select", expected: "truth values as its mask", met: mask.dtype, operand: 1) }
    guard let shape = Shape.broadcast(shape, mask.shape) else { throw .shapesDoNotBroadcast("masked_select", self.shape, mask.shape) }
    return try expand(shape).indexed([.tensor(mask.expand(shape))])
  }

  /// The places of what is not 0, `[count, rank]`.
  public func nonzero() throws(TensorError) -> Tensor {
    guard rank > 0 else { return try Tensor.zeros([isTrue() ? 1 : 0, 0], .int64) }
    return try Tensor.stack(nonzeroByDimension(), 1)
  }

  private func isTrue() throws(TensorError) -> Bool { try item() != 0 }
}

struct WhereOp: Primitive {
  static var name: String { "where" }
  var saves: Saves { .first }
  var broadcasts: Bool { true }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.select(x[0], x[1], x[2]) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let zero = try Tensor.zeros([], dy.dtype), condition = pass.input(0)
    return [
      nil, pass.wants[1] ? try condition.selecting(dy, zero) : nil, pass.wants[2] ? try condition.selecting(zero, dy) : nil,
    ]
  }
}
