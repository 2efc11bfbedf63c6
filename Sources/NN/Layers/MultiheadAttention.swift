import Builtins
import Engine

extension Builtin<Generator> {
  static let multiheadAttention = Builtin(
    "MultiheadAttention", "Attention in several heads, each on a projection of its own.",
    .required("embed_dim", Int.self, in: 1...1e9, "The size of queries and outputs."),
    .required("num_heads", Int.self, in: 1...1e9, "How many heads share it."),
    .option("dropout", 0.0, in: 0...1, "How likely a weight is to be dropped in training."),
    .option("bias", true, "Whether biases are added."),
    .option("add_bias_kv", false, "Whether a trained key and value stand behind those given."),
    .option("add_zero_attn", false, "Whether a key and a value of zeros stand behind those given."),
    .optional("kdim", Int.self, in: 1...1e9, "The size of a key; embed_dim without it."),
    .optional("vdim", Int.self, in: 1...1e9, "The size of a value; embed_dim without it."),
    .option("batch_first", false, "Whether the batch is the first axis, and the sequence the second."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "concat(softmax(Q Wq (K Wk)ᵀ / √d) V Wv) Wo",
    source: Source("Vaswani et al. 2017, section 3.2.2", arXiv: "1706.03762"),
    examples: [Example("MultiheadAttention(8, 2)", gives: "(out_proj): NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)")],
    run: built)
}

private func built(
  _ generator: Generator, size: Int, heads: Int, dropout: Double, bias: Bool, biasKV: Bool, zero: Bool, keySize: Int?, valueSize: Int?,
  batchFirst: Bool, dtype: DType
) throws -> MultiheadAttention {
  try MultiheadAttention(
    size, heads, dropout: dropout, bias: bias, addBiasKV: biasKV, addZeroAttention: zero, keySize: keySize, valueSize: valueSize,
    batchFirst: batchFirst, dtype: dtype, using: generator)
}

/// A linear layer under the name that PyTorch prints for it inside attention.
public final class NonDynamicallyQuantizableLinear: Linear {}

/// Attention in several heads.
/// - Shape: query `[L, batch, size]`, key `[S, batch, keySize]`, value `[S, batch, valueSize]`, or without the batch, to
///   `[output, weights]`: `[L, batch, size]` and `[batch, L, S]`.
/// - Numerics: a query that sees no key gives 0, where PyTorch gives nan if the weights are asked for.
/// - Source: the parameters are PyTorch's, and start as there.
public final class MultiheadAttention: Module {
  /// What goes in and comes out, and how wide each head is.
  public let size: Int, headSize: Int
  public private(set) var heads: Int
  let dropout: Double, isBatchFirst: Bool, addsZero: Bool
  let keySize: Int, valueSize: Int
  /// One weight for queries, keys and values of one size, else one for each.
  private(set) var together: Parameter?, apart: [Parameter]
  private(set) var inputBias: Parameter?, keyBias: Parameter?, valueBias: Parameter?
  public let output: Linear

  public init(
    _ size: Int, _ heads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false, addZeroAttention: Bool = false, keySize: Int? = nil,
    valueSize: Int? = nil, batchFirst: Bool = false, dtype: DType = .float32, using generator: Generator
  ) throws {
    guard size > 0, heads > 0, size % heads == 0 else {
      throw TensorError.value("MultiheadAttention", "`num_heads` divides `embed_dim`, got \(heads) heads for a size of \(size)")
    }
    (self.size, self.heads, headSize, self.dropout, isBatchFirst, addsZero) = (size, heads, size / heads, dropout, batchFirst, addZeroAttention)
    (self.keySize, self.valueSize) = (keySize ?? size, valueSize ?? size)
    output = try NonDynamicallyQuantizableLinear(size, size, bias: bias, dtype: dtype, using: generator)
    let start = try MultiheadStart(size, width: size, self.keySize, self.valueSize, bias: bias, addBiasKV: addBiasKV, dtype, generator)
    (together, apart) = (start.together.map(Parameter.init), start.apart.map(Parameter.init))
    (inputBias, keyBias, valueBias) = (start.bias.map(Parameter.init), start.keyBias.map(Parameter.init), start.valueBias.map(Parameter.init))
    if let bias = output.bias { try bias.start(from: .zeros([size], dtype), Journal()) }
  }

