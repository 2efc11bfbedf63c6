import CKernels

/// PyTorch's random stream on a CPU (mt19937 and its fill rules): a seed gives the numbers that PyTorch gives.
/// - Source: Matsumoto and Nishimura 1998; PyTorch's `CPUGeneratorImpl`.
public final class Generator {
  private var state: UnsafeMutablePointer<pith_mt19937>

  public init(seed: UInt64) {
    state = .allocate(capacity: 1)
    state.initialize(to: pith_mt19937())
    pith_mt19937_seed(state, seed)
  }

  deinit { state.deallocate() }

  /// Starts the stream anew.
  public func seed(_ seed: UInt64) { pith_mt19937_seed(state, seed) }

  /// Where the stream stands, to go back to.
  public struct Position { let state: pith_mt19937 }
  public var position: Position {
    get { Position(state: state.pointee) }
    set { state.pointee = newValue.state }
  }

  /// Uniform numbers in `low..<high`.
  public func uniform(_ shape: [Int], from low: Double = 0, to high: Double = 1, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    let t = try Tensor.empty(shape, dtype)
    if dtype == .float64 { pith_uniform_f64(state, t.f64, t.count, low, high) } else { pith_uniform_f32(state, t.f32, t.count, low, high) }
    return t
  }

  /// Normal numbers.
  public func normal(_ shape: [Int], mean: Double = 0, std: Double = 1, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    let t = try Tensor.empty(shape, dtype)
    if dtype == .float64 { pith_normal_f64(state, t.f64, t.count, mean, std) } else { pith_normal_f32(state, t.f32, t.count, mean, std) }
    return t
  }

  /// The numbers 0 to n - 1 in random order.
  public func permutation(_ n: Int) throws(TensorError) -> Tensor {
    let t = try Tensor.empty([n], .int64)
    pith_randperm(state, t.i64, t.count)
    return t
  }

  /// Integers in `low..<high`.
  public func integers(_ shape: [Int], from low: Int, to high: Int) throws(TensorError) -> Tensor {
    guard low < high else { throw .value("randint", "there is no integer from \(low) to below \(high)") }
    let t = try Tensor.empty(shape, .int64)
    pith_randint(state, t.i64, t.count, Int64(low), Int64(high))
    return t
  }

  /// 1 with probability p, else 0, as dropout draws its mask.
  public func bernoulli(_ shape: [Int], p: Double, _ dtype: DType = .float32) throws(TensorError) -> Tensor {
    let t = try Tensor.empty(shape, dtype)
    if dtype == .float64 { pith_bernoulli_f64(state, t.f64, t.count, p) } else { pith_bernoulli_f32(state, t.f32, t.count, p) }
    return t
  }

  /// 63 random bits, as PyTorch's samplers draw the seed of a stream of their own.
  public func bits() -> UInt64 {
    var value: Int64 = 0
    pith_random_i64(state, &value, 1)
    return UInt64(bitPattern: value)
  }
}
