import Builtins
import Engine

/// What outputs are judged by, beside the loss.
public enum MetricName: String, Choice {
  /// Accuracy for labels, r2 for real targets.
  case auto
  /// The share of samples whose label is the predicted one.
  case accuracy
  /// 1 less the squared errors over those of the mean of the targets.
  case r2
  /// The mean squared error.
  case mse
}

/// A metric that is gathered batch by batch.
struct Metric {
  let name: MetricName
  private var hits = 0.0, samples = 0, numbers = 0
  private var sum: [Double] = [], squares: [Double] = [], errors: [Double] = []

  init(_ name: MetricName, isOfLabels: Bool) {
    self.name = name == .auto ? (isOfLabels ? .accuracy : .r2) : name
  }

  var isBetterWhenLarger: Bool { name != .mse }

  /// Takes in a batch. Outputs of one logit a sample count as class 1 above 0.
  mutating func add(_ output: Tensor, _ target: Tensor) throws {
    samples += target.rank == 0 ? 1 : target.shape[0]
    numbers += output.count
    switch name {
    case .auto: break
    case .accuracy: hits += try Metric.hits(output, target)
    case .r2, .mse: try addErrors(output.detached(), matched(target, output))
    }
  }

  private static func hits(_ output: Tensor, _ target: Tensor) throws -> Double {
    let isOneLogit = output.shape == target.shape || output.count == target.count
    if isOneLogit {
      let predicted = try output.detached().gt(0.0).to(.int64)
      return try predicted.eq(matched(target.to(.int64), predicted)).to(.int64).sum().item() * Double(target.rank == 0 ? 1 : target.shape[0]) / Double(max(output.count, 1))
    }
    let predicted = try output.detached().argmax(output.rank == 1 ? 0 : 1)
    // Targets that are shares of the classes count by the largest.
    let labels = target.dtype.isFloating && target.shape == output.shape ? try target.argmax(1) : target
    guard predicted.shape == labels.shape else {
      throw TensorError.shape("accuracy", expected: "labels of \(predicted.shape)", met: labels.shape, operand: 1)
    }
    // Of several places a sample, as pixels, each counts by its share.
    let perSample = max(predicted.count / max(predicted.shape.first ?? 1, 1), 1)
    return try predicted.eq(labels).to(.int64).sum().item() / Double(perSample)
  }

  private mutating func addErrors(_ output: Tensor, _ target: Tensor) throws {
    let rows = max(target.rank == 0 ? 1 : target.shape[0], 1), columns = target.count / rows
    let error = try (output - target).reshape([rows, columns])
    let y = try target.reshape([rows, columns])
    let new = [try (error * error).sum([0]).doubles(), try y.sum([0]).doubles(), try (y * y).sum([0]).doubles()]
    if errors.isEmpty { (errors, sum, squares) = (new[0], new[1], new[2]) } else {
      for i in errors.indices where i < new[0].count {
        errors[i] += new[0][i]
        sum[i] += new[1][i]
        squares[i] += new[2][i]
      }
    }
  }

  /// The metric of all batches so far; NaN where there was none. r2 is averaged over the outputs.
  var value: Double {
    guard samples > 0 else { return .nan }
    switch name {
    case .auto, .accuracy: return hits / Double(samples)
    case .mse: return errors.reduce(0, +) / Double(max(numbers, 1))
    case .r2:
      let n = Double(samples)
      let shares = errors.indices.map { i in
        let spread = squares[i] - sum[i] * sum[i] / n
        return spread > 0 ? 1 - errors[i] / spread : errors[i] == 0 ? 1 : -Double.infinity
      }
      return shares.isEmpty ? .nan : shares.reduce(0, +) / Double(shares.count)
    }
  }
}
