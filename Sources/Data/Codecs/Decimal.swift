/// A decimal number read from bytes: `-12.5e3`, also `inf`.
struct Decimal {
  /// Within a few units in the last place of the number; the nearest double where `isExact`.
  let value: Double
  let isExact: Bool
  /// True for `inf` in letters, which is no overflow.
  let isInfinity: Bool

  /// Powers of ten, each the nearest double; up to the 22nd they are exact.
  private static let powers: [Double] = (0...64).compactMap { Double("1e\($0)") }

  /// Reads the longest number at `place` and moves `place` behind it; nil, and `place` untouched, where there is none.
  @inline(__always)
  static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Decimal? {
    var at = place, mantissa: UInt64 = 0, digits = 0, exponent = 0, seen = 0
    let end = bytes.count
    var isNegative = false
    if at < end, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
      isNegative = bytes[at] == UInt8(ascii: "-")
      at += 1
    }
    let unsigned = at
    // 19 digits fit into 64 bits; those beyond change the double by less than one unit in its last place.
    while at < end, case let digit = bytes[at] &- 48, digit < 10 {
      seen += 1
      if digits < 19 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits += mantissa > 0 ? 1 : 0
      } else {
        exponent += 1
      }
      at += 1
    }
    var isCut = exponent > 0
    if at < end, bytes[at] == UInt8(ascii: ".") {
      at += 1
      while at < end, case let digit = bytes[at] &- 48, digit < 10 {
        seen += 1
        if digits < 19 {
          mantissa = mantissa &* 10 &+ UInt64(digit)
          digits += mantissa > 0 ? 1 : 0
          exponent -= 1
        } else {
          isCut = true
        }
        at += 1
      }
    }
    guard seen > 0 else { return infinity(bytes, &place, unsigned, isNegative) }
    if at < end, bytes[at] | 0x20 == UInt8(ascii: "e") { exponent += readExponent(bytes, &at) }
    place = at
    return scaled(mantissa, exponent, isNegative, isCut)
  }

  @inline(__always)
  private static func scaled(_ mantissa: UInt64, _ exponent: Int, _ isNegative: Bool, _ isCut: Bool) -> Decimal {
    let m = isNegative ? -Double(mantissa) : Double(mantissa)
    if exponent == 0 || mantissa == 0 { return Decimal(value: m, isExact: !isCut && mantissa <= 1 << 53, isInfinity: false) }
    guard abs(exponent) < powers.count else { return Decimal(value: .nan, isExact: false, isInfinity: false) }
    let value = exponent < 0 ? m / powers[-exponent] : m * powers[exponent]
    return Decimal(value: value, isExact: !isCut && mantissa <= 1 << 53 && abs(exponent) <= 22, isInfinity: false)
  }

  /// What stands behind an `e` that digits follow; else `at` stays and it counts for nothing.
  private static func readExponent(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> Int {
    var next = at + 1, value = 0, isNegative = false
    if next < bytes.count, bytes[next] == UInt8(ascii: "-") || bytes[next] == UInt8(ascii: "+") {
      isNegative = bytes[next] == UInt8(ascii: "-")
      next += 1
    }
    let first = next
    while next < bytes.count, case let digit = bytes[next] &- 48, digit < 10 {
      value = min(value * 10 + Int(digit), 1 << 40)
      next += 1
    }
    guard next > first else { return 0 }
    at = next
    return isNegative ? -value : value
  }

  private static func infinity(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ at: Int, _ isNegative: Bool) -> Decimal? {
    guard at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "i") else { return nil }
    for word in ["infinity", "inf"] where at + word.utf8.count <= bytes.count {
      guard zip(word.utf8, bytes[at...]).allSatisfy({ $0 == $1 | 0x20 }) else { continue }
      place = at + word.utf8.count
      return Decimal(value: isNegative ? -.infinity : .infinity, isExact: true, isInfinity: true)
    }
    return nil
  }

  /// The nearest float32; nil where `value` alone does not tell it: too near to the middle of two, or out of range.
  @inline(__always)
  var float: Float? {
    let size = abs(value)
    if size == 0 && isExact || isInfinity { return Float(value) }
    guard size > 1e-37, size < 3e38 else { return nil }
    // The 29 bits that float32 drops: a value within 8 units of their middle may round to the other side.
    let low = Int(truncatingIfNeeded: value.bitPattern & 0x1fff_ffff) - 0x1000_0000
    return abs(low) > 8 ? Float(value) : nil
  }
}
