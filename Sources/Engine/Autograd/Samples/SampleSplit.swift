/// An operation whose gradients with respect to what all samples share come apart into those of each.
protocol SampleSplit: CountedWork {
  /// The gradient behind what the operation does last, where that is an operation of its own, such as a ReLU.
  func opened(_ dy: Tensor, _ pass: BackwardStep) throws -> Tensor
  /// As `vjp`, from there on.
  func vjp(opened dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?]
  /// Whether it can tell them apart for an operand of that shape.
  func splits(_ operand: Int, _ shape: [Int]) -> Bool
  /// What the samples contribute for an operand.
  /// - Parameter dy: the opened gradient.
  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart
}

/// An operation that is more work than a step for each number that it puts out.
protocol CountedWork: Primitive {
  /// How many multiplications it takes, from the shapes.
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double
}

extension SampleSplit {
  func opened(_ dy: Tensor, _ pass: BackwardStep) throws -> Tensor { dy }
  func vjp(opened dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { try vjp(dy, pass) }
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { 0 }

  /// Of a product: each number of the output is a sum over the last dimension of the first input.
  func multiplications(ofRows inputs: [[Int]], _ output: [Int]) -> Double {
    output.reduce(Double(inputs.first?.last ?? 0)) { $0 * Double($1) }
  }
}

/// One step of a backward pass over several samples.
struct SplitStep {
  let pass: BackwardStep
  let samples: Int
  /// Where the samples lie in the output.
  let axis: SampleAxis
  /// The shape of the output for one sample.
  let alone: [Int]
  /// The shape of the operand.
  let shape: [Int]

  /// A tensor with as many rows as the output: its samples, positions and columns.
  func rows(_ t: Tensor, of output: Tensor) throws -> Tensor {
    let width = output.shape.last ?? 1
    guard t.rank > 0, width > 0 else { throw SamplesDiffer() }
    let columns = t.shape[t.rank - 1]
    return try SampleAxis(before: axis.before, after: axis.after / width * columns).apart(t, samples, trailing: [columns])
  }
}

extension LinearOp: SampleSplit {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { multiplications(ofRows: inputs, output) }
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand > 0 }

  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    let d = try step.rows(dy, of: dy)
    if operand == 2 { return WholePart(g: d.shape[1] == 1 ? try d.reshape([d.shape[0], d.shape[2]]) : try d.sum([1])) }
    return OuterPart(d: d, a: try step.rows(step.pass.input(0), of: dy))
  }
}

extension LinearReLUOp: SampleSplit {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { multiplications(ofRows: inputs, output) }
  func opened(_ dy: Tensor, _ pass: BackwardStep) throws -> Tensor { try ReLUGradOp().apply([dy, pass.result]) }
  func vjp(opened dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { try LinearOp().vjp(dy, pass) }
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand > 0 }
  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart { try LinearOp().part(operand, dy, step) }
}

extension MatmulOp: SampleSplit {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { multiplications(ofRows: inputs, output) }
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand == 1 && shape.count == 2 }

  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    OuterPart(d: try step.rows(step.pass.input(0), of: dy), a: try step.rows(dy, of: dy))
  }
}

extension ExpandOp: SampleSplit {
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { true }
  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    WholePart(g: try step.axis.summed(dy, step.samples, alone: step.alone, to: from))
  }
}

extension IndexSelectOp: SampleSplit {
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { dim == 0 && from.count >= 1 }

  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    let row = Array(from.dropFirst()), width = row.reduce(1, *)
    guard width > 0 else { throw SamplesDiffer() }
    let d = try step.axis.apart(dy, step.samples, trailing: row)
    let list = SampleAxis(before: step.axis.before, after: step.axis.after / width)
    let numbers = try list.apart(places, step.samples, trailing: [])
    return LookupPart(d: d, places: numbers, shape: from)
  }
}

extension LayerNormOp: SampleSplit {
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand > 0 }

  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    let isWeight = hasWeight && operand == 1
    return WholePart(g: try step.rows(isWeight ? dy * normal(step.pass.input(0)) : dy, of: dy).sum([1]))
  }

  /// The rows before weight and bias.
  private func normal(_ x: Tensor) throws -> Tensor {
    let column = [x.shape[0], 1]
    if let mean = found.mean, let rstd = found.rstd { return try (x - mean.reshape(column)) * rstd.reshape(column) }
    let centred = try x - x.mean([1], keepdim: true)
    return try centred * (centred.square().mean([1], keepdim: true) + eps).rsqrt()
  }
}
