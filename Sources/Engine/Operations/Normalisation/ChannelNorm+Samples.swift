extension ChannelNormOp: SampleSplit {
  func opened(_ dy: Tensor, _ pass: BackwardStep) throws -> Tensor { relu ? try ReLUGradOp().apply([dy, pass.result]) : dy }

  func vjp(opened dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let plain = ChannelNormOp(sets: sets, eps: eps, moments: moments, isGiven: isGiven, hasWeight: hasWeight, hasBias: hasBias, relu: false)
    return try plain.vjp(dy, pass)
  }

  /// Moments over a batch mix its samples.
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand > 0 && (isGiven || sets != .channels) }

  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    guard try step.pictures() == 1 else { throw SamplesDiffer() }
    let both = try NormPlan(samplesOf: step.pass.input(0), sets).gradientsOfSamples(dy, moments, eps: eps)
    return WholePart(g: hasWeight && operand == 1 ? both.weight : both.bias)
  }
}
