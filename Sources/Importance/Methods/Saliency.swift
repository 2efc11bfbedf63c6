import Builtins
import Engine

extension Builtin<Scorer> {
  static let saliency = Builtin(
    "saliency", "How strongly an output reacts to each input: the size of its gradient.",
    .option("abs", true, "Whether the sign is left out."),
    formula: "|∂F/∂x|",
    source: Source("Simonyan, Vedaldi and Zisserman 2014, section 3", arXiv: "1312.6034"),
    examples: [Example("saliency(net, x, target=y).shape", gives: "[150, 4]")],
    run: saliencies)

  static let inputXGradient = Builtin(
    "input_x_gradient", "Each input times the gradient of an output with respect to it.",
    formula: "x ∂F/∂x",
    source: Source("Shrikumar, Greenside, Shcherbina and Kundaje 2016", arXiv: "1605.01713"),
    examples: [Example("input_x_gradient(net, x, target=0).shape", gives: "[150, 4]")],
    run: products)
}

/// `a = |grad f(x)|`, or the gradient itself.
/// - Shape: `x [n, *]` to scores `[n, *]`.
/// - Units: those of the output for each unit of the input.
/// - Cost: one forward and one backward pass.
private func saliencies(_ f: Scorer, isAbsolute: Bool) throws -> any Value {
  let gradients = try f.gradients(at: f.inputs)
  return f.perInput(isAbsolute ? try gradients.map { try $0.abs() } : gradients)
}

/// `a = x * grad f(x)`.
/// - Shape: `x [n, *]` to scores `[n, *]`.
/// - Units: those of the output.
/// - Cost: one forward and one backward pass.
private func products(_ f: Scorer) throws -> any Value {
  f.perInput(try zip(f.inputs, f.gradients(at: f.inputs)).map { try $0 * $1 })
}
