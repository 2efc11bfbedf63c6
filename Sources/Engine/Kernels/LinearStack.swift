import CKernels
import COneDNN

/// Rows that went through linear layers one after the other, with the outputs of all of them: derivatives follow without a
/// graph. Single precision, on processors that have the vectors for it.
public struct LinearStack {
  let x: Tensor
  let layers: [LinearLayer]
  /// After the ReLU, where a layer has one.
  public let outputs: [Tensor]

  /// - Shape: `x [rows, in]`.
  /// - Returns: nil where a layer at a time is to be taken: few rows, another dtype or layout, another processor.
  public init?(_ x: Tensor, _ layers: [LinearLayer]) throws(TensorError) {
    guard Self.isFast(x, layers) else { return nil }
    try self.init(fast: x, layers)
  }

  /// For what `isFast` says yes to.
  init(fast x: Tensor, _ layers: [LinearLayer]) throws(TensorError) {
    var outputs: [Tensor] = []
    for layer in layers { outputs.append(try Tensor.empty([x.shape[0], layer.weight.shape[0]], .float32)) }
    try Self.run(x, layers, outputs)
    (self.x, self.layers, self.outputs) = (x, layers, outputs)
  }

  /// For a part of the layers, whose outputs are there.
  init(_ x: Tensor, _ layers: [LinearLayer], outputs: [Tensor]) { (self.x, self.layers, self.outputs) = (x, layers, outputs) }

  /// What the last layer puts out, where nothing else is wanted.
  static func last(fast x: Tensor, _ layers: [LinearLayer]) throws(TensorError) -> Tensor {
    let y = try Tensor.empty([x.shape[0], layers[layers.count - 1].weight.shape[0]], .float32)
    try run(x, layers, Array(repeating: nil, count: layers.count - 1) + [y])
    return y
  }

  private static func run(_ x: Tensor, _ layers: [LinearLayer], _ outputs: [Tensor?]) throws(TensorError) {
    let described = zip(layers, outputs).map { layer, y in Self.described(layer, y: y) }
    let status = pith_stack_f32(described, Int64(layers.count), x.f32, Int64(x.strides[0]), Int64(x.shape[0]))
    guard status == 0 else { throw outOfMemory(x) }
  }

  private static func outOfMemory(_ x: Tensor) -> TensorError {
    .tooLarge(shape: x.shape, bytes: Double(x.count) * 4, limit: Pool.shared.limit)
  }

  private static func described(_ layer: LinearLayer, y: Tensor?) -> pith_stack_layer {
    var l = pith_stack_layer()
    (l.n, l.k, l.has_relu) = (Int64(layer.weight.shape[0]), Int64(layer.weight.shape[1]), layer.hasReLU ? 1 : 0)
    (l.weight, l.bias, l.y) = (UnsafePointer(layer.weight.f32), layer.bias.map { UnsafePointer($0.f32) }, y?.f32)
    return l
  }

  /// Rows from which the packing of weights pays: of few weights, and of any number up to `most`.
  private static let (few, many, most) = (24, 64, 1 << 20)

  /// Whether the layers run as one: the memory lies as the kernels read it, and there are rows enough.
  static func isFast(_ x: Tensor, _ layers: [LinearLayer]) -> Bool {
    guard layers.count > 1, x.rank == 2, x.shape[0] >= few, isAvailable, !Kernel.rounds, x.isPlainRows else { return false }
    var weights = 0
    for layer in layers {
      guard layer.isPlain else { return false }
      weights += layer.weight.count
    }
    return weights <= most && (x.shape[0] >= many || weights <= most / 16)
  }

  private static let isAvailable = pith_stack_is_fast() != 0

