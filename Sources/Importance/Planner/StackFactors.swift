import Engine
import NN

/// A pass through a model that is linear layers with ReLUs between them, forward and back without a graph.
struct StackFactors {
  private let stack: LinearStack, dy: Tensor
  private let modules: [Linear]
  private let sums: [(weight: PowerSums, bias: PowerSums)]
  private let x: Tensor

  /// - Parameter work: what is gathered, which says whose sums of which powers are asked for.
  /// - Returns: nil for any other model, where hooks look on, and where the engine takes a layer at a time.
  init?(_ request: Scoring, _ rows: Range<Int>, _ work: [FactorReductions?]) throws {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    guard let layers = (request.model as? Sequential)?.linearStack, request.run.tables.allSatisfy(\.isEmpty) else { return nil }
    let (x, y) = try request.samples(rows)
    guard x.rank == 2, layers.first?.linear.inputs == x.shape[1], zip(layers, layers.dropFirst()).allSatisfy({ $0.linear.outputs == $1.linear.inputs }),
      let stack = try LinearStack(x, layers.map { LinearLayer($0.linear.weight.value, $0.linear.bias?.value, hasReLU: $0.hasReLU) }),
      let out = stack.outputs.last
    else { return nil }
    let total = try Recording.with(.all) { try request.objective.total(out, y) }
    dy = try total.gradients(with: [out])[0] ?? Tensor.zeros(out.shape, out.dtype)
    (self.stack, self.x, modules) = (stack, x, layers.map(\.linear))
    let wanted = modules.map { module in (Self.powers(module, work, ofBias: false), Self.powers(module, work, ofBias: true)) }
    sums = wanted.contains { !$0.0.isEmpty || !$0.1.isEmpty } ? try stack.sums(dy, wanted).layers : []
  }

  private static func powers(_ module: Linear, _ work: [FactorReductions?], ofBias isBias: Bool) -> FactorPowers {
    var powers: FactorPowers = []
    for case let reductions? in work where reductions.modules.contains(where: { $0 === module }) && reductions.target.isBias == isBias {
      for power in reductions.powers { if let power = power.ofFactors { powers.formUnion(power) } }
    }
    return powers
  }

  /// - Parameter power: one of them.
  func sum(_ power: FactorPowers, _ module: Linear, isBias: Bool) -> Tensor? {
    guard let place = modules.firstIndex(where: { $0 === module }), place < sums.count else { return nil }
    let found = isBias ? sums[place].bias : sums[place].weight
    return power == .itself ? found.itself : power == .square ? found.square : found.size
  }

  /// The factors of each layer.
  func pairs() throws -> [ObjectIdentifier: [(d: Tensor, a: Tensor)]] {
    let gradients = try stack.outputGradients(dy)
    var pairs: [ObjectIdentifier: [(d: Tensor, a: Tensor)]] = [:]
    for (i, module) in modules.enumerated() {
      pairs[ObjectIdentifier(module)] = [(gradients[i], i == 0 ? x : stack.outputs[i - 1].detached())]
    }
    return pairs
  }
}

extension GradientPower {
  /// What it makes of each factor, where a pass back gives the sums of that.
  var ofFactors: FactorPowers? {
    switch (exponent, isSigned) {
    case (1, true): .itself
    case (1, false): .size
    case (2, false): .square
    default: nil
    }
  }
}
