import CEditline
import Glibc

/// Reads keys from standard input, in raw mode: whole escape sequences, whole pastes, signals in between.
///
/// Outside a paste it takes one byte at a time, so that what it has not used stays in the kernel: an interrupt of a
/// running command drops it there, and a program that the shell starts finds it.
final class KeyReader {
  /// Deals with the signals that arrived; true if they end the entry.
  var onSignals: (Int32) -> Bool = { _ in false }

  private var buffer: [UInt8] = []
  private var used = 0
  private var isInterrupted = false
  private var returned: [Key] = []

  /// The rest of a sequence follows its first byte at once; a person's next key does not.
  private static let pause: Int32 = 50
  private static let pasteEnd = Array("\u{1b}[201~".utf8)

  private enum Arrival { case input, nothing, interrupt }

  /// Waits for a key.
  func next() -> Key {
    if let key = returned.popLast() { return key }
    while true {
      guard wait(-1) != .interrupt else { return interrupted() }
      guard let scalar = scalar() else { return isInterrupted ? interrupted() : .end }
      let key = scalar == "\u{1b}" ? escape() : .scalar(scalar)
      if isInterrupted { return interrupted() }
      // The codes from 0x80 to 0x9f are the editor's own.
      if let key, key != .scalar(scalar) || !(0x80...0x9f).contains(scalar.value) { return key }
    }
  }

  /// Gives a key back; it is the next one.
  func putBack(_ key: Key) { returned.append(key) }

  /// Whether a key can be read at once.
  var hasMore: Bool { !returned.isEmpty || used < buffer.count || isReadable(0) }

  private func interrupted() -> Key {
    isInterrupted = false
    buffer = []
    used = 0
    ced_drop_input()
    return .interrupt
  }

  private func isReadable(_ timeout: Int32) -> Bool {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&input, 1, timeout) > 0
  }

  private func wait(_ timeout: Int32) -> Arrival {
    while !isInterrupted {
      if used < buffer.count { return .input }
      var sources = [STDIN_FILENO, ced_signal_pipe()].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      let count = poll(&sources, 2, timeout)
      if count == 0 { return .nothing }
      if count < 0, errno != EINTR { return .input }  // reading will say what is wrong
      if count > 0, sources[1].revents == 0 { return .input }
      isInterrupted = onSignals(ced_take_signals())
    }
    return .interrupt
  }

  private func byte() -> UInt8? {
    if used < buffer.count {
      used += 1
      return buffer[used - 1]
    }
    return fill(1) ? byte() : nil
  }

  /// Reads up to `count` bytes into the empty buffer.
  private func fill(_ count: Int) -> Bool {
    used = 0
    buffer = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      var result = 0
      repeat { result = read(STDIN_FILENO, bytes.baseAddress, count) } while result < 0 && errno == EINTR
      filled = max(result, 0)
    }
    return !buffer.isEmpty
  }

  private func scalar() -> Unicode.Scalar? {
    guard let lead = byte() else { return nil }
    guard lead >= 0x80 else { return Unicode.Scalar(lead) }
    var bytes = [lead]
    let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1
    while bytes.count < length, wait(Self.pause) == .input, let next = byte() {
      guard next & 0xc0 == 0x80 else {
        used -= 1  // `byte` has just moved it past `next`
        break
      }
      bytes.append(next)
    }
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.first  // what is no UTF-8 becomes U+FFFD
  }

  /// What follows an escape byte; nil for a sequence of no use.
  private func escape() -> Key? {
    guard wait(Self.pause) == .input, let scalar = scalar() else { return .escape }
    switch scalar {
    case "\u{1b}": return escape()
    case "[": return control()
    case "O": return application()
    default: return .meta(scalar)
    }
  }

  private func application() -> Key? {
    guard wait(Self.pause) == .input, let scalar = scalar() else { return .meta("O") }
    return scalar == "M" ? .scalar("\r") : Key.named(String(Character(scalar))).map(Key.named)
  }

  private func control() -> Key? {
    var body = ""
    while body.utf8.count < 64, wait(Self.pause) == .input, let scalar = scalar() {
      body.unicodeScalars.append(scalar)
      if (0x40...0x7e).contains(scalar.value) { break }
    }
    return body == "200~" ? paste() : Key.named(body).map(Key.named)
  }

  /// A paste up to its end mark. It waits for that as long as it takes, for a line cut off would run; Ctrl-C gives up.
  private func paste() -> Key? {
    var text: [UInt8] = []
    while wait(-1) == .input {
      if used == buffer.count, !fill(1 << 16) { return .end }
      let start = max(0, text.count - Self.pasteEnd.count + 1)
      text += buffer[used...]
      used = buffer.count
      if let end = text[start...].firstRange(of: Self.pasteEnd) {
        used -= text.count - end.upperBound  // the rest are keys; they came with the last read
        return .paste(Array(text[..<end.lowerBound]))
      }
    }
    return nil
  }
}
