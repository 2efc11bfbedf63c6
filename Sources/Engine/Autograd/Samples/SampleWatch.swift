/// Where what all samples share enters what each of them is: an operand of a step that has a row a sample.
struct SampleEdge {
  let operand: Int
  /// Where the operand stands in the history.
  let from: Int
  /// The tensors asked for that the operand is, or is made of.
  let targets: [Int]
}

/// A step of a backward pass over several samples.
struct SampleStep {
  let slot: Int
  let node: Node
  let pass: BackwardStep
}

/// What looks on while a backward pass goes by, and takes from each watched step what the samples contribute there.
final class SampleWatch {
  /// By the step that they belong to.
  let edges: [Int: [SampleEdge]]
  private let visit: (SampleEdge, any SamplePart, SampleStep) throws -> Void
  private let split: (SampleStep, SampleEdge) throws -> SplitStep

  init(
    _ edges: [Int: [SampleEdge]], split: @escaping (SampleStep, SampleEdge) throws -> SplitStep,
    visit: @escaping (SampleEdge, any SamplePart, SampleStep) throws -> Void
  ) {
    (self.edges, self.split, self.visit) = (edges, split, visit)
  }

  /// Takes the parts of a step, and gives what its operation hands on.
  /// - Parameter goesOn: whether anything is handed on.
  func spread(_ dy: Tensor, _ step: SampleStep, _ edges: [SampleEdge], goesOn: Bool) throws -> [Tensor?] {
    guard let operation = step.node.operation else { return [] }
    let known = operation as? any SampleSplit
    let opened = try known?.opened(dy, step.pass) ?? dy
    for edge in edges {
      let split = try split(step, edge)
      if let known {
        try visit(edge, known.part(edge.operand, opened, split), step)
      } else {
        try visit(edge, Self.stretched(operation, opened, step, edge, split), step)
      }
    }
    guard goesOn else { return step.pass.wants.map { _ in nil } }
    return try known?.vjp(opened: opened, step.pass) ?? operation.vjp(dy, step.pass)
  }

  /// An operand that was stretched over the samples: its gradient before it is summed back.
  private static func stretched(_ operation: any Primitive, _ dy: Tensor, _ step: SampleStep, _ edge: SampleEdge, _ split: SplitStep) throws -> any SamplePart {
    var wants = Wants()
    for i in 0..<step.node.inputs.count { wants.append(i == edge.operand) }
    let found = try operation.vjp(dy, BackwardStep(kept: step.pass.kept, output: step.pass.output, wants: wants))
    guard let g = found[edge.operand], g.shape == step.node.shape else { throw SamplesDiffer() }
    return WholePart(g: try split.axis.summed(g, split.samples, alone: split.alone, to: split.shape))
  }
}

extension Backward {
  /// The gradient of one node with respect to another in its history.
  static func gradients(of node: Node, seed: Tensor, with target: Node) throws -> Tensor? {
    let y = seed.detached(), t = seed.detached()
    (y.node, t.node) = (node, target)
    return try gradients(of: [y], seeds: [seed], with: [t], keepsHistory: false)[0]
  }
}
