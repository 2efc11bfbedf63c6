import Engine
import NN

/// What the second derivatives of a model cost.
struct CurvatureCost {
  /// Multiplications and additions of a forward pass over one sample, and bytes for one sample.
  var flops: Double, bytes: Double
  /// The positions at which each layer works.
  var positions: [Int] = []
  /// How often derivatives are taken back from the outputs; 0 where that way is closed.
  var outputPasses = 0
  /// Seconds that a forward, a backward and a second backward pass over a sample took, where a clock ran.
  var seconds: Double?

  /// Work of a Hessian-vector product beside a forward pass.
  static let product = 4.0
}

/// A few samples tell of a model which second derivatives vanish, and what each way would cost.
struct CurvatureAnalysis {
  private(set) var ways: [HessianWay] = []
  private(set) var cost: CurvatureCost
  /// Beyond so many outputs the way from the outputs is closed.
  private static let mostOutputs = 2048

  init(_ request: Scoring, _ layers: [CurvatureLayer]) throws {
    let start = request.clock?()
    let rows = 0..<min(request.sampleCount, 2), n = Double(rows.count)
    let pass = try CurvaturePass(request, rows, layers), met = pass.met
    let values = request.parameters.map(\.parameter.value)
    let g = try Recording.with(.all) { try pass.total.gradients(with: values, keepsHistory: true) }
    let fits = try FactorCheck(pass, layers, met)
    let linear = try CurvatureCheck.linear(pass.out, values)
    cost = CurvatureCost(flops: 0, bytes: 0)
    cost.positions = layers.indices.map { i in pass.outputs[i].map { layers[i].positions($0) } ?? 1 }
    for (i, layer) in layers.enumerated() {
      let numbers = Double(layer.groups * layer.outputs * cost.positions[i])
      cost.flops += 2 * numbers * Double(layer.inputs)
      cost.bytes += 12 * numbers * Double(values.first?.dtype.size ?? 4)
    }
    // Other modules have no layers to count: what the parameters alone ask for.
    cost.flops = max(cost.flops, 2 * values.reduce(0) { $0 + Double($1.count) })
    cost.bytes = max(cost.bytes, 64 * Double(pass.out.count) / n)
    if pass.out.count / rows.count <= Self.mostOutputs {
      cost.outputPasses = try OutputCurvature.of(request.objective, pass.out, try request.samples(rows).y)?.passes ?? 1
    }
    if let start, let clock = request.clock {
      try Self.product(g, values)
      cost.seconds = (clock() - start) / (n + 1)
    }
    choose(request, layers, fits, linear)
  }

  /// One Hessian-vector product, to see what it takes.
  private static func product(_ g: [Tensor?], _ values: [Tensor]) throws {
    guard let i = values.indices.first(where: { g[$0] != nil }), let gradient = g[i] else { return }
    _ = try gradient.gradients(with: [values[i]], seed: Tensor.ones(gradient.shape, gradient.dtype))
  }

  /// The cheapest way of each parameter. The passes back from the outputs serve all parameters at once.
  private mutating func choose(_ request: Scoring, _ layers: [CurvatureLayer], _ fits: FactorCheck, _ linear: [Bool]) {
    var alone: [HessianWay] = [], shared: [HessianWay?] = [], work = (alone: 0.0, shared: cost.flops * Double(cost.outputPasses))
    var served: Set<Int> = []
    for (i, (_, parameter)) in request.parameters.enumerated() {
      let place = layers.firstIndex { $0.weight === parameter || $0.bias === parameter }
      let elements = CurvatureCost.product * cost.flops * Double(parameter.value.count)
      guard let place, fits.isRight(place, layers[place].bias === parameter) else {
        alone.append(.elements)
        shared.append(nil)
        continue
      }
      let layer = layers[place], isBias = layer.bias === parameter, positions = cost.positions[place]
      // The units of a layer that works once a sample serve its weight and its bias.
      let units = CurvatureCost.product * cost.flops * Double(layer.groups * layer.outputs * positions)
      let hasUnits = positions == 1 || (!isBias && positions < layer.inputs)
      alone.append(hasUnits ? .units(layer: place, isBias: isBias) : .elements)
      shared.append(linear[i] && cost.outputPasses > 0 ? .outputs(layer: place, isBias: isBias) : nil)
      guard shared[i] != nil else { continue }
      work.alone += hasUnits ? (positions == 1 && !served.insert(place).inserted ? 0 : units) : elements
      if positions > 1 { work.shared += Double(cost.outputPasses) * 2 * Double(positions) * Double(parameter.value.count) }
    }
    ways = work.shared < work.alone ? zip(shared, alone).map { $0 ?? $1 } : alone
  }
}

