import Builtins
@testable import Engine

/// Numbers that are the same at every run, spread evenly over a range.
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  /// - Source: Steele, Lea and Flood 2014, SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  mutating func below(_ n: Int) -> Int { Int(next() % UInt64(max(n, 1))) }

  mutating func real(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(next() >> 11) * 0x1p-53
  }

  mutating func tensor(_ shape: [Int], in range: ClosedRange<Double> = -2...2) throws -> Tensor {
    try Tensor((0..<shape.reduce(1, *)).map { _ in real(in: range) }, shape)
  }
}

extension Tensor {
  /// The largest distance between elements; infinite where the shapes differ.
  func distance(to other: Tensor) throws -> Double {
    guard shape == other.shape else { return .infinity }
    return try zip(doubles(), other.doubles()).map { $0 == $1 || ($0.isNaN && $1.isNaN) ? 0 : Swift.abs($0 - $1) }.max() ?? 0
  }

  static func of(_ values: [Float], _ shape: [Int]? = nil) throws -> Tensor { try Tensor(values, shape) }
}

/// All tensors in a value.
func tensors(in value: any Value) -> [Tensor] {
  switch value {
  case let tensor as Tensor: [tensor]
  case let list as List: list.items.flatMap(tensors(in:))
  case let record as Record: record.members.flatMap { tensors(in: $0.value) }
  default: []
  }
}

/// The error that `body` throws, as an engine error.
func error(of body: () throws -> Void) -> TensorError? {
  do {
    try body()
    return nil
  } catch { return error as? TensorError }
}

func builtin(_ name: String) -> Builtin<Void>? { Operations.all.first { $0.name == name } }
