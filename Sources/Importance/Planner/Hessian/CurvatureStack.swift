import Engine
import NN

/// A model of linear layers, each once, with element-wise functions between them: the curvature with respect to what each
/// layer puts out is carried back through it in closed form.
///
/// With `z` the output of a layer, `y = f(z)` what the next one (weight `W`) is given, and `H'`, `g'` the Hessian and the
/// gradient of a sample's objective with respect to the output of that one,
/// `H = diag(f') Wᵀ H' W diag(f') + diag(f'' (Wᵀ g'))`, and the diagonal for the weight is `Σ_n H_n,ii a_nj²`.
/// - Source: Becker and LeCun 1988, here with the full Hessian of each layer rather than its diagonal, so that it is exact.
struct CurvatureStack {
  /// What stands before the first linear layer and changes no number.
  private let before: [Module]
  private let layers: [Layer]
  private let request: Scoring

  private struct Layer {
    let linear: Linear
    /// Between this layer and the next; after the last, what belongs to the objective.
    var after: [Module] = []
  }

  /// Nil for any other model, and where hooks watch.
  init?(_ request: Scoring) {
    guard let model = request.model as? Sequential, request.run.tables.allSatisfy(\.isEmpty) else { return nil }
    var before: [Module] = [], layers: [Layer] = [], seen: Set<ObjectIdentifier> = []
    for (_, module) in model.layers {
      if let linear = module as? Linear {
        guard seen.insert(ObjectIdentifier(linear)).inserted, seen.insert(ObjectIdentifier(linear.weight)).inserted else { return nil }
        if let bias = linear.bias, !seen.insert(ObjectIdentifier(bias)).inserted { return nil }
        layers.append(Layer(linear: linear))
      } else if layers.isEmpty {
        guard module is Flatten || module is Identity || module is Dropout else { return nil }
        before.append(module)
      } else {
        layers[layers.count - 1].after.append(module)
      }
    }
    guard let last = layers.last, layers.dropLast().allSatisfy({ $0.after.allSatisfy(Self.isElementwise) }) else { return nil }
    guard last.after.allSatisfy({ Self.isElementwise($0) || $0 is Softmax || $0 is LogSoftmax }) else { return nil }
    (self.before, self.layers, self.request) = (before, layers, request)
    guard request.parameters.allSatisfy({ place(of: $0.parameter) != nil }) else { return nil }
  }

  private static func isElementwise(_ module: Module) -> Bool {
    switch module {
    case is ReLU, is Tanh, is Sigmoid, is GELU, is SiLU, is LeakyReLU, is ELU, is Softplus, is Dropout, is Identity, is CELU, is SELU, is Mish,
      is ReLU6, is Hardtanh, is Hardswish, is Hardsigmoid, is LogSigmoid, is Softsign, is Tanhshrink:
      true
    default: false
    }
  }

  /// Which layer a parameter belongs to, and whether it is the bias.
  private func place(of parameter: Parameter) -> (layer: Int, isBias: Bool)? {
    for (i, layer) in layers.enumerated() {
      if layer.linear.weight === parameter { return (i, false) }
      if layer.linear.bias === parameter { return (i, true) }
    }
    return nil
  }

  /// The layers down to which the curvature has to come.
  private var lowest: Int { request.parameters.compactMap { place(of: $0.parameter)?.layer }.min() ?? 0 }
  private var isSmooth: Bool { layers.dropLast().contains { layer in layer.after.contains { !Self.isPiecewiseLinear($0) } } }

  private static func isPiecewiseLinear(_ module: Module) -> Bool {
    module is ReLU || module is LeakyReLU || module is ReLU6 || module is Hardtanh || module is Dropout || module is Identity
  }