  public override var parts: [Part] {
    let weights: [Part] = together.map { [.parameter("in_proj_weight", $0)] }
      ?? zip(["q_proj_weight", "k_proj_weight", "v_proj_weight"], apart).map { .parameter($0, $1) }
    return weights + [
      .parameter("in_proj_bias", inputBias), .parameter("bias_k", keyBias), .parameter("bias_v", valueBias), .child("out_proj", output),
    ]
  }
  public override var attributes: [(name: String, value: any Value)] {
    [("embed_dim", size), ("num_heads", heads), ("head_dim", headSize), ("dropout", dropout), ("batch_first", isBatchFirst)]
  }
  public override var inputNames: [String] {
    ["query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal"]
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try MultiheadStart(size, width: width, keySize, valueSize, bias: inputBias != nil, addBiasKV: keyBias != nil, output.weight.value.dtype, generator)
    if let fresh = start.together { try together?.start(from: fresh, journal) }
    for (parameter, fresh) in zip(apart, start.apart) { try parameter.start(from: fresh, journal) }
    if let fresh = start.bias { try inputBias?.start(from: fresh, journal) }
    if let fresh = start.keyBias { try keyBias?.start(from: fresh, journal) }
    if let fresh = start.valueBias { try valueBias?.start(from: fresh, journal) }
  }

  /// Gives `[output, weights]`, where the weights may be `none`.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 3)
    let isHint = try given.flag(7, or: false)
    if isHint, try given.tensor(5) == nil {
      throw TensorError.value(typeName, "`is_causal` is a hint about `attn_mask`, which is missing")
    }
    let result = try attend(
      given.required(0), given.required(1), given.required(2), padding: given.tensor(3), mask: given.tensor(5),
      needsWeights: given.flag(4, or: true), averages: given.flag(6, or: true), in: run)
    return List([result.output, result.weights ?? None()])
  }
}

extension MultiheadAttention: HeadedAttention {
  public var holders: [Module] { [self, output] }

  public func headParts(of parameter: Parameter) -> Int? {
    if parameter === together || parameter === inputBias { return 3 }
    return apart.contains { $0 === parameter } ? 1 : nil
  }

  public func keep(heads kept: [Int], journal: Journal) throws {
    let places = places(of: kept), three = self.places(of: kept, parts: 3)
    let before = (together, apart, inputBias, keyBias, valueBias, heads)
    let small = (
      try together?.keeping([(0, three)]), try apart.map { try $0.keeping([(0, places)]) }, try inputBias?.keeping([(0, three)]),
      try keyBias?.keeping([(2, places)]), try valueBias?.keeping([(2, places)]), kept.count
    )
    try output.keep(units: nil, inputs: places, journal: journal)
    journal.note { [self] in (together, apart, inputBias, keyBias, valueBias, heads) = before }
    (together, apart, inputBias, keyBias, valueBias, heads) = small
  }
}

/// How attention starts: `xavier_uniform` weights, biases of 0, and `xavier_normal` for the added key and value.
private struct MultiheadStart {
  let together: Tensor?, apart: [Tensor], bias: Tensor?, keyBias: Tensor?, valueBias: Tensor?

  init(_ size: Int, width: Int, _ keySize: Int, _ valueSize: Int, bias: Bool, addBiasKV: Bool, _ dtype: DType, _ generator: Generator) throws {
    let (wide, overflow) = width.multipliedReportingOverflow(by: 3)
    guard !overflow else { throw TensorError.value("MultiheadAttention", "`embed_dim` is too large: \(size)") }
    func weight(_ shape: [Int]) throws -> Tensor { try Initialisation.xavier_uniform.tensor(shape, dtype, using: generator) }
    let isOne = keySize == size && valueSize == size
    together = isOne ? try weight([wide, size]) : nil
    apart = isOne ? [] : try [size, keySize, valueSize].map { try weight([width, $0]) }
    self.bias = bias ? try Tensor.zeros([wide], dtype) : nil
    func added() throws -> Tensor? { addBiasKV ? try Initialisation.xavier_normal.tensor([1, 1, width], dtype, using: generator) : nil }
    (keyBias, valueBias) = (try added(), try added())
  }
}
