/// A pattern of names: `*` stands for any letters, points included, `?` for one, `[ab]` and `[a-z]` for one of several,
/// `[!ab]` for one of all others.
public struct Glob {
  private enum Part {
    case any, one
    case letter(Character)
    case oneOf([ClosedRange<Character>], isNegated: Bool)
  }
  private let parts: [Part]

  /// Whether a text has letters that make it a pattern.
  public static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

  public init(_ pattern: String) {
    let letters = Array(pattern)
    var parts: [Part] = [], i = 0
    while i < letters.count {
      switch letters[i] {
      case "*": parts.append(.any)
      case "?": parts.append(.one)
      case "[":
        // The first letter of a set may be a closing bracket. A set that is never closed is a bracket.
        let start = i + 1 + (i + 1 < letters.count && letters[i + 1] == "!" ? 1 : 0)
        if start < letters.count, let end = letters[(start + 1)...].firstIndex(of: "]") {
          parts.append(.oneOf(Glob.ranges(letters[start..<end]), isNegated: start == i + 2))
          i = end
        } else {
          parts.append(.letter("["))
        }
      default: parts.append(.letter(letters[i]))
      }
      i += 1
    }
    self.parts = parts
  }

  private static func ranges(_ letters: ArraySlice<Character>) -> [ClosedRange<Character>] {
    var out: [ClosedRange<Character>] = [], rest = letters
    while let first = rest.popFirst() {
      if rest.count >= 2, rest.first == "-" {
        rest.removeFirst()
        if let last = rest.popFirst(), first <= last { out.append(first...last) }
      } else {
        out.append(first...first)
      }
    }
    return out
  }

  /// Whether the whole name is as the pattern says.
  public func matches(_ name: String) -> Bool {
    let letters = Array(name)
    // After a star, a mismatch goes back to it and has it take one letter more; only the last star needs that.
    var (i, p) = (0, 0), star: (part: Int, letter: Int)?
    while i < letters.count {
      if p < parts.count, case .any = parts[p] {
        star = (p, i)
        p += 1
      } else if p < parts.count, accepts(parts[p], letters[i]) {
        (i, p) = (i + 1, p + 1)
      } else if let (part, letter) = star {
        star = (part, letter + 1)
        (i, p) = (letter + 1, part + 1)
      } else {
        return false
      }
    }
    return parts[p...].allSatisfy { if case .any = $0 { true } else { false } }
  }

  private func accepts(_ part: Part, _ letter: Character) -> Bool {
    switch part {
    case .any: false
    case .one: true
    case .letter(let l): l == letter
    case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(letter) } != isNegated
    }
  }
}
