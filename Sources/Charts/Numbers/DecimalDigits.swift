/// The digits of a finite magnitude in base ten: `0.d₁d₂d₃… × 10^point`, without zeros at either end.
struct DecimalDigits: Equatable {
  private(set) var digits: [UInt8]
  private(set) var point: Int

  /// The power of ten of the first digit: 2 for 123, -1 for 0.5; 0 for zero itself.
  var exponent: Int { digits.isEmpty ? 0 : point - 1 }
  /// How many decimals it takes to write all digits.
  var places: Int { max(0, digits.count - point) }

  /// Every digit of the binary number, up to 767 of them.
  /// - Numerics: `m 2^e` is the integer `m 2^e` for `e >= 0`, and `m 5^-e` with the point moved by `-e` otherwise.
  init(exactly value: Double) {
    guard value.isFinite, value != 0 else {
      self.init([], point: 0)
      return
    }
    let isSubnormal = value.exponentBitPattern == 0
    var mantissa = value.significandBitPattern | (isSubnormal ? 0 : 1 << 52)
    var power = Int(isSubnormal ? 1 : value.exponentBitPattern) - 1075
    let zeros = mantissa.trailingZeroBitCount
    mantissa >>= UInt64(zeros)
    power += zeros
    var integer = Limbs(mantissa)
    integer.multiply(by: power >= 0 ? 2 : 5, times: power.magnitude)
    let all = integer.decimal
    self.init(all, point: all.count - (power < 0 ? -power : 0))
  }

  /// The fewest digits that read back as the same number.
  init(shortest value: Double) {
    guard value.isFinite, value != 0 else {
      self.init([], point: 0)
      return
    }
    var digits: [UInt8] = []
    var point: Int?
    let parts = value.magnitude.description.split(separator: "e")
    for byte in (parts.first ?? "").utf8 {
      if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte &- UInt8(ascii: "0")) }
    }
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    self.init(digits, point: (point ?? digits.count) + exponent)
  }

  private init(_ all: [UInt8], point: Int) {
    let leading = all.prefix { $0 == 0 }.count
    let trailing = all.reversed().prefix { $0 == 0 }.count
    digits = leading == all.count ? [] : Array(all[leading..<(all.count - trailing)])
    self.point = digits.isEmpty ? 0 : point - leading
  }

  /// Rounded to so many decimals, ties to even.
  func rounded(places: Int) -> DecimalDigits { keeping(point + places) }

  /// Rounded to so many digits in all, ties to even.
  func rounded(significant count: Int) -> DecimalDigits { keeping(count) }

  private func keeping(_ count: Int) -> DecimalDigits {
    guard count < digits.count else { return self }
    guard count >= 0 else { return DecimalDigits([], point: 0) }
    var kept = Array(digits[..<count])
    let next = digits[count]
    let isTie = next == 5 && digits.count == count + 1
    let roundsUp = isTie ? (kept.last ?? 0) % 2 == 1 : next >= 5
    guard roundsUp else { return DecimalDigits(kept, point: point) }
    while kept.last == 9 { kept.removeLast() }
    if let last = kept.last {
      kept[kept.count - 1] = last + 1
      return DecimalDigits(kept, point: point)
    }
    return DecimalDigits([1], point: point + 1)
  }

  /// `12.50` for two places; digits beyond them are left out, so round first.
  func fixedText(places: Int) -> String {
    var text: [UInt8] = []
    func digit(_ i: Int) -> UInt8 { (digits.indices.contains(i) ? digits[i] : 0) + UInt8(ascii: "0") }
    if point <= 0 { text.append(UInt8(ascii: "0")) }
    for i in 0..<max(0, point) { text.append(digit(i)) }
    if places > 0 { text.append(UInt8(ascii: ".")) }
    for i in 0..<max(0, places) { text.append(digit(point + i)) }
    return String(decoding: text, as: UTF8.self)
  }

  /// `1.25e+01` for two places.
  func scientificText(places: Int) -> String {
    let mantissa = DecimalDigits(digits, point: digits.isEmpty ? 0 : 1).fixedText(places: places)
    let size = String(exponent.magnitude)
    return mantissa + (exponent < 0 ? "e-" : "e+") + (size.count < 2 ? "0" : "") + size
  }
}

/// A natural number in base 10⁹, the lowest limb first.
private struct Limbs {
  private var limbs: [UInt64]

  init(_ value: UInt64) {
    limbs = []
    var rest = value
    while rest > 0 {
      limbs.append(rest % 1_000_000_000)
      rest /= 1_000_000_000
    }
  }

  mutating func multiply(by factor: UInt64, times: UInt) {
    var left = times
    while left > 0 {
      // 13 factors of at most 5 stay below 2^31, and a limb below 2^30: the product and its carry fit 64 bits.
      let now = min(left, 13)
      let product = (0..<now).reduce(1 as UInt64) { all, _ in all * factor }
      var carry: UInt64 = 0
      for i in limbs.indices {
        let sum = limbs[i] * product + carry
        limbs[i] = sum % 1_000_000_000
        carry = sum / 1_000_000_000
      }
      while carry > 0 {
        limbs.append(carry % 1_000_000_000)
        carry /= 1_000_000_000
      }
      left -= now
    }
  }

  /// The digits, the highest first; a few zeros may lead.
  var decimal: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(limbs.count * 9)
    for limb in limbs {
      var rest = limb
      for _ in 0..<9 {
        out.append(UInt8(rest % 10))
        rest /= 10
      }
    }
    return out.reversed()
  }
}
