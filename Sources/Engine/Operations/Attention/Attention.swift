import Builtins

extension Builtin<Generator> {
  static let scaledDotProductAttention = Builtin(
    "scaled_dot_product_attention", "For each query, the values averaged by how well their keys fit it.",
    .required("query", Tensor.self, "[*, L, E]"),
    .required("key", Tensor.self, "[*, S, E]"),
    .required("value", Tensor.self, "[*, S, V]"),
    .optional("attn_mask", Tensor.self, "[*, L, S]: truth values, which keys a query sees, or numbers to add to its scores."),
    .option("dropout_p", 0.0, in: 0...1, "How likely a weight is to be dropped."),
    .option("is_causal", false, "Whether a query sees only the keys up to its own place."),
    .optional("scale", Double.self, "The factor of the scores; 1/√E without it."),
    formula: "softmax(scale q kᵀ + mask) v",
    source: Source("Vaswani et al. 2017, eq. 1", arXiv: "1706.03762"),
    examples: [
      Example("scaled_dot_product_attention(zeros(1, 2), zeros(2, 2), tensor([[1.0, 0.0], [0.0, 1.0]]))", gives: "[[0.5000, 0.5000]]")
    ]
  ) { (g: Generator, q: Tensor, k: Tensor, v: Tensor, mask: Tensor?, dropout: Double, isCausal: Bool, scale: Double?) in
    try q.attention(k, v, mask: mask, dropout: dropout, isCausal: isCausal, scale: scale, using: g)
  }
}

extension Tensor {
  /// `softmax(scale q kᵀ + mask) v`, with this tensor as the queries.
  /// - Shape: `q [*, L, E]`, `k [*, S, E]`, `v [*, S, V]` to `[*, L, V]`; the mask stretches to `[*, L, S]`.
  /// - Numerics: a query that sees no key gives 0.
  /// - Throws: `shape` and `dtype` where the parts do not fit.
  public func attention(
    _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, dropout: Double = 0, isCausal: Bool = false, scale: Double? = nil,
    using generator: Generator
  ) throws -> Tensor {
    let name = "scaled_dot_product_attention"
    try checkAttention(key, value, mask, isCausal, name)
    let scale = scale ?? 1 / Double(Swift.max(shape[rank - 1], 1)).squareRoot()
    let lead = try commonLead([self, key, value], name)
    let weights = lead + [shape[rank - 2], key.shape[key.rank - 2]]
    if let mask, Shape.broadcast(mask.shape, weights) != weights {
      throw TensorError.shape(name, expected: "a mask that stretches to \(weights)", met: mask.shape, operand: 3)
    }
    let parts = try [self, key, value].map { try $0.expand(lead + $0.shape.suffix(2)) }
    let isFused = dtype == .float32 && dropout == 0 && !Kernel.rounds && weights.reduce(1, *) > 0 && !(mask?.isRecorded ?? false) && parts.allSatisfy { $0.count > 0 }
    guard isFused else {
      let how = AttentionWeights(scale: scale, isCausal: isCausal, dropout: dropout)
      return try how.attend(parts[0], parts[1], parts[2], mask: mask, using: generator)
    }
    // As [batches, heads, L, E], whatever dimensions lead.
    let four = try parts.map { try $0.reshape(AttentionOp.fourDimensions($0.shape)) }
    let added = try mask.map { try AttentionOp.added($0, to: weights) }
    let op = AttentionOp(scale: scale, isCausal: isCausal, mask: added)
    return try op.apply(four).reshape(lead + [shape[rank - 2], value.shape[value.rank - 1]])
  }

  private func checkAttention(_ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ isCausal: Bool, _ name: String) throws(TensorError) {
    for (i, t) in [self, key, value].enumerated() {
      guard t.rank >= 2 else { throw .shape(name, expected: "[*, length, size]", met: t.shape, operand: i) }
      guard t.dtype == dtype, t.dtype.isFloating else {
        throw .dtype(name, expected: dtype.isFloating ? dtype.name : "real numbers", met: t.dtype, operand: i)
      }
    }
    guard key.shape[key.rank - 1] == shape[rank - 1] else {
      throw .shape(name, expected: "keys of the size of the queries, \(shape[rank - 1])", met: key.shape, operand: 1)
    }
    guard value.shape[value.rank - 2] == key.shape[key.rank - 2] else {
      throw .shape(name, expected: "a value for each of the \(key.shape[key.rank - 2]) keys", met: value.shape, operand: 2)
    }
    if let mask {
      guard !isCausal else { throw .value(name, "takes `attn_mask` or `is_causal`, not both") }
      guard mask.dtype == .bool || mask.dtype == dtype else {
        throw .dtype(name, expected: "a mask of bool or \(dtype.name)", met: mask.dtype, operand: 3)
      }
    }
  }

  private func commonLead(_ parts: [Tensor], _ name: String) throws(TensorError) -> [Int] {
    var lead: [Int] = []
    for t in parts {
      guard let wider = Shape.broadcast(lead, Array(t.shape.dropLast(2))) else { throw .shapesDoNotBroadcast(name, shape, t.shape) }
      lead = wider
    }
    return lead
  }
}

/// How the weights of attention are made of queries and keys, in differentiable operations.
public struct AttentionWeights {
  let scale: Double, isCausal: Bool, dropout: Double

  public init(scale: Double, isCausal: Bool, dropout: Double) {
    (self.scale, self.isCausal, self.dropout) = (scale, isCausal, dropout)
  }

  /// The weights `[*, L, S]`, before any are dropped.
  public func callAsFunction(_ q: Tensor, _ k: Tensor, mask: Tensor?) throws(TensorError) -> Tensor {
    var scores = try (q * scale).matmul(k.transpose(-1, -2))
    var mask = mask
    if isCausal { mask = try AttentionWeights.causal(scores.shape[scores.rank - 2], scores.shape[scores.rank - 1]) }
    guard let mask else { return try scores.softmax(-1) }
    let (sees, added) = try AttentionWeights.split(mask)
    if let added { scores = try scores + added }
    guard let sees else { return try scores.softmax(-1) }
    // A query that sees nothing: its scores stay, so that no gradient becomes nan, and its weights become 0.
    let isAny = try sees.any([-1], keepdim: true)
    let minus = try Tensor.full([], -.infinity, scores.dtype)
    let weights = try scores.maskedFill(sees.logicalNot().logicalAnd(isAny), minus).softmax(-1)
    return try weights * isAny.to(scores.dtype)
  }

  /// Which keys are seen, and what is added to the scores of those; -inf of an added mask is not seen.
  private static func split(_ mask: Tensor) throws(TensorError) -> (sees: Tensor?, added: Tensor?) {
    if mask.dtype == .bool { return (mask, nil) }
    let sees = try mask.detached().ne(Tensor.number(-Double.infinity))
    guard try sees.all().item() == 0 else { return (nil, mask) }
    return (sees, try mask.maskedFill(sees.logicalNot(), Tensor.zeros([], mask.dtype)))
  }

  /// Which of `keys` each of `queries` sees: those up to its own place.
  private static func causal(_ queries: Int, _ keys: Int) throws(TensorError) -> Tensor {
    let rows = try Tensor(Array(0..<queries), [queries, 1]), columns = try Tensor(Array(0..<keys), [1, keys])
    return try columns.le(rows)
  }

  func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, using generator: Generator?) throws -> Tensor {
    var weights = try self(q, k, mask: mask)
    if dropout > 0, let generator { weights = try weights.dropout(dropout, using: generator) }
    return try weights.matmul(v)
  }
}
