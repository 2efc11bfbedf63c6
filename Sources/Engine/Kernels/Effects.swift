import CKernels

/// The entries of a matrix that are not 0, row by row: which samples a change moves, and how far.
public struct Moves {
  private let rows: [Int32], columns: [Int32]
  private let values: Tensor
  public let count: Int

  /// - Shape: `steps [samples, changes]`, float32 or float64, both sizes below 2³¹.
  public init(_ steps: Tensor) throws(TensorError) {
    let x = try steps.contiguous()
    let size = x.count
    let (height, width) = (x.shape[0], x.shape[1]), isDouble = x.dtype == .float64
    let kept = try Tensor.empty([size], x.dtype)
    var found = 0, row = [Int32](repeating: 0, count: size), column = row
    row.withUnsafeMutableBufferPointer { row in
      column.withUnsafeMutableBufferPointer { column in
        found = isDouble
          ? pith_places_f64(x.f64, height, width, row.baseAddress, column.baseAddress, kept.f64)
          : pith_places_f32(x.f32, height, width, row.baseAddress, column.baseAddress, kept.f32)
      }
    }
    (rows, columns, values) = (row, column, kept)
    count = found
  }

  /// The samples of a range of moves.
  /// - Shape: int64 `[range]`.
  public func samples(_ range: Range<Int>) throws(TensorError) -> Tensor { try Tensor(rows[range].map(Int.init), [range.count]) }

  /// `base[sample] + step * directions[change]` for each of a range of moves.
  /// - Parameter relu: whether what is below 0 becomes 0.
  /// - Shape: `base [samples, width]` and `directions [changes, width]`, or `[1, width]` for all, of the dtype of the steps to `[range, width]`.
  public func rows(_ range: Range<Int>, from base: Tensor, along directions: Tensor, relu: Bool) throws(TensorError) -> Tensor {
    let (base, directions) = (try base.contiguous(), try directions.contiguous())
    let width = base.shape[1], at = range.lowerBound, isDouble = base.dtype == .float64
    let y = try Tensor.empty([range.count, width], base.dtype)
    guard width > 0, !range.isEmpty else { return y }
    rows.withUnsafeBufferPointer { rows in
      columns.withUnsafeBufferPointer { columns in
        guard let row = rows.baseAddress, let all = columns.baseAddress else { return }
        let column = directions.shape[0] == 1 ? nil : all + at
        if isDouble {
          pith_moved_rows_f64(base.f64, directions.f64, width, row + at, column, values.f64 + at, range.count, relu ? 1 : 0, y.f64)
        } else {
          pith_moved_rows_f32(base.f32, directions.f32, width, row + at, column, values.f32 + at, range.count, relu ? 1 : 0, y.f32)
        }
      }
    }
    return y
  }

  /// Adds for each of a range of moves how far its number is from that of its sample to the sum of its change.
  /// - Shape: `numbers [range]`, `base [samples]`.
  public func add(_ numbers: Tensor, _ range: Range<Int>, over base: Tensor, to sums: inout [Double]) throws(TensorError) {
    let (x, base) = (try numbers.contiguous(), try base.contiguous())
    let at = range.lowerBound, isDouble = base.dtype == .float64
    rows.withUnsafeBufferPointer { rows in
      columns.withUnsafeBufferPointer { columns in
        guard let row = rows.baseAddress, let column = columns.baseAddress else { return }
        sums.withUnsafeMutableBufferPointer { sums in
          if isDouble {
            pith_add_differences_f64(x.f64, base.f64, row + at, column + at, range.count, sums.baseAddress)
          } else {
            pith_add_differences_f32(x.f32, base.f32, row + at, column + at, range.count, sums.baseAddress)
          }
        }
      }
    }
  }

  /// Writes the same differences into a matrix `[samples, changes]` that is the caller's own.
  public func put(_ numbers: Tensor, _ range: Range<Int>, over base: Tensor, into matrix: Tensor) throws(TensorError) {
    let (x, base) = (try numbers.contiguous(), try base.contiguous())
    let at = range.lowerBound, isDouble = base.dtype == .float64, width = matrix.shape[1]
    rows.withUnsafeBufferPointer { rows in
      columns.withUnsafeBufferPointer { columns in
        guard let row = rows.baseAddress, let column = columns.baseAddress else { return }
        if isDouble {
          pith_put_differences_f64(x.f64, base.f64, row + at, column + at, range.count, width, matrix.f64)
        } else {
          pith_put_differences_f32(x.f32, base.f32, row + at, column + at, range.count, width, matrix.f32)
        }
      }
    }
  }
}

/// Samples whose rows before a linear layer move along directions: the layer gives scores for classes, with a cross-entropy.
public struct MovedLosses {
  private let base: Tensor, layer: LinearLayer, labels: Tensor, losses: Tensor
  private let hasReLU: Bool

