import Builtins
import CKernels

extension Builtin<Void> {
  static let embeddingBag = Builtin(
    "embedding_bag", "The mean, the sum or the largest of the rows of a table that stand in each bag.",
    .required("input", Tensor.self, "Row numbers: [bags, in each], or all in a row with `offsets`."),
    .required("weight", Tensor.self, "The table, [rows, size]."),
    .optional("offsets", Tensor.self, "Where each bag begins, of numbers in a row."),
    .option("mode", BagMode.mean, "What becomes of the rows of a bag."),
    .optional("per_sample_weights", Tensor.self, "A factor for each number, with mode=sum."),
    .option("include_last_offset", false, "Whether the last offset is the end of the last bag."),
    .optional("padding_idx", Int.self, "A row number that does not count and gets no gradient."),
    examples: [Example("embedding_bag(tensor([[0, 1]]), tensor([[1.0, 2.0], [3.0, 4.0]]))", gives: "[[2., 3.]]")]
  ) { (index: Tensor, table: Tensor, offsets: Tensor?, mode: BagMode, weights: Tensor?, hasEnd: Bool, padding: Int?) in
    try table.embeddingBag(index, offsets: offsets, mode, weights: weights, hasEnd: hasEnd, padding: padding)
  }
}

/// What becomes of the rows of a bag.
public enum BagMode: String, Choice { case mean, sum, max }

extension Tensor {
  /// - Shape: the table `[rows, size]`; `index [bags, n]`, or `[n]` with offsets, to `[bags, size]`.
  /// - Gradient: as `embedding`; of `max` to the first of equal rows.
  public func embeddingBag(
    _ index: Tensor, offsets: Tensor? = nil, _ mode: BagMode = .mean, weights: Tensor? = nil, hasEnd: Bool = false, padding: Int? = nil
  ) throws(TensorError) -> Tensor {
    guard rank == 2, dtype.isFloating else { throw .shape("embedding_bag", expected: "a table of [rows, size]", met: shape, operand: 1) }
    guard index.dtype == .int64 else { throw .dtype("embedding_bag", expected: "integers", met: index.dtype, operand: 0) }
    guard weights == nil || mode == .sum else { throw .value("embedding_bag", "per_sample_weights go with mode=sum, not with mode=\(mode.rawValue)") }
    if let weights, weights.shape != index.shape || weights.dtype != dtype {
      throw .shape("embedding_bag", expected: "a weight of \(dtype.name) for each number, \(index.shape)", met: weights.shape, operand: 4)
    }
    if let padding, padding < -shape[0] || padding >= shape[0] { throw .index(padding, size: shape[0], dimension: 0) }
    let numbers = try index.ints()
    if let bad = numbers.first(where: { $0 < 0 || $0 >= shape[0] }) { throw .index(bad, size: shape[0], dimension: 0) }
    let starts = try Self.bagStarts(index, offsets, hasEnd: hasEnd), bags = starts.count - 1
    let longest = (0..<bags).map { starts[$0 + 1] - starts[$0] }.max() ?? 0, skipped = padding.map { $0 < 0 ? $0 + shape[0] : $0 }
    // Each bag as a row of places in `numbers`, filled up with places that do not count.
    var places = [Int](repeating: 0, count: bags * longest), counts = [Bool](repeating: false, count: bags * longest)
    for bag in 0..<bags {
      for (i, place) in (starts[bag]..<starts[bag + 1]).enumerated() where numbers[place] != skipped {
        (places[bag * longest + i], counts[bag * longest + i]) = (place, true)
      }
    }
    guard longest > 0 else { return try Tensor.zeros([bags, shape[1]], dtype) }
    let isCounted = try Tensor(counts, [bags, longest, 1]), flat = try Tensor(places)
    let rows = try indexSelect(0, Tensor(places.map { numbers[$0] })).reshape([bags, longest, shape[1]])
    let sizes = (0..<bags).map { bag in counts[(bag * longest)..<((bag + 1) * longest)].count { $0 } }
    if mode == .max {
      let largest = try isCounted.selecting(rows, Tensor.full([], -.infinity, dtype)).extreme(PITH_ARG_MAX, 1, keepdim: false).values
      return try Tensor(sizes.map { $0 > 0 }, [bags, 1]).selecting(largest, Tensor.zeros([], dtype))
    }
    var factors = try isCounted.to(dtype)
    if let weights { factors = try factors * weights.reshape([weights.count]).indexSelect(0, flat).reshape([bags, longest, 1]) }
    let sum = try (rows * factors).sum([1])
    return mode == .sum ? sum : try sum / Tensor(sizes.map { Double(Swift.max($0, 1)) }, [bags, 1]).to(dtype)
  }

  /// Where each bag begins, and where the last one ends.
  private static func bagStarts(_ index: Tensor, _ offsets: Tensor?, hasEnd: Bool) throws(TensorError) -> [Int] {
    if index.rank == 2 {
      guard offsets == nil else { throw .value("embedding_bag", "a table of numbers is bags already: `offsets` goes with numbers in a row") }
      return (0...index.shape[0]).map { $0 * index.shape[1] }
    }
    guard index.rank == 1 else { throw .shape("embedding_bag", expected: "numbers of [bags, in each], or in a row", met: index.shape, operand: 0) }
    guard let offsets else { throw .value("embedding_bag", "numbers in a row need `offsets`, where each bag begins") }
    guard offsets.rank == 1, offsets.dtype == .int64 else { throw .shape("embedding_bag", expected: "a list of integers as offsets", met: offsets.shape, operand: 2) }
    var starts = try offsets.ints()
    if !hasEnd { starts.append(index.count) }
    guard starts.first == 0 || (starts.count == 1 && !hasEnd), starts.last == index.count, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw .value("embedding_bag", "offsets rise from 0 to at most \(index.count), the numbers that are there, got \(try offsets.ints())")
    }
    return starts
  }
}
