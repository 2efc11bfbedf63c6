/// A number with so many significant digits, trailing zeros left out: `0.25`, `1235`, `123457`, `1.235e-07`.
/// Written out from 0.0001 up to a million, where digits before the point are never rounded away.
public func number(_ value: Double, significant: Int = 4) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  let count = min(max(significant, 1), 17)
  let sign = value < 0 ? "-" : ""
  let exact = DecimalDigits(exactly: value)
  let form = NumberForm(exact, significant: count)
  return sign + form.text(decimals: .max)
}

/// A share of a whole in per cent: `97.3 %`. What is not nothing or not all is never shown as such.
public func percent(_ share: Double) -> String {
  guard share.isFinite else { return number(share) }
  if share > 0, share < 0.0005 { return "<0.1 %" }
  if share < 1, share >= 0.9995 { return ">99.9 %" }
  let digits = DecimalDigits(exactly: share * 100).rounded(places: 1)
  return (share < 0 && !digits.digits.isEmpty ? "-" : "") + digits.fixedText(places: 1) + " %"
}

/// A time as a person says it: `240 ms`, `1.3 s`, `2 min 5 s`, `1 h 20 min`.
public func duration(_ seconds: Double, style: TextStyle = .plain) -> String {
  guard seconds.isFinite, seconds < 1e15 else { return seconds.isNaN ? "nan" : number(seconds) + " s" }
  guard seconds > 0 else { return "0 s" }
  let units = [(1e-9, "ns", 999.5e-9), (1e-6, style.unicode ? "µs" : "us", 999.5e-6), (1e-3, "ms", 0.9995)]
  for (unit, name, limit) in units where seconds < limit {
    let count = seconds / unit
    return DecimalDigits(exactly: count).rounded(places: count < 9.95 ? 1 : 0).trimmedText(places: count < 9.95 ? 1 : 0) + " " + name
  }
  if seconds < 59.95 { return DecimalDigits(exactly: seconds).rounded(places: 1).fixedText(places: 1) + " s" }
  let whole = Int(seconds.rounded())
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  let minutes = Int((seconds / 60).rounded())
  if minutes < 24 * 60 { return "\(minutes / 60) h \(minutes % 60) min" }
  let hours = Int((seconds / 3600).rounded())
  return "\(hours / 24) d \(hours % 24) h"
}

extension DecimalDigits {
  /// As `fixedText`, without zeros at the end of the decimals.
  func trimmedText(places wanted: Int) -> String { fixedText(places: min(wanted, places)) }
}

/// A magnitude rounded to a number of significant digits, and whether it is written out or with a power of ten.
struct NumberForm {
  let digits: DecimalDigits
  let significant: Int
  let isScientific: Bool

  init(_ exact: DecimalDigits, significant: Int) {
    let rounded = exact.rounded(significant: significant)
    isScientific = !rounded.digits.isEmpty && !(-4..<max(6, significant)).contains(rounded.exponent)
    self.significant = significant
    digits = isScientific || rounded.exponent < significant ? rounded : exact.rounded(places: 0)
  }

  /// With a power of ten, whatever the size.
  init(scientific exact: DecimalDigits, significant: Int) {
    (digits, self.significant, isScientific) = (exact.rounded(significant: significant), significant, true)
  }

  /// The decimals that the significant digits ask for.
  private var decimals: Int {
    if digits.digits.isEmpty { return 0 }
    return max(0, isScientific ? significant - 1 : significant - 1 - digits.exponent)
  }
  /// The decimals that are left when the zeros at the end are taken off.
  var neededDecimals: Int { isScientific ? max(0, digits.digits.count - 1) : digits.places }

  /// - Parameter shared: the decimals that the whole column needs; zeros are added up to it, digits never taken off.
  func text(decimals shared: Int) -> String {
    let count = shared == .max ? neededDecimals : max(neededDecimals, min(decimals, shared))
    return isScientific ? digits.scientificText(places: count) : digits.fixedText(places: count)
  }
}
