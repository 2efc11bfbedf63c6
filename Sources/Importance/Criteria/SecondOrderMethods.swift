import Builtins
import Engine
import NN

extension CriterionMethod {
  static let hvp = CriterionMethod(
    builtin: Builtin("hvp", "The Hessian of the objective times a vector, over all scored parameters: hvp(v) of a formula v.", formula: "H v", run: product),
    needs: .objective, cost: "one forward pass, one backward pass and one through the backward pass, over the data", isInvariantToRescaling: false,
    misleads: "It is no score by itself.", takesFormula: true, parts: MethodParts.alongVector)

  static let grasp = CriterionMethod(
    builtin: Builtin(
      "grasp", "How much the flow of gradients shrinks when the weight is removed: what scores lowest is pruned first.",
      .option("temperature", 200.0, in: 1e-6...1e9, "What the logits are divided by."),
      formula: "w (H g), of the loss of the logits divided by the temperature; the paper's S is -w (H g), whose highest go first",
      source: Source("Wang, Zhang and Grosse 2020, eq. 8", arXiv: "2002.07376"), run: grasped),
    needs: .objective, cost: "a gradient and one Hessian-vector product over the data", isInvariantToRescaling: false,
    misleads: "It was made for networks before training. It depends on the batch and on the temperature, and the scores of a trained network are noise around 0.", parts: MethodParts.product("(H g)"))
}

/// `H v` over all samples, block by block.
/// - Source: Pearlmutter 1994.
private func product(_ run: MethodRun) throws -> MethodScores {
  guard let operand = run.operand else { return MethodScores(tensors: []) }
  return MethodScores(tensors: try run.product(run.scores(operand)))
}

private func grasped(_ run: MethodRun, temperature: Double) throws -> MethodScores {
  let inner = run.request.objective
  let cooled = Objective.function(inner.text) { out, y in try inner.perSample(out / temperature, y) }
  let g = try run.scores(.g, for: cooled)
  let product = try run.product(g, for: cooled)
  return MethodScores(tensors: try Recording.with(.none) { try zip(run.values, product).map { try $0.detached() * $1 } })
}

extension MethodRun {
  /// What a pass that is differentiated again takes, beside one that is not.
  static let secondOrder = 12.0

  /// The Hessian of the objective, the mean over the samples, times a vector.
  func product(_ v: [Tensor], for objective: Objective? = nil) throws -> [Tensor] {
    let request = try request(.g, for: objective), values = self.values
    let blocks = try self.blocks(Self.secondOrder)
    let sums = try resuming(blocks.count, from: [Tensor?](repeating: nil, count: values.count), of: "product") { sums, i in
      let rows = blocks[i]
      let parts = try Recording.with(.all) {
        let g = try request.total(rows, in: request.run).total.gradients(with: values, keepsHistory: true)
        let dots = try zip(g, v).compactMap { g, v in try g.map { try ($0 * v).sum() } }
        guard let first = dots.first else { return [Tensor?](repeating: nil, count: values.count) }
        return try dots.dropFirst().reduce(first) { try $0 + $1 }.gradients(with: values)
      }
      try Recording.with(.none) {
        for (i, part) in parts.enumerated() {
          guard let part = part?.detached() else { continue }
          sums[i] = try sums[i].map { try $0.to(.float64) + part.to(.float64) } ?? part
        }
      }
      report(Double(rows.upperBound) / Double(max(1, request.sampleCount)))
    }
    let n = Double(max(1, request.sampleCount))
    return try Recording.with(.none) {
      try zip(sums, values).map { try $0.map { try $0 / n }?.to($1.dtype) ?? Tensor.zeros($1.shape, $1.dtype) }
    }
  }
}
