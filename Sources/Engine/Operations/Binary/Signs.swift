import Builtins

extension Builtin<Void> {
  static let copysign = Builtin(
    "copysign", "The size of one number with the sign of another.",
    .required("input", Tensor.self, "The size."),
    .required("other", Tensor.self, "The sign, that of -0 included."),
    laws: [.gradient(in: 0.2...2)],
    examples: [Example("copysign(tensor([1.0, -2.0]), tensor([-3.0, 4.0]))", gives: "[-1.,  2.]")]
  ) { (a: Tensor, b: Tensor) in
    let pair = try promoted(a, b, atLeast: .float32)
    let isTurned = try pair[0].hasMinus().ne(pair[1].hasMinus())
    return try isTurned.selecting(-pair[0], pair[0])
  }

  static let floatPower = Builtin(
    "float_power", "A power, computed in double precision.",
    .required("input", Tensor.self, "The base."),
    .required("exponent", Tensor.self, "The exponent."),
    laws: [.gradient(in: 0.3...2)],
    examples: [Example("float_power(tensor([2, 3]), 2).dtype", gives: "float64")]
  ) { (a: Tensor, b: Tensor) in try a.to(.float64).pow(b.to(.float64)) }

  static let fmax = Builtin(
    "fmax", "The larger of two numbers; one that is nan does not count.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What they are compared with."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("fmax(tensor([1.0, nan]), tensor([3.0, 2.0]))", gives: "[3., 2.]")]
  ) { (a: Tensor, b: Tensor) in
    let pair = try countingNumbers(a, b)
    return try pair[0].maximum(pair[1])
  }

  static let fmin = Builtin(
    "fmin", "The smaller of two numbers; one that is nan does not count.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What they are compared with."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("fmin(tensor([1.0, nan]), tensor([3.0, 2.0]))", gives: "[1., 2.]")]
  ) { (a: Tensor, b: Tensor) in
    let pair = try countingNumbers(a, b)
    return try pair[0].minimum(pair[1])
  }

  static let gcd = Builtin(
    "gcd", "The greatest common divisor of integers.",
    .required("input", Tensor.self, "Integers."),
    .required("other", Tensor.self, "Integers."),
    examples: [Example("gcd(tensor([12, 7]), tensor([18, 14]))", gives: "[6, 7]")]
  ) { (a: Tensor, b: Tensor) in try integers("gcd", a, b) { Int64(truncatingIfNeeded: divisor($0, $1)) } }

  static let lcm = Builtin(
    "lcm", "The least common multiple of integers.",
    .required("input", Tensor.self, "Integers."),
    .required("other", Tensor.self, "Integers."),
    examples: [Example("lcm(tensor([4, 0]), tensor([6, 3]))", gives: "[12,  0]")]
  ) { (a: Tensor, b: Tensor) in
    // What is too large wraps around, as in products of integers.
    try integers("lcm", a, b) { a, b in
      let d = divisor(a, b)
      return d == 0 ? 0 : Int64(truncatingIfNeeded: a.magnitude / d &* b.magnitude)
    }
  }

  static let ldexp = Builtin(
    "ldexp", "A number times a power of 2.",
    .required("input", Tensor.self, "The number."),
    .required("other", Tensor.self, "The exponent."),
    formula: "x 2ʸ",
    laws: [.gradient(in: -2...2)],
    examples: [Example("ldexp(tensor([3.0]), tensor([4]))", gives: "[48.]")]
  ) { (a: Tensor, b: Tensor) in try a * b.exp2() }
}

/// Both operands, each nan replaced by the number that it is compared with.
private func countingNumbers(_ a: Tensor, _ b: Tensor) throws(TensorError) -> [Tensor] {
  let pair = try promoted(a, b)
  guard pair[0].dtype.isFloating else { return [a, b] }
  return [
    try pair[0].ne(pair[0]).selecting(pair[1], pair[0]), try pair[1].ne(pair[1]).selecting(pair[0], pair[1]),
  ]
}

private func integers(_ name: String, _ a: Tensor, _ b: Tensor, _ body: (Int64, Int64) -> Int64) throws(TensorError) -> Tensor {
  for (i, t) in [a, b].enumerated() where t.dtype != .int64 { throw .dtype(name, expected: "integers", met: t.dtype, operand: i) }
  guard let shape = Shape.broadcast(a.shape, b.shape) else { throw .shapesDoNotBroadcast(name, a.shape, b.shape) }
  let x = try a.expand(shape).contiguous(), y = try b.expand(shape).contiguous(), z = try Tensor.empty(shape, .int64)
  for i in 0..<z.count { z.i64[i] = body(x.i64[i], y.i64[i]) }
  return z
}

/// - Source: Euclid, Elements VII, 2.
private func divisor(_ a: Int64, _ b: Int64) -> UInt64 {
  var (a, b) = (a.magnitude, b.magnitude)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