  /// Multiplications and additions for one sample, with `k` products at the output.
  var flops: Double {
    let k = Double(layers.last?.linear.outputs ?? 0)
    var sum = 0.0, rank = k, isFull = false
    for (i, layer) in layers.enumerated().reversed() {
      sum += 4 * Double(layer.linear.inputs) * Double(layer.linear.outputs)
      guard i > lowest else { continue }
      sum += 2 * rank * Double(layer.linear.inputs) * Double(layer.linear.outputs) * (isFull ? 2 : 1)
      if isSmooth { (rank, isFull) = (Double(layer.linear.inputs), true) }
    }
    return sum
  }

  /// Bytes for one sample.
  var bytes: Double {
    let widths = layers.map { Double($0.linear.outputs) }, k = widths.last ?? 1
    let numbers = widths.reduce(0) { $0 + (isSmooth ? 4 * $1 * max(k, $1) : 3 * k * $1) }
    return Double(layers[0].linear.weight.value.dtype.size) * (numbers + 6 * widths.reduce(0, +))
  }

  var words: String {
    isSmooth
      ? "h in closed form: the Hessian of each sample with respect to the outputs of each layer is carried back, and squares of the inputs weigh it"
      : "h in closed form: the derivatives of the outputs are carried back with the curvature of the objective, and squares of the inputs weigh their squares"
  }
}

extension CurvatureStack {
  /// What each sample adds to the diagonal, for each scored parameter.
  func diagonals(_ rows: Range<Int>) throws -> [SampleDiagonals] {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    let (x, y) = try request.samples(rows)
    return try Recording.with(.none) {
      let (steps, out) = try forward(x)
      let curvatures = try backward(steps, out, y)
      return try request.parameters.map { _, parameter in
        guard let (layer, isBias) = place(of: parameter), let c = curvatures[layer] else { return .none }
        return isBias ? .rows(c) : .outer(c, try steps[layer].input.square())
      }
    }
  }

  /// What a layer was given, and the derivatives of the function between it and the next.
  private struct Step {
    let input: Tensor
    /// Nil for a function that is 1 everywhere.
    var slope: Tensor?
    /// Nil where it is 0 everywhere.
    var bend: Tensor?
  }

  private func forward(_ x: Tensor) throws -> (steps: [Step], out: Tensor) {
    var a = x, steps: [Step] = []
    for module in before { a = try module.forward(a, in: request.run) }
    guard a.rank == 2 else { throw SamplesDiffer() }
    for (i, layer) in layers.enumerated() {
      let z = try layer.linear.forward(a, in: request.run).detached()
      var step = Step(input: a.detached())
      if i == layers.count - 1 {
        steps.append(step)
        return (steps, z)
      }
      (a, step.slope, step.bend) = try Self.derivatives(of: layer.after, at: z, in: request.run)
      steps.append(step)
    }
    return (steps, a)
  }

  /// An element-wise function with its first and second derivative.
  private static func derivatives(of modules: [Module], at z: Tensor, in run: Run) throws -> (Tensor, Tensor?, Tensor?) {
    let modules = modules.filter { !($0 is Identity || $0 is Dropout) }
    if modules.isEmpty { return (z, nil, nil) }
    if modules.count == 1, modules[0] is ReLU {
      let y = try modules[0].forward(z, in: run)
      return (y, try y.sign(), nil)
    }
    return try Recording.with(.all) {
      let y = try modules.reduce(z) { try $1.forward($0, in: run) }
      guard let slope = try y.gradients(with: [z], seed: Tensor.ones(y.shape, y.dtype), keepsHistory: true)[0] else {
        return (y.detached(), try Tensor.zeros(z.shape, z.dtype), nil)
      }
      let bend = modules.allSatisfy(isPiecewiseLinear) ? nil : try slope.gradients(with: [z], seed: Tensor.ones(z.shape, z.dtype))[0]
      return (y.detached(), slope.detached(), bend?.detached())
    }
  }

  /// The objective as a function of what the last linear layer puts out.
  private func objective(_ y: Tensor?) -> (Tensor) throws -> Tensor {
    let tail = layers[layers.count - 1].after
    return { [request] out in try request.objective.perSample(tail.reduce(out) { try $1.forward($0, in: request.run) }, y) }
  }

