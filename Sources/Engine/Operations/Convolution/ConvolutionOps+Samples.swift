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
    let pictures = try step.pictures()
    guard operand == 2 else { return try ConvolutionPart(plan, step.pass.input(0), dy, pictures: pictures) }
    let g = try dy.sum(Array(2..<dy.rank), keepdim: false)
    return WholePart(g: pictures == 1 ? g : try g.reshape([step.samples, pictures, g.shape[1]]).sum([1]))
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
    return try ConvolutionPart(plan, dy, step.pass.input(0), pictures: step.pictures())
  }
}

extension SplitStep {
  /// How many pictures of a sample stand in the first dimension, such as the planes of a volume: all of one sample, then all
  /// of the next.
  func pictures() throws -> Int {
    guard axis.before == 1, let count = alone.first, count > 0 else { throw SamplesDiffer() }
    return count
  }
}
