import CKernels

/// Numbers in a box of any number of dimensions: a view of a storage, and the history that leads to it.
///
/// A tensor never changes its shape. Its numbers change only through a `Journal`.
public final class Tensor {
  public let dtype: DType
  public let shape: [Int]
  /// Steps between neighbours along each dimension, in elements.
  public let strides: [Int]
  /// Where the first element lies in the storage, in elements.
  public let offset: Int
  public let storage: Storage
  /// The number of elements.
  public let count: Int
  public let isContiguous: Bool
  /// True for a plain number of the language that stands for a tensor; it gives way to tensors in dtype, and has no gradient.
  public let isNumber: Bool
  /// The operation that made it, or the leaf that gradients of it are kept under.
  var node: Node?

  init(_ storage: Storage, _ dtype: DType, _ shape: [Int], strides: [Int], offset: Int, count: Int, isContiguous: Bool, isNumber: Bool = false) {
    (self.storage, self.dtype, self.shape, self.strides) = (storage, dtype, shape, strides)
    (self.offset, self.count, self.isContiguous, self.isNumber) = (offset, count, isContiguous, isNumber)
  }

  public var rank: Int { shape.count }

  /// Memory of that shape with whatever was in it.
  /// - Throws: `tooLarge` where it does not fit into the machine.
  static func empty(_ shape: [Int], _ dtype: DType, isNumber: Bool = false) throws(TensorError) -> Tensor {
    guard shape.count <= Shape.maximalRank else { throw .tooManyDimensions(shape.count) }
    guard let count = Shape.count(shape), Double(count) * Double(dtype.size) < Pool.shared.limit else {
      if let negative = shape.first(where: { $0 < 0 }) { throw .value("shape", "a dimension of size \(negative)") }
      if shape.contains(0) { throw .value("shape", "an empty tensor of \(shape): its other sizes multiply to more than 2^27") }
      let bytes = shape.reduce(Double(dtype.size)) { $0 * Double($1) }
      throw .tooLarge(shape: shape, bytes: bytes, limit: Pool.shared.limit)
    }
    do {
      let storage = try Storage(byteCount: count * dtype.size)
      return Tensor(storage, dtype, shape, strides: Shape.strides(shape), offset: 0, count: count, isContiguous: true, isNumber: isNumber)
    } catch {
      throw .tooLarge(shape: shape, bytes: Double(count) * Double(dtype.size), limit: Pool.shared.limit)
    }
  }

  /// Memory of the shape of a dense tensor, whose layout is shared rather than computed anew.
  static func empty(like t: Tensor, _ dtype: DType) throws(TensorError) -> Tensor {
    guard t.isDense else { return try empty(t.shape, dtype) }
    do {
      let storage = try Storage(byteCount: t.count * dtype.size)
      return Tensor(storage, dtype, t.shape, strides: t.strides, offset: 0, count: t.count, isContiguous: t.isContiguous)
    } catch {
      throw .tooLarge(shape: t.shape, bytes: Double(t.count) * Double(dtype.size), limit: Pool.shared.limit)
    }
  }

  /// Another look at the same memory, without history. The caller guarantees that all of it lies inside the storage.
  func viewed(_ shape: [Int], strides: [Int], offset: Int) -> Tensor {
    let count = Shape.count(shape) ?? 0
    return Tensor(
      storage, dtype, shape, strides: strides, offset: offset, count: count,
      isContiguous: Shape.isContiguous(shape, strides))
  }

  /// The same numbers in the same memory, without history.
  public func detached() -> Tensor {
    Tensor(storage, dtype, shape, strides: strides, offset: offset, count: count, isContiguous: isContiguous, isNumber: isNumber)
  }

  /// The first element's address. Only kernels use it, while the tensor is alive.
  var raw: UnsafeMutableRawPointer { storage.pointer + offset * dtype.size }
  var f32: UnsafeMutablePointer<Float> { raw.assumingMemoryBound(to: Float.self) }
  var f64: UnsafeMutablePointer<Double> { raw.assumingMemoryBound(to: Double.self) }
  var i64: UnsafeMutablePointer<Int64> { raw.assumingMemoryBound(to: Int64.self) }
  var u8: UnsafeMutablePointer<UInt8> { raw.assumingMemoryBound(to: UInt8.self) }
}
