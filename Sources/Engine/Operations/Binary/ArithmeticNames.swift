import Builtins

extension Builtin<Void> {
  static let add = Builtin(
    "add", "The sum, also `a + b`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What is added."),
    .optional("alpha", Tensor.self, "A number that `other` is multiplied by first."),
    formula: "a + alpha b",
    laws: [.gradient(in: -2...2)],
    examples: [Example("add(tensor([1.0, 2.0]), tensor([3.0, 4.0]), alpha=10)", gives: "[31., 42.]")]
  ) { (a: Tensor, b: Tensor, alpha: Tensor?) in try a + (alpha.map { try b * $0 } ?? b) }

  static let mul = Builtin(
    "mul", "The product, element by element, also `a * b`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "The other factor."),
    laws: [.gradient(in: -2...2)],
    examples: [Example("mul(tensor([1.0, 2.0]), 3)", gives: "[3., 6.]")]
  ) { (a: Tensor, b: Tensor) in try a * b }

  static let sub = Builtin(
    "sub", "The difference, also `a - b`.",
    .required("input", Tensor.self, "Any numbers."),
    .required("other", Tensor.self, "What is taken away."),
    .optional("alpha", Tensor.self, "A number that `other` is multiplied by first."),
    formula: "a - alpha b",
    laws: [.gradient(in: -2...2)],
    examples: [Example("sub(tensor([1.0, 2.0]), 3)", gives: "[-2., -1.]")]
  ) { (a: Tensor, b: Tensor, alpha: Tensor?) in try a - (alpha.map { try b * $0 } ?? b) }

  static let lerp = Builtin(
    "lerp", "The point between two, a share of the way from the first to the second.",
    .required("input", Tensor.self, "Where it starts."),
    .required("end", Tensor.self, "Where it ends."),
    .required("weight", Tensor.self, "The share of the way, 0 to 1."),
    formula: "a + weight (b - a)",
    laws: [.gradient(in: -1...1)],
    examples: [Example("lerp(tensor([0.0, 4.0]), tensor([2.0, 8.0]), 0.25)", gives: "[0.5000, 5.0000]")]
  ) { (a: Tensor, b: Tensor, weight: Tensor) in try a + weight * (b - a) }
}
