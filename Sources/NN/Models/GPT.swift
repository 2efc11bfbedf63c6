import Builtins
import Engine

extension Builtin<Generator> {
  static let gptTiny = Builtin(
    "gpt_tiny", "A small transformer that foretells the next token: 4 layers of 4 heads, 0.84 million parameters.",
    .option("vocab_size", 256, in: 1...1e8, "How many tokens there are; 256 takes bytes."),
    .option("block_size", 128, in: 1...1e7, "The longest sequence."),
    .option("n_layer", 4, in: 0...1e4, "How many layers there are."),
    .option("n_head", 4, in: 1...1e6, "How many heads attention has."),
    .option("n_embd", 128, in: 1...1e7, "The size of a token's vector."),
    .option("dropout", 0.0, in: 0...1, "How likely a number is to be dropped in training."),
    .option("bias", true, "Whether biases are added."),
    source: Source("Radford et al. 2019; named and started as Karpathy's nanoGPT"),
    examples: [Example("gpt_tiny()(tensor([[72, 105]])).shape", gives: "[1, 2, 256]")]
  ) { (g: Generator, words: Int, length: Int, layers: Int, heads: Int, size: Int, dropout: Double, bias: Bool) in
    try GPT(words: words, length: length, layers: layers, heads: heads, size: size, dropout: dropout, bias: bias, using: g)
  }
}

/// A transformer whose tokens see those before them, with one table for reading and for writing tokens.
/// - Shape: integers `[batch, length]` to scores of the next token `[batch, length, words]`.
/// - Source: nanoGPT: its names, and its numbers for a seed.
public final class GPT: Module {
  private let body: GPTBody, head: Linear

  public init(words: Int = 256, length: Int = 128, layers: Int = 4, heads: Int = 4, size: Int = 128, dropout: Double = 0, bias: Bool = true, using g: Generator) throws {
    guard size % heads == 0 else { throw TensorError.value("gpt_tiny", "`n_head` divides `n_embd`, got \(heads) heads for a size of \(size)") }
    body = try GPTBody(words: words, length: length, layers: layers, heads: heads, size: size, dropout: dropout, bias: bias, using: g)
    // nanoGPT makes a head of its own first, and then lets both share one table: what it draws is gone, but it is drawn.
    _ = try Linear(size, words, bias: false, using: g)
    head = Linear(sharing: body.words.weight)
    super.init()
    for (_, module) in namedModules.dropFirst() {
      if let linear = module as? Linear {
        try redraw(linear.weight, by: .normal, .init(std: 0.02), using: g)
        try clear(linear.bias)
      } else if let table = module as? Embedding {
        try redraw(table.weight, by: .normal, .init(std: 0.02), using: g)
      }
    }
    for (name, parameter) in namedParameters where name.hasSuffix("c_proj.weight") {
      try redraw(parameter, by: .normal, .init(std: 0.02 / Double(2 * layers).squareRoot()), using: g)
    }
  }

  public override var parts: [Part] { [.child("transformer", body), .child("lm_head", head)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try run(head, run(body, x)) }
}

/// Tokens and places as vectors, and the layers.
public final class GPTBody: Module {
  let words: Embedding
  private let places: Embedding, drop: Dropout, layers: ModuleList, ln: LayerNorm, length: Int

  init(words: Int, length: Int, layers: Int, heads: Int, size: Int, dropout: Double, bias: Bool, using g: Generator) throws {
    self.length = length
    (self.words, places) = (try Embedding(words, size, using: g), try Embedding(length, size, using: g))
    drop = Dropout(dropout)
    self.layers = ModuleList(try (0..<layers).map { _ in try GPTBlock(heads: heads, size: size, dropout: dropout, bias: bias, using: g) })
    ln = try LayerNorm([size], bias: bias)
  }

