/// A record as one line of the history's file: `{"ok":true,"text":"…"}`, in JSON's spelling.
enum HistoryLine {
  private static let heads: [(bytes: [UInt8], ok: Bool)] = [
    (Array(#"{"ok":true,"text":""#.utf8), true), (Array(#"{"ok":false,"text":""#.utf8), false),
  ]
  private static let tail = Array("\"}".utf8)

  /// Without the newline at the end.
  static func encode(_ record: HistoryStore.Record) -> [UInt8] {
    var line = heads[record.ok ? 0 : 1].bytes
    for byte in record.text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): line += Array("\\n".utf8)
      case UInt8(ascii: "\t"): line += Array("\\t".utf8)
      case 0..<0x20, 0x7f:
        let hex = String(byte, radix: 16)
        line += Array(("\\u00" + (hex.count < 2 ? "0" : "") + hex).utf8)
      default: line.append(byte)
      }
    }
    return line + tail
  }

  /// nil for whatever is no such line: half written, damaged, another program's.
  static func decode(_ line: ArraySlice<UInt8>) -> HistoryStore.Record? {
    guard let head = heads.first(where: { line.starts(with: $0.bytes) }), line.count >= head.bytes.count + tail.count,
      line.suffix(tail.count).elementsEqual(tail),
      let text = text(line.dropFirst(head.bytes.count).dropLast(tail.count)), !text.isEmpty
    else { return nil }
    return HistoryStore.Record(text, ok: head.ok)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    guard !bytes.contains(where: { $0 < 0x20 }) else { return nil }
    if !bytes.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) { return visible(bytes) }
    var units: [UInt8] = []
    units.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return nil }
      guard byte == UInt8(ascii: "\\") else {
        units.append(byte)
        continue
      }
      guard let scalar = escaped(&rest) else { return nil }
      units += Array(String(Character(scalar)).utf8)
    }
    return visible(units)
  }

  /// nil for what is no UTF-8. Control characters have no place on the line, whoever wrote them.
  private static func visible(_ bytes: some Collection<UInt8>) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let isControl = { (scalar: Unicode.Scalar) in scalar != "\n" && scalar != "\t" && PastedText.isControl(scalar) }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return EditedText.string(text.unicodeScalars.filter { !isControl($0) }[...])
  }

  private static func escaped(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let kind = rest.popFirst() else { return nil }
    switch Unicode.Scalar(kind) {
    case "\"", "\\", "/": return Unicode.Scalar(kind)
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "u": return unicode(&rest)
    default: return nil
    }
  }

  /// `XXXX`, or the two halves `XXXX\uXXXX` of a pair.
  private static func unicode(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let first = unit(&rest) else { return nil }
    guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) }
    guard rest.starts(with: Array("\\u".utf8)) else { return nil }
    rest = rest.dropFirst(2)
    guard let second = unit(&rest), (0xdc00..<0xe000).contains(second) else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
  }

  private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    let digits = rest.prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    rest = rest.dropFirst(4)
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
