/// Sorts rows of numbers by place, stably: keys that order as the numbers do, sorted digit by digit of 11 bits.
///
/// A radix sort takes the same passes whatever the numbers, three for float32; a pass in which all keys share their digit is
/// left out.
struct LaneSorter {
  private var keys: [UInt64], otherKeys: [UInt64]
  private var places: [Int64], otherPlaces: [Int64]
  private let n: Int

  init(count: Int) {
    n = count
    (keys, otherKeys) = (Array(repeating: 0, count: n), Array(repeating: 0, count: n))
    (places, otherPlaces) = (Array(repeating: 0, count: n), Array(repeating: 0, count: n))
  }

  /// Writes the places that sort `n` elements of a contiguous tensor from `start` on.
  mutating func sort(_ x: Tensor, from start: Int, descending: Bool, into out: UnsafeMutablePointer<Int64>) {
    readKeys(x, start)
    let flip: UInt64 = descending ? .max : 0
    for i in 0..<n {
      keys[i] ^= flip
      places[i] = Int64(i)
    }
    if n <= 32 { insert() } else { distribute() }
    for i in 0..<n { out[i] = places[i] }
  }

  /// Unsigned keys in the order of the numbers: nan is the largest, and both zeros are equal.
  private mutating func readKeys(_ x: Tensor, _ start: Int) {
    switch x.dtype {
    case .float32:
      let p = x.f32 + start
      for i in 0..<n {
        let bits = (p[i] + 0).bitPattern
        keys[i] = p[i].isNaN ? UInt64(UInt32.max) : UInt64(bits >> 31 == 1 ? ~bits : bits | 1 << 31)
      }
    case .float64:
      let p = x.f64 + start
      for i in 0..<n {
        let bits = (p[i] + 0).bitPattern
        keys[i] = p[i].isNaN ? .max : bits >> 63 == 1 ? ~bits : bits | 1 << 63
      }
    case .int64:
      let p = x.i64 + start
      for i in 0..<n { keys[i] = UInt64(bitPattern: p[i]) ^ 1 << 63 }
    case .bool:
      let p = x.u8 + start
      for i in 0..<n { keys[i] = UInt64(p[i]) }
    }
  }

  private mutating func insert() {
    for i in 1..<max(n, 1) {
      let (key, place) = (keys[i], places[i])
      var j = i
      while j > 0, keys[j - 1] > key {
        (keys[j], places[j]) = (keys[j - 1], places[j - 1])
        j -= 1
      }
      (keys[j], places[j]) = (key, place)
    }
  }

  private mutating func distribute() {
    var union: UInt64 = 0, common = UInt64.max
    for key in keys {
      union |= key
      common &= key
    }
    var shift: UInt64 = 0
    while shift < 64 {
      if (union ^ common) >> shift & LaneSorter.digit != 0 {
        pass(shift)
        swap(&keys, &otherKeys)
        swap(&places, &otherPlaces)
      }
      shift += 11
    }
  }

  private static let digit: UInt64 = 2047

  /// Brings everything into the order of one digit, keeping the order of what shares it.
  private mutating func pass(_ shift: UInt64) {
    let n = n, digit = LaneSorter.digit
    var starts = [Int](repeating: 0, count: 2048)
    // Digits are below 2048, and each place that is counted is one of the n.
    starts.withUnsafeMutableBufferPointer { starts in
      keys.withUnsafeBufferPointer { keys in
        for i in 0..<n { starts[Int(truncatingIfNeeded: keys[i] >> shift & digit)] &+= 1 }
        var at = 0
        for d in 0..<2048 { (starts[d], at) = (at, at &+ starts[d]) }
        places.withUnsafeBufferPointer { places in
          otherKeys.withUnsafeMutableBufferPointer { otherKeys in
            otherPlaces.withUnsafeMutableBufferPointer { otherPlaces in
              for i in 0..<n {
                let d = Int(truncatingIfNeeded: keys[i] >> shift & digit), to = starts[d]
                starts[d] = to &+ 1
                otherKeys[to] = keys[i]
                otherPlaces[to] = places[i]
              }
            }
          }
        }
      }
    }
  }
}
