/// The order of scores, largest first. Equal scores stand in the order of their positions, and NaN stands last.
struct Ranking {
  /// Scores as whole numbers of the same order.
  private let keys: [UInt64]

  init(_ scores: [Double]) { keys = scores.map(Self.key) }

  var count: Int { keys.count }

  private static func key(_ score: Double) -> UInt64 {
    if score.isNaN { return 0 }
    // 0 and -0 are one score.
    let bits = (score + 0).bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }

  /// The positions of the `k` largest, largest first.
  func largest(_ k: Int) -> [Int] {
    let k = min(max(k, 0), count)
    guard k > 0 else { return [] }
    guard k <= 256 else { return Array(order.prefix(k)) }
    var best: [Int] = []
    best.reserveCapacity(k + 1)
    for i in keys.indices {
      if best.count == k, let last = best.last, keys[i] <= keys[last] { continue }
      // An equal one that came before stays before.
      let place = best.firstIndex { keys[$0] < keys[i] } ?? best.count
      best.insert(i, at: place)
      if best.count > k { best.removeLast() }
    }
    return best
  }

  /// All positions, by a radix sort, whose time grows with their number alone.
  var order: [Int] {
    var from = Array(keys.indices), to = from
    for shift in stride(from: 0, to: 64, by: 16) {
      var starts = [Int](repeating: 0, count: 1 << 16)
      for key in keys { starts[Int(~(key >> UInt64(shift)) & 0xffff)] += 1 }
      if starts.contains(count) { continue }
      var next = 0
      for digit in starts.indices { (starts[digit], next) = (next, next + starts[digit]) }
      for i in from {
        let digit = Int(~(keys[i] >> UInt64(shift)) & 0xffff)
        to[starts[digit]] = i
        starts[digit] += 1
      }
      swap(&from, &to)
    }
    return from
  }

  /// For each position its place in the order, counted from 0.
  var places: [Int] {
    var out = [Int](repeating: 0, count: count)
    for (place, position) in order.enumerated() { out[position] = place }
    return out
  }
}