  /// - Parameters:
  ///   - hasReLU: whether what is below 0 in a row becomes 0, once it has moved.
  ///   - losses: of the samples, without any move.
  /// - Shape: float32 `base [n, width]`, `losses [n]`; int64 `labels [n]`, each a class.
  /// - Returns: nil for another dtype, and on a processor without the vectors for it.
  public init?(_ base: Tensor, hasReLU: Bool, _ layer: LinearLayer, labels: Tensor, losses: Tensor) throws(TensorError) {
    guard Self.isAvailable, !Kernel.rounds, !layer.hasReLU, [base, layer.weight, losses].allSatisfy({ $0.dtype == .float32 }) else { return nil }
    let bias = try layer.bias.map { b throws(TensorError) in try b.contiguous() }
    (self.base, self.layer, self.hasReLU) = (try base.contiguous(), LinearLayer(try layer.weight.contiguous(), bias, hasReLU: false), hasReLU)
    (self.labels, self.losses) = (try labels.contiguous(), try losses.contiguous())
  }

  private static let isAvailable = pith_moved_losses_are_fast() != 0

  /// The sum over the samples of how far each change moves the cross-entropy; samples with a step of 0 are not looked at.
  /// - Shape: `steps [n, changes]`, `directions [changes, width]`, or `[1, width]` for all, to float64 `[changes]`.
  public func rises(_ steps: Tensor, along directions: Tensor) throws(TensorError) -> [Double] {
    let steps = steps.strides[1] == 1 ? steps : try steps.contiguous(), directions = try directions.contiguous()
    var out = [Double](repeating: 0, count: steps.shape[1])
    var job = pith_moved_losses(
      samples: steps.shape[0], changes: out.count, width: base.shape[1], classes: layer.weight.shape[0], base: base.f32, along: directions.f32,
      has_one_direction: directions.shape[0] == 1 ? 1 : 0, step: steps.f32, step_row: steps.strides[0], relu: hasReLU ? 1 : 0,
      weight: layer.weight.f32, bias: layer.bias.map { UnsafePointer($0.f32) }, label: labels.i64, loss: losses.f32)
    let status = out.withUnsafeMutableBufferPointer { pith_moved_losses_f32(&job, $0.baseAddress) }
    guard status == 0 else { throw .tooLarge(shape: directions.shape, bytes: 4 * Double(directions.count + layer.weight.count), limit: Pool.shared.limit) }
    guard !Interrupt.isSet else { throw .interrupted }
    return out
  }
}

/// What stands between a unit's sum and what the next layer is given of it.
public enum UnitActivation: Sendable {
  case identity, relu, tanh, sigmoid, gelu, silu, softplus

  fileprivate var code: Int32 {
    switch self {
    case .identity: -1
    case .relu: Int32(PITH_UNARY_RELU.rawValue)
    case .tanh: Int32(PITH_UNARY_TANH.rawValue)
    case .sigmoid: Int32(PITH_UNARY_SIGMOID.rawValue)
    case .gelu: Int32(PITH_UNARY_GELU.rawValue)
    case .silu: Int32(PITH_UNARY_SILU.rawValue)
    case .softplus: Int32(PITH_UNARY_SOFTPLUS.rawValue)
    }
  }
}

/// Samples whose scores for classes move when one weight of a layer changes.
///
/// A weight that changes by a step moves its unit's sum by step × input, the unit's output by what the activation makes of
/// that, and the scores by as much along the unit's direction.
public struct WeightLosses {
  private let input: Tensor, sums: Tensor, directions: Tensor, scores: Tensor, chances: Tensor, labels: Tensor
  private let activation: UnitActivation

  /// - Shape: float32 `input [n, inputs]`, `sums [n, units]`, `directions [units, classes]`, `scores [n, classes]`; int64
  ///   `labels [n]`, each a class.
  public init(input: Tensor, sums: Tensor, _ activation: UnitActivation, directions: Tensor, scores: Tensor, labels: Tensor) throws(TensorError) {
    (self.input, self.sums, self.directions) = (try input.contiguous(), try sums.contiguous(), try directions.contiguous())
    (self.scores, self.labels, self.activation) = (try scores.contiguous(), try labels.contiguous(), activation)
    chances = try scores.softmax(1).contiguous()
  }

  /// How much each change of a weight by its step raises the sum of the cross-entropies, for a range of units.
  /// - Shape: `steps [units, inputs]` to float64 `[range, inputs]`.
  /// - Numerics: good to float rounding of the rise, not of the loss.
  public func rises(_ steps: Tensor, units range: Range<Int>) throws(TensorError) -> [Double] {
    let steps = try steps.contiguous()
    var job = pith_weight_losses(
      samples: input.shape[0], inputs: input.shape[1], units: sums.shape[1], classes: scores.shape[1], input: input.f32, z: sums.f32, step: steps.f32,
      along: directions.f32, score: scores.f32, chance: chances.f32, label: labels.i64, activation: activation.code)
    var out = [Double](repeating: 0, count: range.count * input.shape[1])
    let status = out.withUnsafeMutableBufferPointer { pith_weight_losses_f32(&job, range.lowerBound, range.upperBound, $0.baseAddress) }
    guard status == 0 else { throw .tooLarge(shape: [64, input.shape[1]], bytes: 512 * Double(input.shape[1]), limit: 0) }
    guard !Interrupt.isSet else { throw .interrupted }
    return out
  }
}
