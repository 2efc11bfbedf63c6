import Builtins
import Engine

extension Builtin<Session> {
  static let vjp = Builtin(
    "vjp", "The output of a function, and a function that multiplies a vector with its Jacobian from the left.",
    .required("func", AnyFunction.self, "The function, of a tensor or of several, to a tensor or a list of them."),
    .required("primals", Anything.self, "Where: a tensor, or a list of one for each argument."),
    formula: "v ↦ vᵀ J",
    examples: [Example("r = vjp(x -> x^2, tensor([1.0, 3.0])); r[1](ones(2))", gives: "[2., 6.]")]
  ) { (_, f: AnyFunction, primals: Anything) in
    let point = try DerivativePoint(f, primals.value)
    return List([point.output, NativeFunction("vjp") { v in
      point.wrap(try point.gradients(seeds: try point.outputs(like: v.count == 1 ? v[0] : List(v), "vjp")))
    }])
  }

  static let jvp = Builtin(
    "jvp", "The output of a function, and its Jacobian times a vector.",
    .required("func", AnyFunction.self, "The function, of a tensor or of several, to a tensor or a list of them."),
    .required("primals", Anything.self, "Where: a tensor, or a list of one for each argument."),
    .required("tangents", Anything.self, "The vector: of the shape of the primals."),
    formula: "J v",
    examples: [
      Example("jvp(x -> x^2, tensor([1.0, 3.0]), ones(2))[1]", gives: "[2., 6.]"),
      Example("jvp((x, y) -> x * y, [tensor([2.0]), tensor([3.0])], [ones(1), zeros(1)])[1]", gives: "[3.]"),
    ]
  ) { (_, f: AnyFunction, primals: Anything, tangents: Anything) in
    let point = try DerivativePoint(f, primals.value)
    return List([point.output, try point.jvp(point.inputs(like: tangents.value, "jvp"))])
  }

  static let hvp = secondProduct("hvp", "The value of a function that gives one number, and its Hessian times a vector.", "H v = ∂(gᵀ v)/∂x")
  static let vhp = secondProduct(
    "vhp", "The value of a function that gives one number, and a vector times its Hessian, which is the Hessian times the vector.", "vᵀ H")

  private static func secondProduct(_ name: String, _ summary: String, _ formula: String) -> Builtin {
    Builtin(
      name, summary,
      .required("func", AnyFunction.self, "The function, of a tensor or of several."),
      .required("inputs", Anything.self, "Where: a tensor, or a list of one for each argument."),
      .required("v", Anything.self, "The vector: of the shape of the inputs."),
      formula: formula,
      examples: [Example("\(name)(x -> (x^3).sum(), tensor([1.0, 2.0]), ones(2))[1]", gives: "[ 6., 12.]")]
    ) { (_, f: AnyFunction, inputs: Anything, v: Anything) in
      let point = try DerivativePoint(f, inputs.value)
      let vectors = try point.inputs(like: v.value, name), gradients = try point.gradients(seeds: nil)
      return List([point.output, point.wrap(try point.gradients(of: gradients, seeds: vectors))])
    }
  }

  static let jacobian = Builtin(
    "jacobian", "All derivatives of a function: of the shape of the output, then that of the input.",
    .required("func", AnyFunction.self, "The function, of a tensor or of several, to a tensor or a list of them."),
    .required("inputs", Anything.self, "Where: a tensor, or a list of one for each argument, which gives a list of Jacobians."),
    formula: "J[i, j] = ∂yᵢ/∂xⱼ",
    examples: [
      Example("jacobian(x -> x^2, tensor([1.0, 3.0]))", gives: "[0., 6.]"),
      Example("jacobian((x, y) -> x * y, [tensor([2.0]), tensor([3.0])])", gives: "[tensor([[3.]]), tensor([[2.]])]"),
    ]
  ) { (_, f: AnyFunction, inputs: Anything) in
    let point = try DerivativePoint(f, inputs.value)
    return point.wrap(try point.jacobian(of: point.outputs))
  }

