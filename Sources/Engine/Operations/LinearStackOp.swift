import CKernels

/// Linear layers one after the other, with the ReLUs between them.
///
/// A primitive for the passes over memory that it saves, forward and back, and the nodes: half the work of a small network.
struct LinearStackOp: Primitive {
  static var name: String { "linear" }
  static var parts: [any Primitive.Type] { [LinearOp.self, ReLUOp.self] }
  /// The output tells what its own ReLU let through.
  var saves: Saves { shapes.last?.hasReLU == true ? .everything : .inputs }

  /// Of each layer, in order, what its tensors do not say.
  private let shapes: [(hasBias: Bool, hasReLU: Bool)]
  private let between = Between()

  /// The outputs of all layers but the last, whose node holds this.
  private final class Between {
    var outputs: [Tensor] = []
  }

  /// The output of layers that `LinearStack.isFast` says yes to.
  static func apply(_ x: Tensor, _ layers: [LinearLayer]) throws(TensorError) -> Tensor {
    guard pith_recording() != 0 else { return try LinearStack.last(fast: x, layers) }
    var operands = [x]
    operands.reserveCapacity(1 + 2 * layers.count)
    for layer in layers {
      operands.append(layer.weight)
      if let bias = layer.bias { operands.append(bias) }
    }
    return try LinearStackOp(shapes: layers.map { ($0.bias != nil, $0.hasReLU) }).apply(operands)
  }

  private init(shapes: [(hasBias: Bool, hasReLU: Bool)]) { self.shapes = shapes }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var outputs = try LinearStack(fast: x[0], layers { x[$0] }).outputs
    let last = outputs.removeLast()
    between.outputs = outputs
    return last
  }

  private func layers(_ operand: (Int) -> Tensor) -> [LinearLayer] {
    var next = 1
    return shapes.map { hasBias, hasReLU in
      defer { next += hasBias ? 2 : 1 }
      return LinearLayer(operand(next), hasBias ? operand(next + 1) : nil, hasReLU: hasReLU)
    }
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    guard pith_recording() == 0 else {
      return try pass.gradients(through: chain, inputs: pass.wants.count, seed: dy)
    }
    let layers = layers(pass.input)
    var wanted: [(weight: FactorPowers, bias: FactorPowers)] = [], next = 1
    for shape in shapes {
      wanted.append((pass.wants[next] ? [.itself] : [], shape.hasBias && pass.wants[next + 1] ? [.itself] : []))
      next += shape.hasBias ? 2 : 1
    }
    // What lies before the first layer that wants a gradient is not gone back to.
    let first = pass.wants[0] ? 0 : wanted.firstIndex { !$0.weight.isEmpty || !$0.bias.isEmpty } ?? 0
    let outputs = between.outputs + [pass.output ?? dy]
    let stack = LinearStack(first == 0 ? pass.input(0) : outputs[first - 1], Array(layers[first...]), outputs: Array(outputs[first...]))
    let found = try stack.sums(dy, Array(wanted[first...]), input: pass.wants[0])
    var gradients = [found.input]
    for (i, shape) in shapes.enumerated() {
      gradients.append(i < first ? nil : found.layers[i - first].weight.itself)
      if shape.hasBias { gradients.append(i < first ? nil : found.layers[i - first].bias.itself) }
    }
    return gradients
  }

  /// The same layer by layer, so that gradients can be differentiated again. All outputs but the last are there already.
  private func chain(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var y = x[0]
    for (i, layer) in layers({ x[$0] }).enumerated() {
      guard i < between.outputs.count else { return try layer.apply(y) }
      let output = between.outputs[i].detached()
      layer.note(y, output)
      y = output
    }
    return y
  }
}

extension LinearStackOp: CountedWork {
  func multiplications(_ inputs: [[Int]], _ output: [Int]) -> Double {
    let rows = Double(output.dropLast().reduce(1, *))
    return inputs.dropFirst().reduce(0) { $1.count == 2 ? $0 + rows * Double($1[0]) * Double($1[1]) : $0 }
  }
}
