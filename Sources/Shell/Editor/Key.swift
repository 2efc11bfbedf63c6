/// One key press, or what came instead of one.
enum Key: Equatable {
  case scalar(Unicode.Scalar)
  case meta(Unicode.Scalar)
  case named(Named)
  case paste([UInt8])
  /// The escape key alone.
  case escape
  /// Ctrl-C.
  case interrupt
  /// The terminal is gone.
  case end

  enum Named {
    case up, down, right, left, home, end, delete, wordRight, wordLeft, deleteWord, newline
  }

  /// The key that a terminal's control sequence `ESC [ body` stands for; nil for those of no use here, which libedit
  /// would type as text.
  static func named(_ body: String) -> Named? {
    switch body {
    case "A": .up
    case "B": .down
    case "C": .right
    case "D": .left
    case "H", "1~", "7~": .home
    case "F", "4~", "8~": .end
    case "3~": .delete
    case "1;5C", "1;3C", "5C": .wordRight
    case "1;5D", "1;3D", "5D": .wordLeft
    case "3;5~", "3;3~": .deleteWord
    case "13;2u", "13;3u", "27;2;13~", "27;3;13~": .newline
    default: nil
    }
  }

  /// What libedit is to read for it; nothing for what the editor deals with itself. The user's own `bind` lines hold,
  /// since these are the usual sequences.
  var codes: [UInt32] {
    switch self {
    case .scalar(let scalar): [scalar.value]
    case .meta(let scalar): [27, scalar.value]
    case .named(let name): name.codes
    case .escape, .paste, .interrupt, .end: []
    }
  }
}

extension Key.Named {
  var codes: [UInt32] {
    let sequence =
      switch self {
      case .up: "\u{1b}[A"
      case .down: "\u{1b}[B"
      case .right: "\u{1b}[C"
      case .left: "\u{1b}[D"
      case .home: "\u{1b}[H"
      case .end: "\u{1b}[F"
      case .delete: "\u{1b}[3~"
      case .wordRight: "\u{1b}f"
      case .wordLeft: "\u{1b}b"
      case .deleteWord: "\u{1b}d"
      case .newline: "\u{1b}\r"
      }
    return sequence.unicodeScalars.map(\.value)
  }
}
