extension ConvolutionPlan {
  /// Of this convolution, and as many of each of its derivatives.
  var multiplications: Double {
    weightShape.dropFirst().reduce(outputShape.reduce(1.0) { $0 * Double($1) }) { $0 * Double($1) }
  }
}

extension ConvolutionOp: SampleSplit {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { plan.multiplications }
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand > 0 }

  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    try step.checkFirst()
    guard operand == 2 else { return try ConvolutionPart(plan, step.pass.input(0), dy) }
    return WholePart(g: try dy.sum(Array(2..<dy.rank), keepdim: false))
  }
}

extension ConvolutionReLUOp: SampleSplit {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { plan.multiplications }
  func opened(_ dy: Tensor, _ pass: BackwardStep) throws -> Tensor { try ReLUGradOp().apply([dy, pass.result]) }
  func vjp(opened dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { try ConvolutionOp(plan: plan).vjp(dy, pass) }
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand > 0 }
  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart { try ConvolutionOp(plan: plan).part(operand, dy, step) }
}

extension ConvolutionInputGradOp: SampleSplit {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double { plan.multiplications }
  func splits(_ operand: Int, _ shape: [Int]) -> Bool { operand == 1 }

  /// The weight gradient of a transposed convolution is that of the convolution which it turns round.
  func part(_ operand: Int, _ dy: Tensor, _ step: SplitStep) throws -> any SamplePart {
    try step.checkFirst()
    return try ConvolutionPart(plan, dy, step.pass.input(0))
  }
}

extension SplitStep {
  /// Pictures stand in the first dimension: samples that share it with something else are not pulled apart here.
  func checkFirst() throws {
    guard axis.before == 1, alone.first == 1 else { throw SamplesDiffer() }
  }
}
