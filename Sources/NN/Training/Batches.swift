import Builtins
import Engine

/// The rows of a data set in batches, in the order of PyTorch's `DataLoader`.
public struct Batches {
  let x: Tensor, y: Tensor
  /// Rows a batch; nil for one batch of all.
  public let size: Int?
  let shuffle: Bool, dropLast: Bool

  /// - Throws: `shape` where inputs and targets are not of one number of samples, or there are none.
  public init(_ x: Tensor, _ y: Tensor, size: Int?, shuffle: Bool, dropLast: Bool) throws(TensorError) {
    guard x.rank > 0, x.shape[0] > 0 else { throw .shape("training", expected: "samples along the first dimension", met: x.shape, operand: 0) }
    guard y.rank > 0, y.shape[0] == x.shape[0] else { throw .shape("training", expected: "\(x.shape[0]) targets, one a sample", met: y.shape, operand: 1) }
    if let size, size < 1 { throw .value("batch_size", "is at least 1, got \(size)") }
    (self.x, self.y, self.size, self.shuffle, self.dropLast) = (x.detached(), y.detached(), size, shuffle, dropLast)
  }

  /// The number of batches an epoch.
  public var count: Int {
    guard let size else { return 1 }
    let (whole, rest) = x.shape[0].quotientAndRemainder(dividingBy: size)
    return whole + (rest > 0 && !dropLast ? 1 : 0)
  }

  /// The order of the samples in an epoch; nil for that in which they are.
  ///
  /// Every epoch `DataLoader` draws a seed for its workers, whether it has any or not, and where it shuffles one for a stream
  /// of its own that the order comes from. A single batch of all is a plain loop, which draws nothing.
  /// - Source: PyTorch's `_BaseDataLoaderIter` and `RandomSampler`.
  public func order(using generator: Generator) throws(TensorError) -> Tensor? {
    guard size != nil else { return nil }
    _ = generator.bits()
    return shuffle ? try Generator(seed: generator.bits()).permutation(x.shape[0]) : nil
  }

  /// A batch of an epoch.
  public func batch(_ index: Int, _ order: Tensor?) throws(TensorError) -> (x: Tensor, y: Tensor) {
    guard let size else { return (x, y) }
    let rows = Index.slice(from: index * size, to: min((index + 1) * size, x.shape[0]), step: 1)
    guard let order else { return (try x.indexed([rows]), try y.indexed([rows])) }
    let places = try order.indexed([rows])
    return (try x.indexSelect(0, places), try y.indexSelect(0, places))
  }
}
