import Builtins
import Engine

extension Builtin<Session> {
  static let grad = Builtin(
    "grad", "The gradient of a number with respect to tensors it was computed from; can be differentiated again.",
    .required("output", Tensor.self, "One number."),
    .required("inputs", Anything.self, "A tensor, or a list of them."),
    .option("allow_unused", false, "Give none for a tensor that the output does not depend on, in place of an error."),
    formula: "∂output/∂input",
    examples: [Example("x = tensor([1.0, 2.0]); grad((x^2).sum(), x)", gives: "[2., 4.]")]
  ) { (_, output: Tensor, inputs: Anything, allowUnused: Bool) in
    let targets = try tensors(inputs.value, "grad")
    let gradients = try Recording.with(.all) { try output.gradients(with: targets, keepsHistory: true) }
    let values = try gradients.enumerated().map { i, gradient -> any Value in
      if let gradient { return gradient }
      guard !allowUnused else { return None() }
      throw TensorError.noGradient(targets.count == 1 ? "the output does not depend on this tensor" : "the output does not depend on tensor \(i) of the list")
    }
    return inputs.value is List ? List(values) : values[0]
  }

  static let backward = Builtin(
    "backward", "Add the gradient of a number to the `.grad` of every parameter it depends on.",
    .required("output", Tensor.self, "One number, or any tensor with a `gradient`."),
    .optional("gradient", Tensor.self, "What to start from, of the output's shape."),
    .option("create_graph", false, "Whether the gradients can be differentiated again."),
    examples: [Example("l = cross_entropy(net(x), y); l.backward(); net.fc1.weight.grad.shape", gives: "[16, 4]")]
  ) { (session, output: Tensor, seed: Tensor?, createGraph: Bool) in
    try output.backward(seed: seed, keepsHistory: createGraph, journal: session.journal)
    return None()
  }

  static let noGradParameter = Builtin(
    "Parameter", "A tensor that training changes, inside a `model` definition.",
    .required("data", Tensor.self, "The numbers it starts with."),
    examples: [Example("Parameter(ones(2))", gives: "[1., 1.]")]
  ) { (_, data: Tensor) in
    guard data.dtype.isFloating else { throw TensorError.dtype("Parameter", expected: "real numbers", met: data.dtype, operand: 0) }
    return ParameterValue(parameter: .init(try data.copied()))
  }
}

/// A tensor, or a list of them.
func tensors(_ value: any Value, _ name: String) throws -> [Tensor] {
  guard let list = try [Tensor].accept(value), !list.isEmpty else {
    throw TensorError.value(name, "takes a tensor or a list of tensors, got \(Swift.type(of: value).aKind)")
  }
  return list
}
