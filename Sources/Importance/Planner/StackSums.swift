import Engine
import NN

/// Sums over samples of powers of their gradients, from a pass through a model that is linear layers with ReLUs between
/// them, forward and back without a graph.
struct StackSums {
  private let layers: [(linear: Linear, hasReLU: Bool)]
  private let sums: [(weight: PowerSums, bias: PowerSums)]

  /// - Parameter work: what is gathered, which says whose sums of which powers are asked for.
  /// - Returns: nil for any other model, where hooks look on, where more than sums is asked for, and where the engine takes
  ///   a layer at a time.
  init?(_ request: Scoring, _ rows: Range<Int>, _ work: [SampleReductions?]) throws {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    guard let layers = (request.model as? Sequential)?.linearStack, request.run.tables.allSatisfy(\.isEmpty) else { return nil }
    let asked = work.compactMap { $0 }
    guard asked.allSatisfy({ $0.needsSumsAlone && $0.powers.allSatisfy { $0.ofFactors != nil } }) else { return nil }
    let (x, y) = try request.samples(rows)
    guard x.rank == 2, layers.first?.linear.inputs == x.shape[1], zip(layers, layers.dropFirst()).allSatisfy({ $0.linear.outputs == $1.linear.inputs }),
      let stack = try LinearStack(x, layers.map { LinearLayer($0.linear.weight.value, $0.linear.bias?.value, hasReLU: $0.hasReLU) }),
      let out = stack.outputs.last
    else { return nil }
    let total = try Recording.with(.all) { try request.objective.total(out, y) }
    let dy = try total.gradients(with: [out])[0] ?? Tensor.zeros(out.shape, out.dtype)
    self.layers = layers
    sums = try stack.sums(dy, layers.map { (Self.powers(of: $0.linear.weight, asked), Self.powers(of: $0.linear.bias, asked)) }).layers
  }

  private static func powers(of parameter: NN.Parameter?, _ work: [SampleReductions]) -> FactorPowers {
    var powers: FactorPowers = []
    for reductions in work where reductions.target.parameter === parameter {
      for case let power? in reductions.powers.map(\.ofFactors) { powers.formUnion(power) }
    }
    return powers
  }

  func sum(_ power: GradientPower, of parameter: NN.Parameter) -> Tensor? {
    guard let asked = power.ofFactors else { return nil }
    for (layer, sums) in zip(layers, sums) where layer.linear.weight === parameter || layer.linear.bias === parameter {
      let found = layer.linear.weight === parameter ? sums.weight : sums.bias
      return asked == .itself ? found.itself : asked == .square ? found.square : found.size
    }
    return nil
  }
}

extension GradientPower {
  /// What it makes of each factor, where a pass back gives the sums of that.
  fileprivate var ofFactors: FactorPowers? {
    switch (exponent, isSigned) {
    case (1, true): .itself
    case (1, false): .size
    case (2, false): .square
    default: nil
    }
  }
}
