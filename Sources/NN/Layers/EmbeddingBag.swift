import Builtins
import Engine

extension Builtin<Generator> {
  static let embeddingBag = Builtin(
    "EmbeddingBag", "A table of vectors, of which those of each bag of numbers are averaged, summed, or the largest taken.",
    .required("num_embeddings", Int.self, in: 0...1e9, "How many vectors there are."),
    .required("embedding_dim", Int.self, in: 0...1e9, "The size of a vector."),
    .option("mode", BagMode.mean, "What becomes of the vectors of a bag."),
    .option("include_last_offset", false, "Whether the last offset is the end of the last bag."),
    .optional("padding_idx", Int.self, "The number whose vector does not count, starts as zeros and stays so."),
    .option("dtype", DType.float32, "The type of its numbers."),
    source: Source("PyTorch's torch.nn.EmbeddingBag; the weight starts from N(0, 1)"),
    examples: [Example("EmbeddingBag(10, 3, mode=sum)", gives: "EmbeddingBag(10, 3, mode='sum')")]
  ) { (generator: Generator, count: Int, size: Int, mode: BagMode, hasEnd: Bool, padding: Int?, dtype: DType) in
    EmbeddingBag(try Embedding(count, size, padding: padding, dtype: dtype, using: generator), mode, hasEnd: hasEnd)
  }
}

/// What each bag of rows of a table comes to.
/// - Shape: `x [bags, n]`, or `[n]` with offsets, integers, to `y [bags, size]`; `weight [count, size]`.
public final class EmbeddingBag: Module {
  private let table: Embedding, mode: BagMode, hasEnd: Bool

  /// - Parameter table: its weight and padding are those of the bags.
  init(_ table: Embedding, _ mode: BagMode, hasEnd: Bool) { (self.table, self.mode, self.hasEnd) = (table, mode, hasEnd) }

  public override var parts: [Part] { table.parts }
  public override var inputNames: [String] { ["input", "offsets", "per_sample_weights"] }
  public override var details: String { table.details + ", mode='\(mode.rawValue)'" }
  public override var attributes: [(name: String, value: any Value)] { table.attributes + [("mode", mode.rawValue)] }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 1)
    return try table.weight.value.embeddingBag(
      given.required(0), offsets: given.tensor(1), mode, weights: given.tensor(2), hasEnd: hasEnd, padding: table.padding)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws { try table.restart(using: generator, journal) }
}