  static let hessian = Builtin(
    "hessian", "All second derivatives of a function that gives one number.",
    .required("func", AnyFunction.self, "The function, of a tensor or of several."),
    .required("inputs", Anything.self, "Where: a tensor, or a list of one for each argument, which gives a list of lists."),
    formula: "H[i, j] = ∂²f/∂xᵢ∂xⱼ",
    examples: [
      Example("hessian(x -> (x^3).sum(), tensor([1.0, 2.0]))", gives: "[ 0., 12.]"),
      Example("hessian((x, y) -> (x * y).sum(), [ones(1), ones(1)])[0][1]", gives: "[[1.]]"),
    ]
  ) { (_, f: AnyFunction, inputs: Anything) in
    let point = try DerivativePoint(f, inputs.value), rows = try point.jacobian(of: point.gradients(seeds: nil))
    return point.isList ? List(rows.map { List($0) }) : rows[0][0]
  }

  static let jacrev = jacobianMaker("jacrev", "A function that gives all derivatives of a function, row by row from its output.")
  static let jacfwd = jacobianMaker("jacfwd", "A function that gives all derivatives of a function; computed as `jacrev` does, row by row from the output.")

  private static func jacobianMaker(_ name: String, _ summary: String) -> Builtin {
    Builtin(
      name, summary,
      .required("func", AnyFunction.self, "The function."),
      .option("argnums", [0], in: 0...1e6, "With respect to which of its arguments."),
      formula: "J[i, j] = ∂yᵢ/∂xⱼ",
      examples: [Example("\(name)(x -> x^2)(tensor([1.0, 3.0]))", gives: "[0., 6.]")]
    ) { (_, f: AnyFunction, places: [Int]) in
      NativeFunction(name) { all in
        if let missing = places.first(where: { $0 >= all.count }) { throw TensorError.value(name, "there is no argument \(missing): the function got \(all.count)") }
        let partial = AnyFunction { given in
          var arguments = all
          for (place, value) in Swift.zip(places, given) { arguments[place] = value }
          return try f.body(arguments)
        }
        let point = try DerivativePoint(partial, places.count == 1 ? all[places[0]] : List(places.map { all[$0] }))
        return point.wrap(try point.jacobian(of: point.outputs))
      }
    }
  }

  static let vmap = Builtin(
    "vmap", "A function of one sample as a function of a batch: it is called for each sample, and what it gives is stacked.",
    .required("func", AnyFunction.self, "The function."),
    .option("in_dims", [Int?.some(0)], "The dimension of the samples in each argument, one for all or one each; none for an argument that all share."),
    .option("out_dims", 0, "The dimension of the samples in the output."),
    examples: [Example("vmap((x, y) -> dot(x, y))(ones(3, 2), ones(3, 2))", gives: "[2., 2., 2.]")]
  ) { (_, f: AnyFunction, dims: [Int?], out: Int) in
    NativeFunction("vmap") { arguments in try batched(f, arguments, dims, out) }
  }
}

private func batched(_ f: AnyFunction, _ arguments: [any Value], _ dims: [Int?], _ out: Int) throws -> any Value {
  guard dims.count == 1 || dims.count == arguments.count else {
    throw TensorError.value("vmap", "in_dims has \(dims.count) entries for \(arguments.count) arguments")
  }
  var parts: [[any Value]?] = []
  for (i, argument) in arguments.enumerated() {
    guard let dim = dims.count == 1 ? dims[0] : dims[i] else {
      parts.append(nil)
      continue
    }
    guard let tensor = try Tensor.accept(argument) else { throw TensorError.value("vmap", "takes tensors, got \(Swift.type(of: argument).aKind)") }
    parts.append(try tensor.unbind(dim))
  }
  let sizes = parts.compactMap { $0?.count }
  guard let size = sizes.first, size > 0, sizes.allSatisfy({ $0 == size }) else {
    throw TensorError.value("vmap", sizes.isEmpty ? "no argument has a dimension of samples" : "the arguments have \(sizes.map(String.init).joined(separator: ", ")) samples, and need the same number of at least 1")
  }
  let results = try (0..<size).map { sample in try f.body(zip(parts, arguments).map { $0?[sample] ?? $1 }) }
  let lists = try results.map { try tensors($0, "vmap: the function") }
  guard let first = lists.first, lists.allSatisfy({ $0.count == first.count }) else { throw TensorError.value("vmap", "the function gave lists of different lengths") }
  let stacked = try first.indices.map { i in try Tensor.stack(lists.map { $0[i] }, out) }
  return results[0] is List ? List(stacked) : stacked[0]
}

/// A function at a point: its outputs there, with the history that leads back to the inputs.
struct DerivativePoint {
  let inputs: [Tensor], outputs: [Tensor]
  /// What the function gave, as it gave it.
  let output: any Value
  /// Whether the inputs, and the outputs, are a list.
  let isList: Bool, givesList: Bool

