import Charts
import Glibc
import Testing

/// What C's printf makes of a number.
private func printed(_ format: String, _ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 2048)
  let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

@Suite struct FormattedTests {
  @Test("e, f and g agree with printf, digit for digit")
  func agreesWithC() throws {
    var random = TestRandom(seed: 1)
    for round in 0..<6000 {
      let value = random.number(round)
      let sign = ["", "+", " "][random.below(3)], zero = ["", "0", "<"][random.below(3)]
      let type = ["e", "f", "g", "E", "G"][random.below(5)], precision = random.below(4) == 0 ? "" : ".\(random.below(30))"
      let width = String(1 + random.below(30))
      let ours = try formatted(value, spec: (zero == "<" ? "<" : "") + sign + (zero == "0" ? "0" : "") + width + precision + type)
      let theirs = printed("%" + (zero == "<" ? "-" : zero) + sign + width + precision + type, value)
      #expect(ours == theirs, "\(value) \(sign)\(zero)\(width)\(precision)\(type)")
    }
  }

  @Test("ties go to the even digit, and every digit of the extremes is right")
  func extremes() throws {
    for value in [0.125, 0.375, 2.5, 3.5, 0.5, 1.5, 9.5, 99.5, .leastNonzeroMagnitude, 2.2250738585072014e-308, 1.7976931348623157e308, 0, 1e23] {
      for precision in [0, 1, 2, 17, 1074] {
        for type in ["f", "e"] {
          #expect(try formatted(value, spec: ".\(precision)\(type)") == printed("%.\(precision)\(type)", value))
        }
      }
    }
  }

  // As Python 3.11 writes them.
  @Test("numbers as Python writes them", arguments: [
    (3.0, "", "3.0"), (1e16, "", "1e+16"), (1e15, "", "1000000000000000.0"), (123456.0, "", "123456.0"), (0.0001, "", "0.0001"),
    (1e-05, "", "1e-05"), (1e100, "", "1e+100"), (3.0, ".3", "3.0"), (123.0, ".3", "1.23e+02"), (5.0, ".1", "5e+00"),
    (0.0, ".1", "0e+00"), (1234.5, "012,.1f", "00,001,234.5"), (1234.5, "_.2f", "1_234.50"), (-1234567.891, ",.2f", "-1,234,567.89"),
    (0.5, "%", "50.000000%"), (0.12345, ".1%", "12.3%"), (.infinity, "06", "000inf"), (-.infinity, "+f", "-inf"),
    (.nan, "8.2f", "     nan"), (.nan, "F", "NAN"), (-0.0, ".1f", "-0.0"), (1e22, "g", "1e+22"), (-3.14159, "*^12.2f", "***-3.14****"),
    (-3.5, "=10.1f", "-      3.5"), (3.5, "<08.1f", "3.500000"), (3.5, "x<08.1f", "3.5xxxxx"), (3.5, "*>+8.1f", "****+3.5"),
    (1e300, "G", "1E+300"), (1e-07, ",.3g", "1e-07"), (1234.0, ",", "1,234.0"), (0.1, ".20f", "0.10000000000000000555"),
    (9990000000000000.0, "", "9990000000000000.0"), (1.2345678901234568e17, "", "1.2345678901234568e+17"),
  ])
  func numbers(_ value: Double, _ spec: String, _ text: String) throws {
    #expect(try formatted(value, spec: spec) == text)
  }

  @Test("whole numbers as Python writes them", arguments: [
    (42, "", "42"), (-42, "06", "-00042"), (42, "+,d", "+42"), (1_234_567, ",", "1,234,567"), (1_234_567, "012,", "0,001,234,567"),
    (1234, "08,", "0,001,234"), (1234, "_", "1_234"), (42, ".2f", "42.00"), (42, "e", "4.200000e+01"), (1, "%", "100.000000%"),
    (42, "^8", "   42   "), (42, "<6d", "42    "), (-7, "= 6d", "-    7"), (0, "03", "000"), (.min, "", "-9223372036854775808"),
  ])
  func wholeNumbers(_ value: Int, _ spec: String, _ text: String) throws {
    #expect(try formatted(value, spec: spec) == text)
  }

  @Test("strings as Python writes them", arguments: [
    ("abc", "", "abc"), ("abc", "6", "abc   "), ("abc", ">6", "   abc"), ("abc", "^6s", " abc  "), ("abc", ".2", "ab"),
    ("abc", "*<6.1s", "a*****"), ("abc", "06", "abc000"), ("語", "4", "語  "),
  ])
  func strings(_ value: String, _ spec: String, _ text: String) throws {
    #expect(try formatted(value, spec: spec) == text)
  }

  @Test("a bad spec says what is wrong with it")
  func badSpecs() {
    #expect(throws: FormatError.malformed(spec: ".f", offset: 1)) { try formatted(1.0, spec: ".f") }
    #expect(throws: FormatError.malformed(spec: ".3fx", offset: 2)) { try formatted(1.0, spec: ".3fx") }
    #expect(throws: FormatError.unknownType("q", kind: "number", types: "e f g %")) { try formatted(1.0, spec: ".3q") }
    #expect(throws: FormatError.unknownType("s", kind: "whole number", types: "d e f g %")) { try formatted(1, spec: "s") }
    #expect(throws: FormatError.unknownType("f", kind: "string", types: "s")) { try formatted("a", spec: ".3f") }
    #expect(throws: FormatError.notAllowed(part: "precision", kind: "whole number")) { try formatted(1, spec: ".3d") }
    #expect(throws: FormatError.notAllowed(part: "sign", kind: "string")) { try formatted("a", spec: "+5") }
    #expect(throws: FormatError.tooLarge(limit: 10_000)) { try formatted(1.0, spec: "99999999999999999999") }
    #expect(throws: FormatError.tooLarge(limit: 10_000)) { try formatted(1.0, spec: ".10001f") }
  }

  @Test("no spec traps")
  func hostileSpecs() {
    var random = TestRandom(seed: 2)
    let letters = Array("<>=^+- 0123456789,_.efgEFGds%x語é\u{0}")
    for _ in 0..<5000 {
      let spec = String((0..<random.below(9)).map { _ in letters[random.below(letters.count)] })
      _ = try? formatted(random.number(0), spec: spec)
      _ = try? formatted(Int.min, spec: spec)
      _ = try? formatted("aé語", spec: spec)
    }
  }
}
