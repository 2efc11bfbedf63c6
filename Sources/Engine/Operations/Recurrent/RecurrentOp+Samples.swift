extension RecurrentOp: SampleSplit {
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand == 1 || operand == 2 || operand >= biasAt }

  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double {
    Double(inputs[0][0]) * Double(inputs[0][1]) * (Double(inputs[1].reduce(1, *)) + Double(inputs[2].reduce(1, *)))
  }

  /// What arrives at the sums that go into the gates, at every step, with what they were made of.
  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    let x = step.pass.input(0), steps = x.shape[0], samples = step.samples
    guard x.shape[1] == samples, let (_, walk) = try walked(dy, step.pass) else { throw SamplesDiffer() }
    trace.walk = (dy, walk)
    let isInput = operand == 1 || operand == biasAt
    let sums = try (isInput ? walk.input : walk.hidden).reshape([steps, samples, -1]).transpose(0, 1)
    if operand >= biasAt { return WholePart(g: try sums.sum([1])) }
    return OuterPart(d: try sums.copied(), a: try (isInput ? x : before(step.pass)).transpose(0, 1).copied())
  }

  /// The state that each step began with.
  private func before(_ pass: BackwardStep) throws -> Tensor {
    let steps = pass.input(0).shape[0], first = try pass.input(3).unsqueeze(0)
    guard steps > 1 else { return first }
    let rest = try pass.result.narrow(0, isReversed ? 1 : 0, steps - 1)
    return try Tensor.cat(isReversed ? [rest, first] : [first, rest], 0)
  }
}