  public override var typeName: String { "ModuleDict" }
  public override var parts: [Part] {
    [.child("wte", words), .child("wpe", places), .child("drop", drop), .child("h", layers), .child("ln_f", ln)]
  }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    guard x.rank == 2, x.dtype == .int64 else { throw TensorError.shape("GPT", expected: "integers of [batch, length]", met: x.shape, operand: 0) }
    guard x.shape[1] <= length else { throw TensorError.shape("GPT", expected: "at most \(length) tokens, its `block_size`", met: x.shape, operand: 0) }
    let order = try Tensor(Array(0..<x.shape[1]))
    var y = try run(drop, run(words, x) + run(places, order))
    for layer in layers.modules { y = try run(layer, y) }
    return try run(ln, y)
  }
}

/// Attention to what came before and two linear maps, each after a normalisation and added to its input.
public final class GPTBlock: Module {
  private let ln1: LayerNorm, attention: CausalSelfAttention, ln2: LayerNorm, mlp: GPTFeedForward

  init(heads: Int, size: Int, dropout: Double, bias: Bool, using g: Generator) throws {
    ln1 = try LayerNorm([size], bias: bias)
    attention = try CausalSelfAttention(heads: heads, size: size, dropout: dropout, bias: bias, using: g)
    ln2 = try LayerNorm([size], bias: bias)
    mlp = try GPTFeedForward(size: size, dropout: dropout, bias: bias, using: g)
  }

  public override var typeName: String { "Block" }
  public override var parts: [Part] { [.child("ln_1", ln1), .child("attn", attention), .child("ln_2", ln2), .child("mlp", mlp)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let y = try x + run(attention, run(ln1, x))
    return try y + run(mlp, run(ln2, y))
  }
}

/// Attention in heads where each token sees itself and those before it.
public final class CausalSelfAttention: Module {
  public let output: Linear, headSize: Int
  public private(set) var heads: Int
  private let together: Linear, dropout: Dropout

  init(heads: Int, size: Int, dropout: Double, bias: Bool, using g: Generator) throws {
    let (wide, overflow) = size.multipliedReportingOverflow(by: 3)
    guard !overflow else { throw TensorError.value("gpt_tiny", "`n_embd` is too large: \(size)") }
    (together, output) = (try Linear(size, wide, bias: bias, using: g), try Linear(size, size, bias: bias, using: g))
    (self.dropout, self.heads, headSize) = (Dropout(dropout), heads, size / heads)
  }

  public override var parts: [Part] { [.child("c_attn", together), .child("c_proj", output), .child("resid_dropout", dropout)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let parts = try run(together, x).reshape([x.shape[0], x.shape[1], 3, heads, headSize]).permute([2, 0, 3, 1, 4])
    let y = try parts.packedAttention(mask: nil, isCausal: true, dropout: isTraining ? dropout.p : 0, using: run.generator)
    return try run(dropout, run(output, y.permute([0, 2, 1, 3]).reshape([x.shape[0], x.shape[1], width])))
  }
}

extension CausalSelfAttention: HeadedAttention {
  public var holders: [Module] { [together, output] }
  public func headParts(of parameter: Parameter) -> Int? { parameter === together.weight || parameter === together.bias ? 3 : nil }

  public func keep(heads kept: [Int], journal: Journal) throws {
    let (places, three, before) = (places(of: kept), self.places(of: kept, parts: 3), heads)
    try together.keep(units: three, inputs: nil, journal: journal)
    try output.keep(units: nil, inputs: places, journal: journal)
    journal.note { [self] in heads = before }
    heads = kept.count
  }
}

/// Two linear maps with a GELU between them.
public final class GPTFeedForward: Module {
  private let widen: Linear, gelu = GELU(), narrow: Linear, dropout: Dropout

  init(size: Int, dropout: Double, bias: Bool, using g: Generator) throws {
    let (wide, overflow) = size.multipliedReportingOverflow(by: 4)
    guard !overflow else { throw TensorError.value("gpt_tiny", "`n_embd` is too large: \(size)") }
    (widen, narrow) = (try Linear(size, wide, bias: bias, using: g), try Linear(wide, size, bias: bias, using: g))
    self.dropout = Dropout(dropout)
  }

  public override var typeName: String { "MLP" }
  public override var parts: [Part] { [.child("c_fc", widen), .child("gelu", gelu), .child("c_proj", narrow), .child("dropout", dropout)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try run(dropout, run(narrow, run(gelu, run(widen, x)))) }
}
