import Builtins

extension Builtin<Void> {
  static let norm = Builtin(
    "norm", "The length of a vector: of all elements, or along dimensions.",
    .required("input", Tensor.self, "Real numbers."),
    .option("p", NormOrder.number(2), "Which norm: 2 or \"fro\" is the root of the squares, 1 the sum of sizes, inf the largest size, 0 a count."),
    .optional("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    formula: "(Σ |x|ᵖ)^(1/p)",
    laws: [.gradient(in: -2...2)],
    examples: [Example("norm(tensor([3.0, 4.0]))", gives: "5.")]
  ) { (x: Tensor, p: NormOrder, dims: [Int]?, keepdim: Bool) in try x.norm(p.value, dims, keepdim: keepdim) }
}

/// A number, or "fro" for 2.
enum NormOrder: Accepted, Sendable, CustomStringConvertible {
  case number(Double)
  var value: Double { switch self { case .number(let p): p } }
  var description: String { value.shortText }
  static let expectation = "a number or \"fro\""
  static func accept(_ value: any Value) -> NormOrder? {
    if let word = value as? String { return word == "fro" ? .number(2) : nil }
    return Double.accept(value).map { .number($0) }
  }
}

extension Tensor {
  /// `(Σ |x|ᵖ)^(1/p)` over dimensions, over all where none is named.
  /// - Gradient: 0 where the norm is 0, as in PyTorch.
  public func norm(_ p: Double = 2, _ dims: [Int]? = nil, keepdim: Bool = false) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("norm", expected: "real numbers (`.float()` makes them)", met: dtype, operand: 0) }
    let axes = try Shape.dimensions(dims, rank: rank, "norm")
    switch p {
    case 2: return try SumSquaresOp(dims: axes, keepdim: keepdim).apply([self]).root(0.5)
    case 1: return try abs().sum(axes, keepdim: keepdim)
    case .infinity: return try abs().amax(axes, keepdim: keepdim)
    case -.infinity: return try abs().amin(axes, keepdim: keepdim)
    case 0: return try sign().abs().sum(axes, keepdim: keepdim)
    default: return try abs().root(p).sum(axes, keepdim: keepdim).root(1 / p)
    }
  }
}
