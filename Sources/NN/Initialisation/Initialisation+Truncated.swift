import Builtins
import Engine
import Glibc

extension Initialisation {
  /// Normal numbers of which those outside `a...b` are drawn again.
  /// - Source: PyTorch's `trunc_normal_`: the whole tensor is drawn each time, so that the stream is the same; where less than
  ///   0.3 of the distribution lies inside, uniform numbers are accepted by the density.
  func truncated(_ shape: [Int], _ dtype: DType, _ arguments: Arguments, _ generator: Generator) throws -> Tensor {
    let (mean, std) = (arguments.mean ?? 0, arguments.std ?? 1)
    let (a, b) = (arguments.a ?? -2, arguments.b ?? 2)
    guard std > 0 else { throw TensorError.value("trunc_normal", "`std` is above 0, got \(std.shortText)") }
    guard a < b else { throw TensorError.value("trunc_normal", "`a` is below `b`, got \(a.shortText) and \(b.shortText)") }
    let inside = normalShare(below: (b - mean) / std) - normalShare(below: (a - mean) / std)
    let numbers: [Double]
    if inside > 0.3 {
      numbers = try redrawn(a, b, dtype) { try generator.normal(shape, mean: mean, std: std, dtype).doubles() }
    } else {
      let peak = (max(a, min(mean, b)) - mean) / std
      let density = Density(mean: mean, std: std, logPeak: -0.5 * peak * peak, isSingle: dtype == .float32)
      numbers = try accepted(density) { try (generator.uniform(shape, from: a, to: b, dtype).doubles(), generator.uniform(shape, dtype).doubles()) }
    }
    return try Tensor(numbers, shape).to(dtype)
  }

  private func redrawn(_ a: Double, _ b: Double, _ dtype: DType, _ draw: () throws -> [Double]) throws -> [Double] {
    let (low, high) = dtype == .float32 ? (Double(Float(a)), Double(Float(b))) : (a, b)
    var numbers = try draw()
    var open = numbers.indices.filter { numbers[$0] < low || numbers[$0] > high }
    while !open.isEmpty {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let fresh = try draw()
      for i in open { numbers[i] = fresh[i] }
      open = open.filter { numbers[$0] < low || numbers[$0] > high }
    }
    return numbers
  }

  private func accepted(_ density: Density, _ draw: () throws -> (numbers: [Double], chances: [Double])) throws -> [Double] {
    var (numbers, chances) = try draw()
    var open = numbers.indices.filter { density.accepts(numbers[$0], chances[$0]) == false }
    while !open.isEmpty {
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let fresh = try draw()
      for i in open { numbers[i] = fresh.numbers[i] }
      chances = fresh.chances
      open = open.filter { density.accepts(numbers[$0], chances[$0]) == false }
    }
    return numbers
  }
}

/// The share of a standard normal distribution below `x`.
private func normalShare(below x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }

/// A normal density over its largest value inside the bounds.
private struct Density {
  let mean: Double, std: Double, logPeak: Double, isSingle: Bool

  /// False where `log chance` is above the logarithm of the density, in the precision of the tensor.
  func accepts(_ x: Double, _ chance: Double) -> Bool {
    if isSingle {
      let z = (Float(x) - Float(mean)) / Float(std)
      return !(logf(Float(chance)) > z * z * -0.5 - Float(logPeak))
    }
    let z = (x - mean) / std
    return !(log(chance) > z * z * -0.5 - logPeak)
  }
}
