/// A number as a format of Python's asks for, rounded exactly: `formatted(2.5, spec: ".0f")` is `2`.
/// - Throws: `FormatError` for a spec that numbers do not have.
public func formatted(_ value: Double, spec text: String) throws(FormatError) -> String {
  let spec = try FormatSpec(text)
  guard spec.type.map({ "eEfFgG%".contains($0) }) ?? true else {
    throw .unknownType(spec.type ?? " ", kind: "number", types: "e f g %")
  }
  return spec.number(value)
}

/// A whole number as a format of Python's asks for; `e f g %` write it as a real number.
/// - Throws: `FormatError` for a spec that whole numbers do not have.
public func formatted(_ value: Int, spec text: String) throws(FormatError) -> String {
  let spec = try FormatSpec(text)
  switch spec.type {
  case nil, "d":
    guard spec.precision == nil else { throw .notAllowed(part: "precision", kind: "whole number") }
    return spec.signed(String(value.magnitude), isNegative: value < 0)
  case .some(let type) where "eEfFgG%".contains(type): return spec.number(Double(value))
  case .some(let type): throw .unknownType(type, kind: "whole number", types: "d e f g %")
  }
}

/// A string as a format of Python's asks for; its precision cuts it.
/// - Throws: `FormatError` for a spec that strings do not have.
public func formatted(_ value: String, spec text: String) throws(FormatError) -> String {
  let spec = try FormatSpec(text)
  guard spec.type == nil || spec.type == "s" else { throw .unknownType(spec.type ?? " ", kind: "string", types: "s") }
  if spec.sign != nil { throw .notAllowed(part: "sign", kind: "string") }
  if spec.grouping != nil { throw .notAllowed(part: "grouping", kind: "string") }
  if spec.align == .inside { throw .notAllowed(part: "alignment '='", kind: "string") }
  return spec.padded(spec.precision.map { String(value.prefix($0)) } ?? value, standard: .left)
}

extension FormatSpec {
  fileprivate func number(_ value: Double) -> String {
    let value = type == "%" ? value * 100 : value
    var body: String
    if value.isFinite {
      body = magnitude(value)
    } else {
      body = value.isNaN ? "nan" : "inf"
    }
    if let type, type.isUppercase { body = body.uppercased() }
    return signed(body + (type == "%" ? "%" : ""), isNegative: value.sign == .minus && !value.isNaN)
  }

  private func magnitude(_ value: Double) -> String {
    let exact = DecimalDigits(exactly: value)
    switch type {
    case "f", "F", "%":
      let places = precision ?? 6
      return exact.rounded(places: places).fixedText(places: places)
    case "e", "E":
      let places = precision ?? 6
      return exact.rounded(significant: places + 1).scientificText(places: places)
    case .some:
      let count = max(1, precision ?? 6)
      return general(exact.rounded(significant: count), limit: count)
    case nil:
      // Without a type the text always reads as a real number, so one digit less goes before the point.
      guard let precision else { return real(DecimalDigits(shortest: value), limit: 16) }
      let count = max(1, precision)
      return real(exact.rounded(significant: count), limit: count - 1)
    }
  }

  private func general(_ digits: DecimalDigits, limit: Int) -> String {
    (-4..<max(limit, -3)).contains(digits.exponent)
      ? digits.fixedText(places: digits.places) : digits.scientificText(places: max(0, digits.digits.count - 1))
  }

  private func real(_ digits: DecimalDigits, limit: Int) -> String {
    let text = general(digits, limit: limit)
    return text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? text + ".0" : text
  }

  fileprivate func signed(_ body: String, isNegative: Bool) -> String {
    let mark = isNegative ? "-" : sign == .plus ? "+" : sign == .space ? " " : ""
    guard let grouping else { return padded(body, standard: .right, sign: mark) }
    let digits = body.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty else { return padded(body, standard: .right, sign: mark) }
    let rest = body.dropFirst(digits.count)
    // Zeros that fill the width are grouped like any other digit.
    let room = fillsInside && fill == "0" ? width - mark.count - rest.count : 0
    var count = digits.count
    while count + (count - 1) / 3 < room { count += 1 }
    let full = String(repeating: "0", count: count - digits.count) + digits
    var grouped = ""
    for (i, digit) in full.enumerated() {
      if i > 0, (count - i) % 3 == 0 { grouped.append(grouping) }
      grouped.append(digit)
    }
    return padded(grouped + rest, standard: .right, sign: mark)
  }
}
