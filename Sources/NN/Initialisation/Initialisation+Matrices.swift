import Builtins
import Engine

extension Initialisation {
  /// A matrix whose rows or columns, whichever are fewer, are orthonormal, times `gain`; trailing dimensions are flattened.
  /// - Source: Saxe, McClelland and Ganguli 2014: the Q of normal numbers, its signs fixed by those of R's diagonal.
  func orthogonal(_ shape: [Int], _ dtype: DType, gain: Double, _ generator: Generator) throws -> Tensor {
    guard shape.count >= 2 else { throw TensorError.shape("orthogonal", expected: "a tensor of two or more dimensions", met: shape, operand: 0) }
    let rows = shape[0], columns = shape.dropFirst().reduce(1, *)
    guard rows > 0, columns > 0 else { return try .zeros(shape, dtype) }
    let drawn = try generator.normal([rows, columns], dtype).doubles()
    // The vectors that become orthonormal one after the other: the columns of a tall matrix, the rows of a wide one.
    let (count, length) = (min(rows, columns), max(rows, columns))
    let isTall = rows >= columns
    var vectors = isTall ? transposed(drawn, rows, columns) : drawn
    orthonormalise(&vectors, count: count, length: length)
    let numbers = (isTall ? transposed(vectors, columns, rows) : vectors).map { $0 * gain }
    return try Tensor(numbers, shape).to(dtype)
  }

  /// Ones on the diagonal of a matrix.
  func eye(_ shape: [Int], _ dtype: DType) throws -> Tensor {
    guard shape.count == 2 else { throw TensorError.shape("eye", expected: "a tensor of two dimensions", met: shape, operand: 0) }
    let t = try Tensor.zeros(shape, dtype)
    let numbers = (0..<t.count).map { $0 / max(shape[1], 1) == $0 % max(shape[1], 1) ? 1.0 : 0 }
    return try Tensor(numbers, shape).to(dtype)
  }

  /// Normal numbers of which in each column a share, drawn anew for each, is 0.
  /// - Source: Martens 2010; PyTorch's `sparse_`, which draws the numbers first and then an order of the rows for each column.
  func sparse(_ shape: [Int], _ dtype: DType, _ arguments: Arguments, _ generator: Generator) throws -> Tensor {
    guard shape.count == 2 else { throw TensorError.shape("sparse", expected: "a tensor of two dimensions", met: shape, operand: 0) }
    guard let sparsity = arguments.sparsity else { throw TensorError.value("sparse", "needs `sparsity`, the share of each column that is 0") }
    guard (0...1).contains(sparsity) else { throw TensorError.value("sparse", "`sparsity` is between 0 and 1, got \(sparsity.shortText)") }
    let (rows, columns) = (shape[0], shape[1]), zeros = Int((sparsity * Double(rows)).rounded(.up))
    var numbers = try generator.normal(shape, mean: 0, std: arguments.std ?? 0.01, dtype).doubles()
    for column in 0..<columns {
      for row in try generator.permutation(rows).ints().prefix(zeros) { numbers[row * columns + column] = 0 }
    }
    return try Tensor(numbers, shape).to(dtype)
  }

  /// The convolution that hands its channels through, as many as there are on both sides.
  func dirac(_ shape: [Int], _ dtype: DType, groups: Int) throws -> Tensor {
    guard (3...5).contains(shape.count) else {
      throw TensorError.shape("dirac", expected: "a tensor of three, four or five dimensions", met: shape, operand: 0)
    }
    guard groups > 0, shape[0] % groups == 0 else {
      throw TensorError.value("dirac", "`groups` divides the first dimension, got \(groups) for \(shape[0])")
    }
    let perGroup = shape[0] / groups, field = shape.dropFirst(2).reduce(1, *)
    let middle = shape.dropFirst(2).reduce(0) { $0 * $1 + $1 / 2 }
    var numbers = [Double](repeating: 0, count: try Tensor.zeros(shape, .bool).count)
    if !numbers.isEmpty {
      for group in 0..<groups {
        for d in 0..<min(perGroup, shape[1]) { numbers[((group * perGroup + d) * shape[1] + d) * field + middle] = 1 }
      }
    }
    return try Tensor(numbers, shape).to(dtype)
  }
}

private func transposed(_ numbers: [Double], _ rows: Int, _ columns: Int) -> [Double] {
  var out = [Double](repeating: 0, count: numbers.count)
  for i in 0..<rows {
    for j in 0..<columns { out[j * rows + i] = numbers[i * columns + j] }
  }
  return out
}

/// Gram and Schmidt, each projection taken twice, which keeps the vectors orthogonal to rounding.
private func orthonormalise(_ vectors: inout [Double], count: Int, length: Int) {
  var span = vectors.mutableSpan
  for k in 0..<count {
    for _ in 0..<2 {
      for j in 0..<k {
        var product = 0.0
        for i in 0..<length { product += span[j * length + i] * span[k * length + i] }
        for i in 0..<length { span[k * length + i] -= product * span[j * length + i] }
      }
    }
    var square = 0.0
    for i in 0..<length { square += span[k * length + i] * span[k * length + i] }
    guard square > 0 else { continue }
    let scale = 1 / square.squareRoot()
    for i in 0..<length { span[k * length + i] *= scale }
  }
}
