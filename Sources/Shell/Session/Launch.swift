import Builtins
import CKernels
import Data
import Glibc
import Interpreter

/// One start of the program: settings of the command line, and what to run.
public struct Launch {
  public static let version = Session.version

  public var style = OutputStyle()
  public var seed: UInt64?
  public var threads: Int32?
  public var isRestricted = false

  public init() {}

  /// - Parameters:
  ///   - text: what `-c` gave.
  ///   - rest: the file, or `-`, or `check FILE`; then arguments for the script.
  /// - Returns: the exit status.
  public func run(text: String?, rest: [String]) -> Int32 {
    if let threads { pith_set_threads(threads) }
    let output = StreamOutput(style)
    let session = Session(output: output, files: Files(isRestricted: isRestricted), seed: seed)
    let batch = Batch(session, output, style)
    if rest.first == "check", text == nil {
      guard rest.count == 2 else {
        Launch.complain("error: check takes one file: pith check FILE (a script of that name: pith ./check)")
        return 2
      }
      return check(rest[1], batch)
    }
    let isPiped = text == nil && (rest.first == "-" || (rest.isEmpty && isatty(0) == 0))
    session.define("args", List(text == nil && !rest.isEmpty ? Array(rest.dropFirst()) : rest))
    guard text != nil || isPiped || !rest.isEmpty else {
      return Repl(session, output, style).run(banner: "Pith \(Launch.version): what in a network matters? `help` for help, Ctrl-D to leave.")
    }
    Interrupts.install(counting: pith_interrupt_counter())
    if let text { return batch.run(text, name: "-c") }
    if isPiped { return batch.run(standardInput(), name: "<stdin>") }
    session.define("here", Files.parted(rest[0]).folder)
    guard let script = read(rest[0], batch) else { return 1 }
    return batch.run(script, name: rest[0])
  }

  private func check(_ path: String, _ batch: Batch) -> Int32 {
    guard let text = read(path, batch) else { return 1 }
    return batch.check(text, name: path)
  }

  /// The text of a script. It was named on the command line, so `--restricted` does not forbid it.
  private func read(_ path: String, _ batch: Batch) -> String? {
    do { return String(decoding: try Files(isRestricted: false).read(path), as: UTF8.self) } catch {
      batch.complaint.write(Failure(error).diagnostic)
      return nil
    }
  }

  private func standardInput() -> String {
    var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let n = Glibc.read(0, &chunk, chunk.count)
      if n > 0 { bytes += chunk[..<n] } else if n == 0 || errno != EINTR { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes a line to standard error.
  public static func complain(_ text: String) { writeAll(2, text + "\n") }
}