/// Whether the gradients that are made of the inputs and the outputs' derivatives of layers are those of a backward pass: a
/// parameter that is used elsewhere too, or in another way, is found out so.
struct FactorCheck {
  private var weights: Set<Int> = [], biases: Set<Int> = []

  init(_ pass: CurvaturePass, _ layers: [CurvatureLayer], _ met: Set<Int>) throws {
    let places = met.sorted()
    let outputs = try places.map { try pass.get($0).z }
    let parameters = places.flatMap { [layers[$0].weight.value] + (layers[$0].bias.map { [$0.value] } ?? []) }
    let found = try pass.total.gradients(with: outputs + parameters)
    var next = outputs.count
    try Recording.with(.none) {
      for (i, place) in places.enumerated() {
        let layer = layers[place], d = try found[i].map { try layer.rows(ofOutput: $0) }, a = try pass.get(place).a
        if try Self.agree(d.map { try layer.gradients($0, a).sum([0]) }, found[next]) { weights.insert(place) }
        next += 1
        guard layer.bias != nil else { continue }
        if try Self.agree(d.map { try layer.biasGradients($0).sum([0]) }, found[next]) { biases.insert(place) }
        next += 1
      }
    }
  }

  func isRight(_ layer: Int, _ isBias: Bool) -> Bool { isBias ? biases.contains(layer) : weights.contains(layer) }

  private static func agree(_ made: Tensor?, _ expected: Tensor?) throws -> Bool {
    guard let made else { return expected == nil }
    guard let expected else { return try made.abs().amax().item() == 0 }
    guard made.count > 0 else { return true }
    return try (made - expected).abs().amax().item() <= 1e-3 * expected.abs().amax().item()
  }
}

/// Holds closed forms against the engine's own second derivatives.
struct CurvatureCheck {
  private let values: [Tensor]
  private let gradients: [Tensor?]

  init(_ request: Scoring, _ rows: Range<Int>) throws {
    values = request.parameters.map(\.parameter.value)
    let total = try request.total(rows, in: request.run).total
    gradients = try Recording.with(.all) { [values] in try total.gradients(with: values, keepsHistory: true) }
  }

  /// One element of the diagonal.
  func element(_ parameter: Int, _ place: Int) throws -> Double {
    let w = values[parameter]
    guard let g = gradients[parameter] else { return 0 }
    let seed = try OutputCurvature.oneHot(place, w.count, w.dtype).reshape(w.shape)
    guard let row = try g.gradients(with: [w], seed: seed)[0] else { return 0 }
    return try row.detached().reshape([w.count]).select(0, place).item()
  }

  /// The parameters whose closed form is not what the model does: the largest element and one other are looked at.
  func failures(_ sums: [Tensor?], _ ways: [HessianWay]) throws -> [Int] {
    var sizes: [Double] = [], flat: [Tensor?] = []
    for sum in sums {
      flat.append(try sum.map { try $0.detached().to(.float64).reshape([$0.count]) })
      sizes.append(try flat.last.flatMap { $0 }.flatMap { $0.count > 0 ? try $0.abs().amax().item() : nil } ?? 0)
    }
    let floor = 1e-6 * (sizes.filter(\.isFinite).max() ?? 0)
    return try ways.indices.filter { i in
      guard ways[i] != .elements, values[i].count > 0 else { return false }
      let largest = try flat[i].map { Int(try $0.abs().argmax().item()) } ?? 0
      for place in Set([largest, values[i].count * 2 / 3]) {
        let (made, exact) = (try flat[i]?.select(0, place).item() ?? 0, try element(i, place))
        guard abs(made - exact) <= max(2e-3 * sizes[i], floor) || (made.isNaN && exact.isNaN) else { return true }
      }
      return false
    }
  }

  /// Whether the outputs are linear in each of these tensors by itself: along a random direction, a random sum of them has no
  /// second derivative.
  static func linear(_ out: Tensor, _ values: [Tensor]) throws -> [Bool] {
    let random = Generator(seed: 20_170_611)
    let seed = try random.normal(out.shape, out.dtype)
    let gradients = try Recording.with(.all) { try out.gradients(with: values, seed: seed, keepsHistory: true) }
    return try zip(gradients, values).map { gradient, w in
      guard let gradient, w.count > 0 else { return true }
      let product = try gradient.gradients(with: [w], seed: random.normal(w.shape, w.dtype))[0]
      return try product.map { try $0.detached().abs().amax().item() == 0 } ?? true
    }
  }
}
