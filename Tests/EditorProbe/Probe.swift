import Glibc
import Shell

enum Probe {
  /// Stands in for the engine's flag. It lives as long as the process.
  nonisolated(unsafe) static let flag: UnsafeMutablePointer<Int32> = {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  static var historyPath: String? { CommandLine.arguments.dropFirst().first.flatMap { $0 == "-" ? nil : $0 } }
  static var hasColours: Bool { getenv("NO_COLOR") == nil }

  static let words = ["layer", "load", "loss", "plot", "quit", "train", "größe"]

  static func say(_ text: String) {
    print(text)
    fflush(nil)
  }

  static func leave(_ status: Int32) -> Never { exit(status) }

  static func run(_ input: TerminalInput, _ history: HistoryStore) {
    var count = 1
    while true {
      switch input.next(prompt: "pith> ") {
      case .end:
        say("bye")
        return input.close()
      case .cancelled: continue
      case .text("quit"): return input.close()
      case .text(let text):
        history.record(text, ok: !text.hasPrefix("bad"))
        obey(text, count)
        count += 1
      }
    }
  }

  private static func obey(_ text: String, _ count: Int) {
    let words = text.split(separator: " ").map(String.init)
    switch words.first {
    case "pid": say("pid \(getpid())!")
    case "exit": leave(7)
    case "crash": abort()
    case "overflow": say("\(overflow(0))")
    case "busy":
      say("busy")
      let wanted = words.dropFirst().first.flatMap { Int32($0) } ?? 1
      for count in 1...max(wanted, 1) {
        wait { flag.pointee >= count }
        if count < wanted { say("seen \(count)") }
      }
      say("stopped \(flag.pointee)")
    case "hold":
      say("holding")
      wait { words.count > 1 && access(words[1], F_OK) == 0 }
      say("released")
    case "size": say("\(text.utf8.count) bytes, sum \(text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 })!")
    default: say("\(count) = \(text.debugDescription)")
    }
  }

  /// Runs out of stack.
  private static func overflow(_ depth: Int) -> Int {
    var time = timeval()
    gettimeofday(&time, nil)
    return depth < 0 ? 0 : overflow(depth + 1) &+ Int(time.tv_usec)
  }

  private static func wait(_ isReady: () -> Bool) {
    while !isReady() { poll(nil, 0, 2) }
  }

  static func isComplete(_ text: String) -> Bool {
    text.count { "({[".contains($0) } <= text.count { ")}]".contains($0) }
  }

  static func complete(_ before: String) -> Completions {
    let word = String(before.reversed().prefix { $0.isLetter }.reversed())
    if word == "many" { return Completions(of: word, (0..<120).map { Completions.Candidate("many\($0)") }) }
    let fitting = words.filter { $0.hasPrefix(word) }
    return Completions(of: word, fitting.map { Completions.Candidate($0, "about \($0)") })
  }

  static func paint(_ text: String) -> [Style] {
    var styles: [Style] = []
    var word = ""
    func endWord() {
      styles += Array(repeating: words.contains(word) ? .command : .plain, count: word.unicodeScalars.count)
      word = ""
    }
    for scalar in text.unicodeScalars {
      if scalar.properties.isAlphabetic {
        word.unicodeScalars.append(scalar)
      } else {
        endWord()
        styles.append(scalar.properties.numericType == nil ? .plain : .number)
      }
    }
    endWord()
    return styles
  }
}
