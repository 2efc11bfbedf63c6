import Builtins
import Engine
import NN

/// What every attribution method works on: a model, what it is called with, and which of its outputs counts.
struct Scorer {
  let inputs: [Tensor]
  private let model: Module, run: Run
  private let target: AttributionTarget?
  private let others: [any Value]

  init(_ run: Run, _ model: Module, _ inputs: [Tensor], _ target: AttributionTarget?, _ others: [Anything]?) throws {
    guard !inputs.isEmpty else { throw AttributionError.noInputs }
    for (i, input) in inputs.enumerated() where !input.dtype.isFloating { throw AttributionError.input(i, input.dtype) }
    (self.inputs, self.model, self.run, self.target) = (inputs.map { $0.detached() }, model, run, target)
    self.others = (others ?? []).map(\.value)
  }

  /// The gradient of the output that counts in each row, summed over the rows, with respect to each input. Those of
  /// weights are not computed.
  /// - Shape: `points`, each that of an input, to gradients of the same shapes.
  func gradients(at points: [Tensor]) throws -> [Tensor] {
    let leaves = points.map { $0.requiringGrad() }
    let result = try Recording.with(.required) { try run(model, leaves + others) }
    guard let output = try Tensor.accept(result) else { throw AttributionError.notATensor(type(of: result).aKind) }
    let seed = try Recording.with(.none) { try AttributionTarget.seed(target, for: output) }
    return try output.gradients(with: leaves, seed: seed).enumerated().map { i, gradient in
      guard let gradient else { throw AttributionError.independent(i) }
      return gradient
    }
  }

  /// What a method gives for each input: alone where there is one.
  func perInput(_ tensors: [Tensor]) -> any Value { tensors.count == 1 ? tensors[0] : List(tensors) }
}
