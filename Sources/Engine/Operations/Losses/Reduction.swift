import Builtins

/// How the losses of samples become one number.
public enum Reduction: String, Choice {
  case mean, sum, none
  public static func accept(_ value: any Value) -> Reduction? {
    value is None ? Reduction.none : (value as? String).flatMap(Reduction.init(rawValue:))
  }
}

extension Tensor {
  /// The losses as they are, summed or averaged.
  func reduced(_ reduction: Reduction) throws(TensorError) -> Tensor {
    switch reduction {
    case .none: self
    case .sum: try sum()
    case .mean: try mean()
    }
  }

  /// Input and target of one shape, in one dtype. Shapes that would stretch are the commonest silent mistake: `[n]` against
  /// `[n, 1]` compares every output with every target.
  func paired(_ name: String, _ target: Tensor) throws(TensorError) -> (Tensor, Tensor) {
    guard shape == target.shape else {
      let isStretched = Shape.broadcast(shape, target.shape) != nil
      let expected = "a target of \(shape), the shape of the input"
      throw .shape(
        name, expected: isStretched ? expected + " (`reshape` or `squeeze` one: stretched, every number would meet every other)" : expected,
        met: target.shape, operand: 1)
    }
    let pair = try promoted(self, target, atLeast: .float32)
    return (pair[0], pair[1])
  }
}
