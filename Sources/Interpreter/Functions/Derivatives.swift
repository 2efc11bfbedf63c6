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

  static let vjp = Builtin(
    "vjp", "The output of a function, and a function that multiplies a vector with its Jacobian from the left.",
    .required("func", AnyFunction.self, "The function."),
    .required("primals", Anything.self, "Where: a tensor, or a list of them."),
    formula: "v ↦ vᵀ J",
    examples: [Example("r = vjp(x -> x^2, tensor([1.0, 3.0])); r[1](ones(2))", gives: "[2., 6.]")]
  ) { (_, f: AnyFunction, primals: Anything) in
    let point = try Point(f, primals.value)
    return List([point.output, NativeFunction("vjp") { v in
      guard v.count == 1, let seed = try Tensor.accept(v[0]) else { throw TensorError.value("vjp", "takes one tensor") }
      return point.wrap(try point.gradients(seed: seed))
    }])
  }

  static let jvp = Builtin(
    "jvp", "The output of a function, and its Jacobian times a vector.",
    .required("func", AnyFunction.self, "The function."),
    .required("primals", Anything.self, "Where: a tensor, or a list of them."),
    .required("tangents", Anything.self, "The vector: of the shape of the primals."),
    formula: "J v",
    examples: [Example("jvp(x -> x^2, tensor([1.0, 3.0]), ones(2))[1]", gives: "[2., 6.]")]
  ) { (_, f: AnyFunction, primals: Anything, tangents: Anything) in
    let point = try Point(f, primals.value)
    return List([point.output, try point.jvp(try tensors(tangents.value, "jvp"))])
  }

  static let hvp = Builtin(
    "hvp", "The value of a function that gives one number, and its Hessian times a vector.",
    .required("func", AnyFunction.self, "The function."),
    .required("inputs", Anything.self, "Where: a tensor, or a list of them."),
    .required("v", Anything.self, "The vector: of the shape of the inputs."),
    formula: "H v = ∂(gᵀ v)/∂x",
    examples: [Example("hvp(x -> (x^3).sum(), tensor([1.0, 2.0]), ones(2))[1]", gives: "[ 6., 12.]")]
  ) { (_, f: AnyFunction, inputs: Anything, v: Anything) in
    let point = try Point(f, inputs.value)
    let vectors = try tensors(v.value, "hvp")
    let gradients = try point.gradients(seed: nil)
    guard vectors.count == gradients.count else { throw TensorError.value("hvp", "takes a vector for each input") }
    let product = try Recording.with(.all) {
      try Swift.zip(gradients, vectors).map { try ($0 * $1).sum() }.reduce(Tensor.number(0.0)) { try $0 + $1 }
    }
    return List([point.output, point.wrap(try point.gradients(of: product, seed: nil))])
  }

  static let jacobian = Builtin(
    "jacobian", "All derivatives of a function: of the shape of the output, then that of the input.",
    .required("func", AnyFunction.self, "The function."),
    .required("inputs", Tensor.self, "Where."),
    formula: "J[i, j] = ∂yᵢ/∂xⱼ",
    examples: [Example("jacobian(x -> x^2, tensor([1.0, 3.0]))", gives: "[0., 6.]")]
  ) { (_, f: AnyFunction, x: Tensor) in try Point(f, x).jacobian() }

  static let hessian = Builtin(
    "hessian", "All second derivatives of a function that gives one number.",
    .required("func", AnyFunction.self, "The function."),
    .required("inputs", Tensor.self, "Where."),
    formula: "H[i, j] = ∂²f/∂xᵢ∂xⱼ",
    examples: [Example("hessian(x -> (x^3).sum(), tensor([1.0, 2.0]))", gives: "[ 0., 12.]")]
  ) { (_, f: AnyFunction, x: Tensor) in
    let gradient = AnyFunction { values in try Point(f, values[0]).gradients(seed: nil)[0] }
    return try Point(gradient, x, keepsLeaves: true).jacobian()
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
private func tensors(_ value: any Value, _ name: String) throws -> [Tensor] {
  guard let list = try [Tensor].accept(value), !list.isEmpty else {
    throw TensorError.value(name, "takes a tensor or a list of tensors, got \(Swift.type(of: value).aKind)")
  }
  return list
}

/// A function at a point: its output there, with the history that leads back to the inputs.
private struct Point {
  let inputs: [Tensor]
  let output: Tensor
  let isList: Bool

  /// - Parameter keepsLeaves: whether the inputs keep the history they have, as a derivative inside a derivative needs.
  init(_ f: AnyFunction, _ value: any Value, keepsLeaves: Bool = false) throws {
    let given = try tensors(value, "the function")
    let leaves = keepsLeaves || given.contains { !$0.isLeaf } ? given : given.map { $0.detached() }
    let result = try Recording.with(.all) { try f.body(leaves) }
    guard let tensor = try Tensor.accept(result) else { throw TensorError.value("the function", "gave \(Swift.type(of: result).aKind), and a tensor is needed") }
    (inputs, output, isList) = (leaves, tensor, value is List)
  }

  func gradients(of y: Tensor? = nil, seed: Tensor?) throws -> [Tensor] {
    let found = try Recording.with(.all) { try (y ?? output).gradients(with: inputs, seed: seed, keepsHistory: true) }
    return try zip(inputs, found).map { input, gradient in try gradient ?? Tensor.zeros(input.shape, input.dtype) }
  }

  func wrap(_ gradients: [Tensor]) -> any Value { isList ? List(gradients) : gradients[0] }

  /// `J v` as the derivative of `uᵀ J`, which is linear in u.
  func jvp(_ tangents: [Tensor]) throws -> Tensor {
    guard tangents.count == inputs.count else { throw TensorError.value("jvp", "takes a tangent for each primal") }
    for (x, v) in zip(inputs, tangents) where x.shape != v.shape { throw TensorError.shape("jvp", expected: "a tangent of \(x.shape)", met: v.shape, operand: 2) }
    return try Recording.with(.all) {
      let u = try Tensor.zeros(output.shape, output.dtype)
      let rows = try output.gradients(with: inputs, seed: u, keepsHistory: true)
      var sum = try Tensor.zeros(output.shape, output.dtype)
      for (row, v) in zip(rows, tangents) {
        guard let row, let part = try row.gradients(with: [u], seed: v, keepsHistory: true)[0] else { continue }
        sum = try sum + part
      }
      return sum
    }
  }

  func jacobian() throws -> Tensor {
    let x = inputs[0]
    let flat = try Recording.with(.all) { try output.reshape([-1]) }
    var rows: [Tensor] = []
    for i in 0..<flat.count {
      let entry = try Recording.with(.all) { try flat.indexed([.at(i)]) }
      rows.append(try gradients(of: entry, seed: nil)[0])
    }
    guard !rows.isEmpty else { return try Tensor.zeros(output.shape + x.shape, x.dtype) }
    return try Recording.with(.all) { try Tensor.stack(rows, 0).reshape(output.shape + x.shape) }
  }
}

/// A function made by a built-in.
struct NativeFunction: Callable {
  let name: String
  let body: ([any Value]) throws -> any Value
  init(_ name: String, _ body: @escaping ([any Value]) throws -> any Value) { (self.name, self.body) = (name, body) }
  static let kind = "function"
  var shown: Shown { .text(name) }
  var json: JSON { .string(name) }
  func call(_ arguments: [any Value]) throws -> any Value { try body(arguments) }
}
