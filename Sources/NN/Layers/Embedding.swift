import Builtins
import Engine

extension Builtin<Generator> {
  static let embedding = Builtin(
    "Embedding", "A table of vectors, looked up by number.",
    .required("num_embeddings", Int.self, in: 0...1e9, "How many vectors there are."),
    .required("embedding_dim", Int.self, in: 0...1e9, "The size of a vector."),
    .optional("padding_idx", Int.self, "The number whose vector starts as zeros and stays so in training."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "y[n, :] = W[x[n], :]",
    source: Source("PyTorch's torch.nn.Embedding; the weight starts from N(0, 1)"),
    examples: [Example("Embedding(10, 6)", gives: "Embedding(10, 6)")]
  ) { (generator: Generator, count: Int, size: Int, padding: Int?, dtype: DType) in
    try Embedding(count, size, padding: padding, dtype: dtype, using: generator)
  }
}

/// The row of a table for each number of the input.
/// - Shape: `x [*]`, integers, to `y [*, size]`; `weight [count, size]`.
public final class Embedding: Module {
  public let weight: Parameter
  /// The row that gets no gradient, counted from the start.
  public let padding: Int?

  public init(_ count: Int, _ size: Int, padding: Int? = nil, dtype: DType = .float32, using generator: Generator) throws {
    if let padding, padding < -count || padding >= count {
      throw TensorError.value("Embedding", "`padding_idx` is \(padding), but there are \(count) vectors")
    }
    self.padding = padding.map { $0 < 0 ? $0 + count : $0 }
    weight = Parameter(try Embedding.start([count, size], self.padding, dtype, generator))
  }

  private static func start(_ shape: [Int], _ padding: Int?, _ dtype: DType, _ generator: Generator) throws -> Tensor {
    guard dtype.isFloating else { throw TensorError.dtype("Embedding", expected: "float32 or float64", met: dtype, operand: 0) }
    let table = try generator.normal(shape, dtype)
    if let padding { try table.assign(Tensor.number(0.0), at: [.at(padding)], journal: Journal()) }
    return table
  }

  public override var parts: [Part] { [.parameter("weight", weight)] }
  public override var details: String {
    "\(weight.value.shape[0]), \(weight.value.shape[1])" + (padding.map { ", padding_idx=\($0)" } ?? "")
  }
  public override var attributes: [(name: String, value: any Value)] {
    [("num_embeddings", weight.value.shape[0]), ("embedding_dim", weight.value.shape[1]), ("padding_idx", padding ?? None())]
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    guard x.dtype == .int64 else {
      throw TensorError.dtype("Embedding(\(details))", expected: "integers", met: x.dtype, operand: 0)
    }
    let flat = try x.detached().reshape([x.count])
    let rows = try withoutPadding(weight.value.indexSelect(0, flat), flat)
    return try rows.reshape(x.shape + [weight.value.shape[1]])
  }

  /// What was looked up, where the padding's is cut off from its gradient.
  private func withoutPadding(_ rows: Tensor, _ places: Tensor) throws -> Tensor {
    guard let padding, Recording.current != .none else { return rows }
    let isPadding = try Recording.with(.none) { try places.eq(Tensor([padding])).reshape([places.count, 1]) }
    return try isPadding.selecting(rows.detached(), rows)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    try weight.start(from: Embedding.start(weight.value.shape, padding, weight.value.dtype, generator), journal)
  }
}
