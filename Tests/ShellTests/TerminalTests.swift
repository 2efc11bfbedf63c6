import Foundation
import PTYKit
import Testing

extension TheProgram {
  /// The shell and its terminal: completion, history, width, and the state that it leaves behind.
  @Suite struct OnATerminal {
    @Test func completion() throws {
      let shell = try Program.shell()
      try shell.run("network = Sequential(first=Linear(4, 3), second=Linear(3, 2)); flowers = load(\"iris\")")
      for (typed, completed) in [
        ("trai\t", "train "), ("flow\t", "flowers"), ("network.fi\t", "network.first"), ("network.first.wei\t", "network.first.weight"),
        ("Unfl\t", "Unflatten("), ("train netw\t", "train network"), ("train network on flow\t", "train network on flowers"),
        ("train network on flowers opt\t", "optimizer="), ("train network on flowers optimizer=rms\t", "optimizer=rmsprop "), ("help eval\t", "help evaluate "),
      ] {
        try shell.press(typed, gives: completed)
        shell.pty.send(Keys.interrupt)
        try shell.waitForPrompt()
      }
    }

    @Test func completionOfFiles() throws {
      let folder = try Folder()
      try folder.write("a,b\n1,2\n", to: "measurements.csv")
      let shell = try Program.shell(in: folder)
      try shell.press("load(\"meas\t", gives: "load(\"measurements.csv\"")
    }

    @Test func historyOutlivesASession() throws {
      let folder = try Folder()
      let first = try Program.shell(in: folder)
      try first.run("6 * 7")
      try first.run("def twice(x) {\r2 * x\r}")
      #expect(try first.leave() == 0)
      let second = try Program.shell(in: folder)
      second.pty.send(Keys.up)
      try second.pty.wait("the function, whole") { $0.text.contains("pith> def twice(x) {\n") && $0.text.hasSuffix("}") }
      second.pty.send(Keys.interrupt)
      try second.waitForPrompt()
      try second.press("6" + Keys.up, gives: "pith> 6 * 7")
    }

    @Test(arguments: [60, 80, 120]) func whatIsShownFitsTheWidth(columns: Int) throws {
      let shell = try Program.shell(rows: 60, columns: columns)
      try shell.run("seed 7; net = Sequential(fc1=Linear(4, 16), act=ReLU(), fc2=Linear(16, 3))")
      try shell.run("iris = load(\"iris\").standardize().split(0.8); few = [1, 2]")
      for entry in [
        "train net on iris.train epochs=20 lr=0.01", "evaluate net on iris.test", "params net", "summary net", "iris.train", "net",
        "imp = importance |w * g| of net on iris.test", "imp", "imp.top(5)", "plan importance g of net on iris.test",
        "validate imp on iris.test", "prune net by imp keep=0.5", "undo", "vars", "history", "hook net.act as hidden", "hooks",
        "randn(3, 40)", "help", "help train", "explain importance", "sqr(4)", "net(randn(2, 5))", "few[7]",
        "check close(eye(2), zeros(2, 2)), \"alike\"",
      ] {
        for row in try shell.rows(of: entry) { #expect(row.count <= columns, "\(entry): \(row)") }
      }
    }

    @Test func aNewWidthHoldsForTheNextResult() throws {
      let shell = try Program.shell(columns: 110)
      try shell.run("imp = importance |w| of Linear(4, 3)")
      #expect(try shell.rows(of: "help train").contains { $0.count > 60 })
      shell.pty.resize(rows: 30, columns: 60)
      try shell.type("im")
      try shell.press("p", gives: "pith> imp")
      for row in try shell.rows(of: "") + shell.rows(of: "help train") { #expect(row.count <= 60, "\(row)") }
    }

    @Test func coloursOnlyWhereTheyAreWanted() throws {
      let entries = ["sqr(4)", "load(\"iris\")", "importance |w| of Linear(2, 2)"]
      for (arguments, environment) in [(["--no-color"], [:]), ([], ["NO_COLOR": "1"]), ([], ["TERM": "dumb"])] {
        let shell = try Program.shell(arguments, environment: environment)
        for entry in entries { try shell.run(entry) }
        #expect(!shell.pty.setsColours, "\(arguments) \(environment)")
      }
      let shell = try Program.shell()
      for entry in entries { try shell.run(entry) }
      #expect(shell.pty.setsColours)
    }

    @Test(arguments: ["\u{4}", "quit\r", "exit\r"]) func theTerminalIsAsItWas(way: String) throws {
      try expectTheSameModes(status: 0) { pty, _ in pty.send(way) }
    }

    @Test(arguments: [SIGTERM, SIGHUP]) func theTerminalIsAsItWasAfterASignal(number: Int32) throws {
      try expectTheSameModes(status: 128 + number) { _, pid in kill(pid, number) }
      try expectTheSameModes(status: 128 + number) { pty, pid in
        pty.send("print(\"begun\"); while true { }\r")
        try pty.wait("begun") { $0.line($0.y - 1) == "begun" }
        kill(pid, number)
      }
    }

    /// Another program asks for the terminal's modes before and after.
    private func expectTheSameModes(status: Int32, leave: (PTY, pid_t) throws -> Void) throws {
      let folder = try Folder()
      let script = #"stty -g; sh -c 'echo "pid $$"; exec "$0"' "$0"; echo "status $?"; stty -g; echo over"#
      let pty = try PTY("/bin/sh", ["-c", script, try #require(Program.path)], environment: folder.environment, columns: 200)
      try pty.wait("prompt") { $0.cursorLine == "pith>" && $0.x == 6 }
      let pid = try #require(pty.screen.line(1).split(separator: " ").last.flatMap { pid_t($0) })
      try leave(pty, pid)
      #expect(try pty.waitForExit() == 0)
      let rows = pty.screen.text.split(separator: "\n").map(String.init)
      #expect(rows.suffix(3) == ["status \(status)", rows[0], "over"])
    }
  }
}

extension InteractiveShell {
  /// What an entry shows, in the rows that the program wrote: not as the terminal wrapped them.
  fileprivate func rows(of entry: String) throws -> [String] {
    let start = pty.raw.count
    try run(entry)
    var wide = Screen(rows: 300, columns: 1000)
    wide.feed(pty.raw[start...])
    return wide.transcript.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("pith>") && !($0.contains(entry) && !entry.isEmpty) }
  }
}

extension PTY {
  /// Whether the child has sent a sequence that sets a colour.
  fileprivate var setsColours: Bool {
    raw.split(separator: 0x1b).dropFirst().contains { part in
      part.first == UInt8(ascii: "[") && part.first { (0x40...0x7e).contains($0) && $0 != UInt8(ascii: "[") } == UInt8(ascii: "m")
    }
  }
}
