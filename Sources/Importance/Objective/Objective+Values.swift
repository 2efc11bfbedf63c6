import Builtins
import Engine
import NN

extension Objective {
  /// The objective of each sample.
  /// - Shape: `out [n, *]`, targets `[n, *]` to `[n]`.
  /// - Throws: `ObjectiveError` where they do not fit.
  public func perSample(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    guard out.rank > 0, out.dtype.isFloating else { throw ObjectiveError.output(text, expected: "[n, *]", met: out.shape) }
    switch self {
    case .loss(let loss): return try loss.perSample(out, y)
    case .logit: return try picked(classes(out), labels(out, y))
    case .prob: return try picked(classes(out).softmax(1), labels(out, y))
    case .logprob: return try picked(classes(out).logSoftmax(1), labels(out, y))
    case .margin: return try margin(classes(out), y)
    case .classLogit(let k): return try column(classes(out), k)
    case .output(let k): return try column(out.rank == 1 ? out.reshape([out.count, 1]) : classes(out), k)
    case .function(_, let body):
      let numbers = try body(out, y)
      guard numbers.count == out.shape[0], numbers.shape.first == out.shape[0], numbers.dtype.isFloating else {
        throw ObjectiveError.numbers(expected: out.shape[0], met: numbers.shape)
      }
      return try numbers.reshape([out.shape[0]])
    }
  }

  /// The sum of the objective over the samples, whose derivatives are those of each sample's own.
  func total(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    if case .loss(let loss) = self, let y, y.dtype == .int64, out.rank == 2, out.dtype.isFloating, out.shape[1] > 0,
      try loss.chosen(for: y) == .cross_entropy
    {
      // One step of the engine, forward and back.
      return try out.crossEntropy(checkedLabels(y, out.shape, LossName.cross_entropy.rawValue), .sum)
    }
    return try perSample(out, y).sum()
  }

  private func classes(_ out: Tensor) throws(ObjectiveError) -> Tensor {
    guard out.rank == 2, out.shape[1] > 0 else { throw .output(text, expected: "[n, classes]", met: out.shape) }
    return out
  }

  /// The labels, or the predicted classes where there are none.
  private func labels(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    guard let y, y.dtype == .int64 else { return try Recording.with(.none) { try out.detached().argmax(1) } }
    return try checkedLabels(y, out.shape, text)
  }

  private func picked(_ out: Tensor, _ labels: Tensor) throws(TensorError) -> Tensor { try out.elements(inColumns: labels) }

  private func column(_ out: Tensor, _ k: Int) throws -> Tensor {
    guard k >= 0, k < out.shape[1] else { throw ObjectiveError.classOutside(text, met: k, classes: out.shape[1]) }
    return try out.select(1, k)
  }

  private func margin(_ out: Tensor, _ y: Tensor?) throws -> Tensor {
    guard out.shape[1] > 1 else { throw ObjectiveError.output(text, expected: "[n, classes] with two classes or more", met: out.shape) }
    let labels = try labels(out, y)
    let rival = try Recording.with(.none) {
      let places = try labels.reshape([labels.count, 1]).eq(Tensor(Array(0..<out.shape[1]), [1, out.shape[1]]))
      return try out.detached().maskedFill(places, Tensor.number(-Double.infinity)).argmax(1)
    }
    return try picked(out, labels) - picked(out, rival)
  }
}

extension Tensor {
  /// The element of each row in the column that stands for it. The columns are known to lie inside.
  func elements(inColumns columns: Tensor) throws(TensorError) -> Tensor {
    let (rows, width) = (shape[0], shape[1])
    let places = try Tensor((0..<rows).map { $0 * width }) + columns
    return try reshape([rows * width]).indexSelect(0, places)
  }
}

/// Labels as a list of one for each row of the outputs, each a class of the model.
func checkedLabels(_ y: Tensor, _ out: [Int], _ name: String) throws -> Tensor {
  guard y.dtype == .int64, y.count == out[0] else {
    throw ObjectiveError.targets(name, expected: "int64 labels [\(out[0])]", met: y.shape, y.dtype)
  }
  guard y.count > 0 else { return try y.reshape([0]) }
  for extreme in [try y.detached().amin().item(), try y.detached().amax().item()] {
    let label = Int(extreme)
    guard label >= 0, label < out[1] else { throw ObjectiveError.classOutside(name, met: label, classes: out[1]) }
  }
  return try y.reshape([y.count])
}
