import Builtins

extension Builtin<Void> {
  static let logaddexp = Builtin(
    "logaddexp", "The logarithm of the sum of two exponentials, without overflow.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "Any numbers."),
    formula: "log(eˣ + eʸ)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("logaddexp(tensor([1.0, 1000.0]), tensor([2.0, -1000.0]))", gives: "[   2.3133, 1000.0000]")]
  ) { (a: Tensor, b: Tensor) in try a.logaddexp(b) }

  static let logaddexp2 = Builtin(
    "logaddexp2", "As `logaddexp`, to base 2.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "Any numbers."),
    formula: "log₂(2ˣ + 2ʸ)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("logaddexp2(tensor([1.0]), tensor([3.0]))", gives: "[3.3219]")]
  ) { (a: Tensor, b: Tensor) in
    let ln2 = 0.6931471805599453
    return try (a.real() * ln2).logaddexp(b.real() * ln2) / Tensor.number(ln2)
  }

  static let xlog1py = Builtin(
    "xlog1py", "x log(1 + y), and 0 where x is 0.",
    .required("input", Tensor.self, "The factor."),
    .required("other", Tensor.self, "Numbers above -1."),
    laws: [.gradient(in: 0.2...2)],
    examples: [Example("xlog1py(tensor([0.0, 2.0]), tensor([-1.0, 1.0]))", gives: "[0.0000, 1.3863]")]
  ) { (x: Tensor, y: Tensor) in try x.times(y, -1) { y throws(TensorError) in try y.log1p() } }

  static let xlogy = Builtin(
    "xlogy", "x log(y), and 0 where x is 0.",
    .required("input", Tensor.self, "The factor."),
    .required("other", Tensor.self, "Numbers above 0."),
    laws: [.gradient(in: 0.2...2)],
    examples: [Example("xlogy(tensor([0.0, 2.0]), tensor([0.0, 3.0]))", gives: "[0.0000, 2.1972]")]
  ) { (x: Tensor, y: Tensor) in try x.times(y, 0) { y throws(TensorError) in try y.log() } }

  static let entr = Builtin(
    "entr", "The entropy of one probability: -x log(x), 0 at 0 and -inf below.",
    .required("input", Tensor.self, "Probabilities."),
    laws: [.gradient(in: 0.1...2)],
    examples: [Example("entr(tensor([0.0, 0.5, -1.0]))", gives: "[0.0000, 0.3466,   -inf]")]
  ) { (x: Tensor) in
    let x = try x.real(), isPositive = try x.gt(0), safe = try isPositive.selecting(x, Tensor.full([], 1, x.dtype))
    let outside = try x.lt(0).selecting(Tensor.full([], -.infinity, x.dtype), x * 0)
    return try isPositive.selecting(-(safe * safe.log()), outside)
  }
}

extension Tensor {
  /// `log(eˣ + eʸ)`, elementwise.
  public func logaddexp(_ other: Tensor) throws(TensorError) -> Tensor {
    let pair = try promoted(self, other, atLeast: .float32)
    guard let shape = Shape.broadcast(pair[0].shape, pair[1].shape) else { throw .shapesDoNotBroadcast("logaddexp", self.shape, other.shape) }
    return try Tensor.stack([pair[0].expand(shape), pair[1].expand(shape)]).logsumexp([0])
  }

  /// `x log`, where 0 times an infinite logarithm counts as 0.
  /// - Parameter edge: at and below which the logarithm is not finite.
  fileprivate func times(_ other: Tensor, _ edge: Double, _ log: (Tensor) throws(TensorError) -> Tensor) throws(TensorError) -> Tensor {
    let pair = try promoted(self, other, atLeast: .float32), (x, y) = (pair[0], pair[1])
    let isAbsent = try x.eq(0).logicalAnd(y.le(edge).logicalOr(y.eq(.infinity)))
    let product = try x * log(isAbsent.selecting(Tensor.full([], 1, y.dtype), y))
    return try isAbsent.selecting(Tensor.zeros([], product.dtype), product)
  }
}
