/// How many cells of a terminal a text takes: two for wide letters and emoji, none for marks that join the letter before
/// and for colour sequences. Where terminals differ, the larger count.
public func cellWidth(_ text: some StringProtocol) -> Int {
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text.utf8.count }
  var width = 0
  var last = 0
  var escape = Escape.none
  for scalar in text.unicodeScalars {
    if escape.swallows(scalar) { continue }
    if scalar.value == 0xfe0f {
      // The mark that makes a sign an emoji makes it wide, too.
      width += last == 1 ? 1 : 0
      continue
    }
    last = cells(scalar)
    width += last
  }
  return width
}

/// Where in a sequence such as `ESC [ 1 m` a text stands.
struct Escape {
  private enum State { case outside, begun, inside }
  private var state = State.outside
  static let none = Escape()

  /// Whether the scalar belongs to a sequence, which takes no cell.
  mutating func swallows(_ scalar: Unicode.Scalar) -> Bool {
    switch state {
    case .outside:
      if scalar.value == 0x1b { state = .begun }
      return scalar.value == 0x1b
    case .begun:
      state = scalar == "[" ? .inside : .outside
    case .inside:
      if (0x40...0x7e).contains(scalar.value) { state = .outside }
    }
    return true
  }
}

private func cells(_ scalar: Unicode.Scalar) -> Int {
  let v = scalar.value
  if v < 0x300 { return v < 0x20 || (0x7f..<0xa0).contains(v) || v == 0xad ? 0 : 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
  default: break
  }
  if (0x1160...0x11ff).contains(v) || (0xd7b0...0xd7ff).contains(v) { return 0 }
  // Two of the letters that flags are made of take two cells together.
  if (0x1f1e6...0x1f1ff).contains(v) { return 1 }
  return isWide(v) || scalar.properties.isEmojiPresentation ? 2 : 1
}

/// - Source: Unicode Standard Annex 11, classes W and F, without the gaps of unassigned letters.
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
  0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
  0x16fe0...0x18cff, 0x1aff0...0x1b2ff, 0x1f200...0x1f265, 0x1f300...0x1f320, 0x1f900...0x1f9ff, 0x20000...0x3fffd,
]

private func isWide(_ v: UInt32) -> Bool {
  var (low, high) = (0, wideRanges.count)
  while low < high {
    let middle = (low + high) / 2
    if wideRanges[middle].upperBound < v { low = middle + 1 } else { high = middle }
  }
  return low < wideRanges.count && wideRanges[low].contains(v)
}