  /// The sums over rows of the products of powers of the factors, in one pass back.
  /// - Parameter wanted: for each layer, the powers whose sums are asked for.
  /// - Returns: the sums of each layer, and `dx` where it is asked for.
  public func sums(_ dy: Tensor, _ wanted: [(weight: FactorPowers, bias: FactorPowers)], input: Bool = false) throws(TensorError)
    -> (layers: [(weight: PowerSums, bias: PowerSums)], input: Tensor?)
  {
    var sums: [(weight: PowerSums, bias: PowerSums)] = []
    for (layer, wanted) in zip(layers, wanted) {
      let bias = try layer.bias.map { b throws(TensorError) in try PowerSums(b.shape, wanted.bias) } ?? PowerSums()
      sums.append((try PowerSums(layer.weight.shape, wanted.weight), bias))
    }
    let dx = input ? try Tensor.empty(x.shape, .float32) : nil
    let seed = try dy.contiguous()
    let described = layers.indices.map { i in
      var l = Self.described(layers[i], y: outputs[i])
      l.dw = (sums[i].weight.itself?.f32, sums[i].weight.square?.f32, sums[i].weight.size?.f32)
      l.db = (sums[i].bias.itself?.f32, sums[i].bias.square?.f32, sums[i].bias.size?.f32)
      return l
    }
    let status = pith_stack_gradients_f32(
      described, Int64(layers.count), x.f32, Int64(x.strides[0]), seed.f32, Int64(x.shape[0]), dx?.f32)
    guard status == 0 else { throw Self.outOfMemory(x) }
    return (sums, dx)
  }
}

/// What becomes of the factors of a sample's gradient before they are multiplied.
public struct FactorPowers: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let itself = FactorPowers(rawValue: 1), square = FactorPowers(rawValue: 2), size = FactorPowers(rawValue: 4)
}

/// Sums over samples by power, nil where they were not asked for.
public struct PowerSums {
  public private(set) var itself: Tensor?, square: Tensor?, size: Tensor?

  fileprivate init() {}

  fileprivate init(_ shape: [Int], _ powers: FactorPowers) throws(TensorError) {
    if powers.contains(.itself) { itself = try Tensor.empty(shape, .float32) }
    if powers.contains(.square) { square = try Tensor.empty(shape, .float32) }
    if powers.contains(.size) { size = try Tensor.empty(shape, .float32) }
  }
}

extension Kernel {
  /// The outputs of linear layers one after the other by oneDNN. Each thread takes its rows through all of them.
  /// - Parameter keeps: whether all outputs are wanted, or the last alone; the others then hold anything.
  /// - Returns: nil where only a layer at a time will do.
  static func stack(_ x: Tensor, _ layers: [LinearLayer], keeps: Bool) throws(TensorError) -> [Tensor]? {
    let rows = x.shape[0]
    guard layers.count > 1, rows >= 2 * grain, !rounds, x.isPlainRows, layers.allSatisfy(\.isPlain) else { return nil }
    var outputs: [Tensor] = [], stack: [pith_linear_layer] = []
    for layer in layers {
      let y = try Tensor.empty([rows, layer.weight.shape[0]], .float32)
      outputs.append(y)
      stack.append(
        pith_linear_layer(
          n: Int64(layer.weight.shape[0]), k: Int64(layer.weight.shape[1]), weight: layer.weight.f32, bias: layer.bias?.f32, y: y.f32,
          has_relu: layer.hasReLU ? 1 : 0))
    }
    let parts = min(Int(pith_threads()), rows / grain), part = (rows + parts - 1) / parts
    let status = Threads.run(parts) { i in
      pith_linear_stack(stack, Int32(stack.count), x.f32, Int64(x.strides[0]), Int64(i * part), Int64(min((i + 1) * part, rows)), keeps ? 1 : 0)
    }
    return status == 0 ? outputs : nil
  }

  /// Rows from which on a thread pays.
  private static let grain = 128
}

extension Tensor {
  /// Rows of single precision, each of them in one piece.
  fileprivate var isPlainRows: Bool { dtype == .float32 && count > 0 && strides[1] == 1 && strides[0] >= shape[1] }
}

extension LinearLayer {
  fileprivate var isPlain: Bool { weight.dtype == .float32 && weight.count > 0 && weight.isContiguous && bias?.isContiguous ?? true }
}