  /// Inputs keep the history they have: a derivative inside a derivative needs it.
  init(_ f: AnyFunction, _ value: any Value) throws {
    let given = try tensors(value, "the function")
    inputs = given.contains { !$0.isLeaf } ? given : given.map { $0.detached() }
    let leaves = inputs
    output = try Recording.with(.all) { try f.body(leaves) }
    guard let list = try [Tensor].accept(output), !list.isEmpty else {
      throw TensorError.value("the function", "gave \(Swift.type(of: output).aKind), and a tensor or a list of them is needed")
    }
    (outputs, isList, givesList) = (list, value is List, output is List)
  }

  func wrap(_ gradients: [Tensor]) -> any Value { isList ? List(gradients) : gradients[0] }

  /// By output, then by input; a level of lists for each side that is a list, as PyTorch nests them.
  func wrap(_ rows: [[Tensor]]) -> any Value { givesList ? List(rows.map(wrap)) : wrap(rows[0]) }

  /// What a caller gives for each input or each output, checked.
  func inputs(like value: any Value, _ name: String) throws -> [Tensor] { try matched(value, inputs, "inputs", name) }
  func outputs(like value: any Value, _ name: String) throws -> [Tensor] { try matched(value, outputs, "outputs", name) }

  private func matched(_ value: any Value, _ those: [Tensor], _ word: String, _ name: String) throws -> [Tensor] {
    let given = try tensors(value, name)
    guard given.count == those.count else { throw TensorError.value(name, "takes a vector for each of \(those.count) \(word), got \(given.count)") }
    for (x, v) in zip(those, given) where x.shape != v.shape { throw TensorError.shape(name, expected: "a vector of \(x.shape)", met: v.shape, operand: 2) }
    return given
  }

  /// The gradients of the outputs, or of others, times their seeds; one number needs none.
  func gradients(of others: [Tensor]? = nil, seeds: [Tensor]?) throws -> [Tensor] {
    let ys = others ?? outputs
    let found = try Recording.with(.all) {
      guard ys.count > 1 || others != nil else { return try ys[0].gradients(with: inputs, seed: seeds?[0], keepsHistory: true) }
      guard let seeds else { throw TensorError.value("the function", "gives \(ys.count) tensors, and one number is needed") }
      let sum = try zip(ys, seeds).map { try ($0 * $1).sum() }.reduce(Tensor.number(0.0)) { try $0 + $1 }
      return try sum.gradients(with: inputs, keepsHistory: true)
    }
    return try zip(inputs, found).map { input, gradient in try gradient ?? Tensor.zeros(input.shape, input.dtype) }
  }

  /// `J v` of each output as the derivative of `uᵀ J`, which is linear in u.
  func jvp(_ tangents: [Tensor]) throws -> any Value {
    let products = try outputs.map { y in
      try Recording.with(.all) {
        let u = try Tensor.zeros(y.shape, y.dtype)
        let rows = try y.gradients(with: inputs, seed: u, keepsHistory: true)
        var sum = try Tensor.zeros(y.shape, y.dtype)
        for (row, v) in zip(rows, tangents) {
          guard let row, let part = try row.gradients(with: [u], seed: v, keepsHistory: true)[0] else { continue }
          sum = try sum + part
        }
        return sum
      }
    }
    return givesList ? List(products) : products[0]
  }

  /// For each of `ys` the derivatives with respect to each input, `[*y, *x]`.
  func jacobian(of ys: [Tensor]) throws -> [[Tensor]] {
    try ys.map { y in
      let flat = try Recording.with(.all) { try y.reshape([-1]) }
      var rows: [[Tensor]] = []
      for i in 0..<flat.count {
        let entry = try Recording.with(.all) { try flat.select(0, i) }
        rows.append(try one(entry))
      }
      return try inputs.indices.map { k in
        guard !rows.isEmpty else { return try Tensor.zeros(y.shape + inputs[k].shape, inputs[k].dtype) }
        return try Recording.with(.all) { try Tensor.stack(rows.map { $0[k] }, 0).reshape(y.shape + inputs[k].shape) }
      }
    }
  }

  private func one(_ entry: Tensor) throws -> [Tensor] {
    let found = try Recording.with(.all) { try entry.gradients(with: inputs, keepsHistory: true) }
    return try zip(inputs, found).map { input, gradient in try gradient ?? Tensor.zeros(input.shape, input.dtype) }
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
