/// The text of one file or of one entry at the prompt, with its lines.
///
/// A reference, so that a `Span` inside a function keeps the text it was written in alive and points to it for ever.
public final class SourceText: Sendable {
  /// The file's path as it was given, or `nil` for text typed at a prompt.
  public let name: String?
  /// The text as UTF-8. All offsets count these bytes.
  public let bytes: [UInt8]
  /// The offset of the first byte of every line; never empty. A byte order mark stands before the first line.
  let lineStarts: [Int]

  public init(name: String? = nil, _ text: String) {
    self.name = name
    bytes = Array(text.utf8)
    lineStarts = SourceText.starts(in: bytes)
  }

  /// The text from the offset `start` up to `end`, offsets outside the text meaning its ends.
  public func text(from start: Int, to end: Int) -> String {
    let low = min(max(start, 0), bytes.count)
    let high = min(max(end, low), bytes.count)
    return String(decoding: bytes[low..<high], as: UTF8.self)
  }

  /// How many lines there are; an empty text has one.
  public var lineCount: Int { lineStarts.count }

  /// The line, from 1, that holds the byte at `offset`.
  /// - Cost: a binary search.
  public func line(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The line and the column of the byte at `offset`, both from 1; columns count code points.
  public func position(at offset: Int) -> Position {
    let line = line(at: offset)
    let start = lineStarts[line - 1]
    let end = min(max(offset, start), bytes.count)
    var column = 1
    for byte in bytes[start..<end] where byte & 0xC0 != 0x80 { column += 1 }
    return Position(line: line, column: column)
  }

  /// The offsets of the text of line `number`, from 1, without what ends it; empty where there is no such line.
  public func lineRange(_ number: Int) -> Range<Int> {
    guard number >= 1, number <= lineStarts.count else { return bytes.count..<bytes.count }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : bytes.count
    while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return start..<end
  }

  private static func starts(in bytes: [UInt8]) -> [Int] {
    var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
    for (index, byte) in bytes.enumerated() {
      let lone = byte == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)
      if byte == 0x0A || lone { starts.append(index + 1) }
    }
    return starts
  }
}

/// A place in a text: line and column from 1, the column in code points.
public struct Position: Sendable, Hashable {
  public let line: Int
  public let column: Int
}

/// A piece of one source: the bytes from `start` up to, and without, `end`.
public struct Span: Sendable {
  public let source: SourceText
  private let first: Int32
  private let last: Int32

  /// - Parameters:
  ///   - start: The offset of the first byte.
  ///   - end: The offset behind the last byte; taken as `start` where it is smaller.
  public init(_ source: SourceText, _ start: Int, _ end: Int) {
    self.source = source
    first = Int32(clamping: start)
    last = Int32(clamping: max(start, end))
  }

  public var start: Int { Int(first) }
  public var end: Int { Int(last) }
  /// What is written there.
  public var text: String { source.text(from: start, to: end) }
  /// The beginning of what is written there, short enough for a message.
  var excerpt: String {
    let line = source.text(from: start, to: min(end, start + 160)).prefix { !$0.isNewline }
    return line.utf8.count == end - start && line.count <= 30 ? String(line) : "\(line.prefix(24))…"
  }

  /// Where it starts.
  public var position: Position { source.position(at: start) }
  /// The empty span behind this one.
  public var after: Span { Span(source, end, end) }

  /// The span from the start of this one to the end of `other`, a later one of the same source.
  public func through(_ other: Span) -> Span { Span(source, start, other.end) }
}

extension Span: Hashable {
  public static func == (left: Span, right: Span) -> Bool {
    left.source === right.source && left.first == right.first && left.last == right.last
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(source))
    hasher.combine(first)
    hasher.combine(last)
  }
}
