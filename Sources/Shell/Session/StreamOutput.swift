import Builtins
import Charts
import Engine
import Glibc
import Interpreter

/// How a session speaks to the outside.
public struct OutputStyle: Sendable {
  /// One JSON line for every shown value.
  public var isJSON = false
  /// No banner, no notes, no progress.
  public var isQuiet = false
  /// Colours where the stream is a terminal.
  public var allowsColours = true
  public init() {}
}

/// Writes results to standard output and all else to standard error.
public final class StreamOutput: SessionOutput {
  private let style: OutputStyle
  private let isTerminal = isatty(1) == 1
  private let noteIsTerminal = isatty(2) == 1
  private var progressLine: ProgressLine
  /// The settings of the session that decide how much is shown.
  public var rowLimit: () -> Int? = { nil }
  /// How many notes were made, so that nobody says twice what one of them has said.
  private(set) var noteCount = 0

  public init(_ style: OutputStyle) {
    self.style = style
    progressLine = ProgressLine(isShown: noteIsTerminal && !style.isQuiet && !style.isJSON)
  }

  public var colours: Bool { style.allowsColours && isTerminal && Terminal.takesColours }
  public var noteColours: Bool { style.allowsColours && noteIsTerminal && Terminal.takesColours }
  private var textStyle: TextStyle { TextStyle(colours: colours, unicode: Terminal.takesUnicode) }

  public func show(_ value: any Value) {
    progress(nil)
    if style.isJSON {
      line(record(value).text)
    } else {
      let text = Charts.text(of: value.shown, width: isTerminal ? Terminal.width(1) : nil, style: textStyle, rowLimit: isTerminal ? rowLimit() : nil)
      if !text.isEmpty { line(text) }
    }
  }

  /// `{"kind": …, "shape": …, "value": …}`: the kind says how to read the value.
  private func record(_ value: any Value) -> JSON {
    var members = [JSON.Member("kind", .string(type(of: value).kind))]
    if let tensor = value as? Tensor {
      members += [JSON.Member("dtype", .string(tensor.dtype.name)), JSON.Member("shape", .array(tensor.shape.map(JSON.integer)))]
    }
    return .object(members + [JSON.Member("value", value.json)])
  }

  public func write(_ text: String) {
    progress(nil)
    line(style.isJSON ? JSON.object(["kind": .string("text"), "value": .string(text)]).text : text)
  }

  public func note(_ text: String) {
    guard !style.isQuiet else { return }
    progress(nil)
    flush()
    noteCount += 1
    let fitted = Charts.text(of: .text(text), width: noteIsTerminal ? Terminal.width(2) : nil, style: textStyle)
    writeAll(2, (noteColours ? "\u{1b}[2m\(fitted)\u{1b}[0m" : fitted) + "\n")
  }

  public func progress(_ step: ProgressStep?) {
    // Long work begins or goes on: who reads along sees what came before it.
    if step != nil { flush() }
    progressLine.show(step, width: Terminal.width(2))
  }

  private func line(_ text: String) { buffer(text + "\n") }

  // MARK: standard output, collected where nobody watches

  private var pending: [UInt8] = []
  private var lastFlush = ContinuousClock.now

  private func buffer(_ text: String) {
    if isTerminal {
      writeAll(1, text)
    } else {
      pending += text.utf8
      if pending.count > 1 << 16 || (ContinuousClock.now - lastFlush).inSeconds > 0.2 { flush() }
    }
  }

  /// Hands over what was collected; call it after each statement.
  public func flush() {
    guard !pending.isEmpty else { return }
    lastFlush = .now
    writeAll(1, pending)
    pending.removeAll(keepingCapacity: true)
  }
}

func writeAll(_ fd: Int32, _ text: String) { writeAll(fd, Array(text.utf8)) }

func writeAll(_ fd: Int32, _ bytes: [UInt8]) {
  var done = 0
  while done < bytes.count {
    let n = bytes.withUnsafeBytes { write(fd, $0.baseAddress.map { $0 + done }, bytes.count - done) }
    if n > 0 {
      done += n
    } else if n < 0, errno == EINTR {
      continue
    } else if n < 0, errno == EAGAIN {
      var sink = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
      poll(&sink, 1, -1)
    } else {
      return
    }
  }
}

/// What the terminal can do.
enum Terminal {
  static func width(_ fd: Int32) -> Int {
    var size = winsize()
    guard ioctl(fd, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  static var takesColours: Bool {
    (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
  }

  static var takesUnicode: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(variable).first { !$0.isEmpty } ?? "C.UTF-8"
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }
}
