/// A stream of numbers that is the same in every run.
/// - Source: splitmix64 (Steele, Lea and Flood 2014).
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

  /// A finite number: any bits, one of everyday size, or one with few digits, by turns.
  mutating func number(_ round: Int) -> Double {
    switch round % 3 {
    case 0:
      let any = Double(bitPattern: next())
      return any.isFinite ? any : 1
    case 1: return Double.random(in: -1000...1000, using: &self)
    default: return Double(below(20_001) - 10_000) / [1, 2, 8, 10, 1000, 1_000_000][below(6)]
    }
  }
}
