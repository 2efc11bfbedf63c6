import Builtins
import CKernels
import COneDNN

/// What becomes of the operands of a matrix product or a convolution of float32 tensors before they are multiplied.
public enum ProductPrecision: String, Choice {
  /// Nothing.
  case float32
  /// They are rounded to bfloat16; sums stay float32.
  case bf16

  /// That of the calling thread.
  public static var current: ProductPrecision { Kernel.rounds ? .bf16 : .float32 }

  /// Sets that of the calling thread.
  /// - Throws: `value` where the processor has no such products.
  public func use() throws(TensorError) {
    guard self == .float32 || pith_has_bf16() != PITH_BF16_NONE else {
      throw .value("precision", "bf16 products need a processor with AVX-512, which this one lacks")
    }
    pith_set_rounds_products(self == .bf16 ? 1 : 0)
  }

  /// Whether the processor has instructions for it: else it is right, and slow.
  public var isNative: Bool { self == .float32 || pith_has_bf16() == PITH_BF16_NATIVE }
}

/// What a product reads: the numbers of a tensor whose memory has no gaps, or these rounded to bfloat16, in their order.
struct ProductOperand {
  private let tensor: Tensor, rounded: Storage?

  init(_ tensor: Tensor, rounds: Bool) throws(TensorError) {
    self.tensor = tensor
    rounded = rounds ? try Storage(byteCount: 2 * tensor.count) : nil
    if let rounded { pith_to_bf16(tensor.f32, rounded.pointer.assumingMemoryBound(to: UInt16.self), tensor.count) }
  }

  /// Valid for as long as this lives.
  var pointer: UnsafeRawPointer { rounded.map { UnsafeRawPointer($0.pointer) } ?? UnsafeRawPointer(tensor.f32) }
}

/// Batches of matrices rounded to bfloat16, each without gaps and perhaps turned; one that stands for several is there once.
private struct RoundedMatrices {
  let operand: ProductOperand, isTurned: Bool
  private let lead: [Int], steps: [Int]

  init(_ t: Tensor) throws(TensorError) {
    let batches = t.rank - 2, once = (0..<t.rank).map { $0 < batches && t.strides[$0] == 0 ? min(t.shape[$0], 1) : t.shape[$0] }
    let (rows, isTurned) = try Kernel.rowed(t.viewed(once, strides: t.strides, offset: t.offset))
    (operand, self.isTurned, lead) = (try ProductOperand(rows, rounds: true), isTurned, Array(t.shape.prefix(batches)))
    let plain = Shape.strides(once)
    steps = (0..<batches).map { once[$0] == t.shape[$0] ? plain[$0] : 0 }
  }

  /// Whether the matrices follow each other, one for each of the batch.
  var isWhole: Bool { !zip(steps, lead).contains { $0 == 0 && $1 > 1 } }

  func start(_ index: Int) -> UnsafePointer<UInt16> {
    var rest = index, at = 0
    for d in lead.indices.reversed() {
      at += rest % lead[d] * steps[d]
      rest /= lead[d]
    }
    return operand.pointer.assumingMemoryBound(to: UInt16.self) + at
  }
}

extension Kernel {
  /// Whether products of float32 round what they read to bfloat16.
  static var rounds: Bool { pith_rounds_products() != 0 }

  /// Of matrices or batches of one leading shape, none of them empty.
  static func roundedProduct(_ a: Tensor, _ b: Tensor, _ y: Tensor, m: Int, n: Int, k: Int) throws(TensorError) {
    guard k > 0 else {
      pith_fill_f32(y.f32, y.count, 0)
      return
    }
    let (a, b) = (try RoundedMatrices(a), try RoundedMatrices(b)), units = y.count / (m * n), threads = pith_threads()
    var status: Int32 = 0
    if units > 1, a.isWhole, b.isWhole {
      let products = try ReadyProducts(units: units, m, n, k, turned: (a.isTurned, b.isTurned), isRounded: true, threads: Int(threads))
      status = withExtendedLifetime((a, b)) { products.run(a.operand.pointer, b.operand.pointer, y.f32) }
    } else {
      for unit in 0..<units where status == 0 {
        status = withExtendedLifetime((a, b)) {
          pith_matmul_bf16(
            a.isTurned ? 1 : 0, b.isTurned ? 1 : 0, Int64(m), Int64(n), Int64(k), a.start(unit), b.start(unit), nil, y.f32 + unit * m * n, threads)
        }
      }
    }
    guard status == 0 else { throw .kernel("@ in bf16", status: Int(status)) }
  }

  /// `x Wᵀ + b` of matrices that are not empty.
  static func roundedLinear(_ x: Tensor, _ w: Tensor, _ bias: Tensor?) throws(TensorError) -> Tensor {
    let y = try Tensor.empty([x.shape[0], w.shape[0]], .float32), a = try RoundedMatrices(x), b = try RoundedMatrices(w)
    let status = withExtendedLifetime((a, b, bias)) {
      pith_matmul_bf16(
        a.isTurned ? 1 : 0, b.isTurned ? 0 : 1, Int64(x.shape[0]), Int64(w.shape[0]), Int64(w.shape[1]), a.start(0), b.start(0), bias?.f32,
        y.f32, pith_threads())
    }
    guard status == 0 else { throw .kernel("linear in bf16", status: Int(status)) }
    return y
  }
}
