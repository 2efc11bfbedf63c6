import CKernels

/// `y = x ⋆ w + b`. The three operations here are each other's derivatives, since each is linear in both of its inputs.
struct ConvolutionOp: Primitive {
  let plan: ConvolutionPlan
  static var name: String { "convolution" }
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.convolve(plan, x[0], x[1], bias: x.count == 3 ? x[2] : nil)
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let dx = pass.wants[0] ? try ConvolutionInputGradOp(plan: plan).apply([dy, pass.input(1)]) : nil
    let wantsBias = pass.wants.count == 3 && pass.wants[2]
    guard pass.wants[1] else { return [dx, nil, wantsBias ? try dy.summedOverPlaces() : nil] }
    guard Recording.current == .none else {
      let dw = try ConvolutionWeightGradOp(plan: plan).apply([pass.input(0), dy])
      return [dx, dw, wantsBias ? try dy.summedOverPlaces() : nil]
    }
    // Both from one reading of dy.
    let (dw, db) = try Kernel.convolveWeights(plan, pass.input(0), dy, wantsBias: wantsBias)
    return [dx, dw, db]
  }
}

/// A primitive for the passes over memory that it saves: the sum is never written before it is cut off at 0.
struct ConvolutionReLUOp: Primitive {
  static var parts: [any Primitive.Type] { [ConvolutionOp.self, ReLUOp.self] }
  let plan: ConvolutionPlan
  static var name: String { "convolution" }
  var saves: Saves { [.first, .second, .output] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.convolve(plan, x[0], x[1], bias: x.count == 3 ? x[2] : nil, relu: true)
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    try ConvolutionOp(plan: plan).vjp(ReLUGradOp().apply([dy, pass.result]), pass)
  }
}

/// The gradient of a convolution with respect to its input, from dy and w: the transposed convolution.
struct ConvolutionInputGradOp: Primitive {
  let plan: ConvolutionPlan
  static var name: String { "transposed convolution" }
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.convolveBack(plan, x[0], x[1]) }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [
      pass.wants[0] ? try ConvolutionOp(plan: plan).apply([dy, pass.input(1)]) : nil,
      pass.wants[1] ? try ConvolutionWeightGradOp(plan: plan).apply([dy, pass.input(0)]) : nil,
    ]
  }
}

/// The gradient of a convolution with respect to its weight, from x and dy.
struct ConvolutionWeightGradOp: Primitive {
  let plan: ConvolutionPlan
  static var name: String { "the weight gradient of a convolution" }
  var saves: Saves { [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try Kernel.convolveWeights(plan, x[0], x[1], wantsBias: false).weight }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [
      pass.wants[0] ? try ConvolutionInputGradOp(plan: plan).apply([pass.input(1), dy]) : nil,
      pass.wants[1] ? try ConvolutionOp(plan: plan).apply([pass.input(0), dy]) : nil,
    ]
  }
}

extension Tensor {
  /// One number a channel: the sum over the samples and their places.
  func summedOverPlaces() throws(TensorError) -> Tensor { try sum([0] + Array(2..<rank)) }
}