  /// The diagonals of the Hessians with respect to the outputs of the layers; nil where they are 0.
  private func backward(_ steps: [Step], _ out: Tensor, _ y: Tensor?) throws -> [Tensor?] {
    let objective = objective(y), hasTail = !layers[layers.count - 1].after.isEmpty
    var state = State(try hasTail ? .of(out, objective) : .of(request.objective, out, y))
    var diagonals: [Tensor?] = Array(repeating: nil, count: layers.count)
    diagonals[layers.count - 1] = try state.diagonal()
    let bends = steps.contains { $0.bend != nil }
    var g = bends ? try Recording.with(.all) { () throws -> Tensor? in
      let z = out.detached()
      return try objective(z).sum().gradients(with: [z])[0]?.detached()
    } : nil
    for l in stride(from: layers.count - 2, through: lowest, by: -1) {
      let w = layers[l + 1].linear.weight.value.detached(), step = steps[l]
      let arriving = try g?.matmul(w)
      diagonals[l] = try state.descend(w, step.slope, bend: step.bend.flatMap { bend in try arriving.map { try $0 * bend } }, isLast: l == lowest)
      g = try step.slope.flatMap { slope in try arriving.map { try $0 * slope } } ?? arriving
    }
    return diagonals
  }

  /// The Hessian with respect to the outputs of a layer: `sign Σ_r left_r right_rᵀ + diag(bend)`.
  private struct State {
    /// - Shape: `[n, products, width]`.
    var left: Tensor?, right: Tensor?
    var sign = 1.0
    /// - Shape: `[n, width]`.
    var bend: Tensor?

    init(_ curvature: OutputCurvature?) {
      guard let curvature else { return }
      (left, right, sign) = (curvature.left, curvature.right, curvature.sign)
    }

    func diagonal() throws -> Tensor? {
      let products = try left.map { left in try (right.map { try left * $0 } ?? left.square()).sum([1]) * sign }
      guard let bend else { return products }
      return try products.map { try $0 + bend } ?? bend
    }

    /// Goes through a linear layer and the function below it, and gives the diagonal there.
    mutating func descend(_ w: Tensor, _ slope: Tensor?, bend below: Tensor?, isLast: Bool) throws -> Tensor? {
      if isLast, let bend {
        // A diagonal matrix needs no product of its own where only the diagonal is asked for.
        let squares = try bend.matmul(w.square())
        let part = try slope.map { try squares * $0.square() } ?? squares
        self.bend = nil
        try carry(w, slope)
        self.bend = try below.map { try $0 + part } ?? part
      } else {
        if bend != nil { try fill() }
        try carry(w, slope)
        bend = below
      }
      return try diagonal()
    }

    private mutating func carry(_ w: Tensor, _ slope: Tensor?) throws {
      left = try left.map { try Self.back($0, w, slope) }
      right = try right.map { try Self.back($0, w, slope) }
    }

    private static func back(_ rows: Tensor, _ w: Tensor, _ slope: Tensor?) throws -> Tensor {
      let (n, r) = (rows.shape[0], rows.shape[1])
      let product: Tensor
      if rows.strides[0] == 0 {
        // The same matrix for all samples is multiplied once.
        product = try rows.select(0, 0).matmul(w).unsqueeze(0)
      } else {
        product = try rows.reshape([n * r, rows.shape[2]]).matmul(w).reshape([n, r, w.shape[1]])
      }
      guard let slope else { return try product.expand([n, r, w.shape[1]]) }
      return try product * slope.unsqueeze(1)
    }

    /// Writes the Hessian out, so that a diagonal part can be carried on.
    private mutating func fill() throws {
      guard let bend else { return }
      let (n, width) = (bend.shape[0], bend.shape[1])
      let eye = try Tensor.eye(width, width, bend.dtype).unsqueeze(0)
      var full = try eye * bend.unsqueeze(1)
      if let left { full = try full + left.transpose(1, 2).matmul(right ?? left) * sign }
      (left, right, sign, self.bend) = (try eye.expand([n, width, width]), full, 1, nil)
    }
  }
}
