import Foundation
import PTYKit
import Testing

extension TheProgram {
  /// The shell as a person at a terminal meets it.
  @Suite struct Interactive {
    @Test func bannerAndPrompt() throws {
      let shell = try Program.shell()
      #expect(shell.pty.screen.line(0).hasPrefix("Pith ") && shell.pty.screen.line(1) == "pith>")
      #expect(try Program.shell(["--quiet"]).pty.screen.line(0) == "pith>")
      #expect(try shell.run("1 + 1") == "2")
      #expect(try shell.leave() == 0)
    }

    @Test func theFirstLookLineByLine() throws {
      let shell = try Program.shell(rows: 50, columns: 100)
      let script = try String(contentsOfFile: Program.source("scripts/iris.pscript"), encoding: .utf8)
      var shown: [String: String] = [:]
      for line in script.split(separator: "\n") {
        let entry = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
        if !entry.isEmpty { shown[entry] = try shell.run(entry) }
      }
      #expect(shown["train net on iris.train epochs=60 lr=0.01 optimizer=adam"]?.contains("epoch 60/60") == true)
      #expect(shown["evaluate net on iris.test"] == "loss 0.2221  accuracy 96.7 %  of 30 samples", "the second, after pruning")
      #expect(shown["params net"]?.contains("fc1.weight  [16, 4]     64") == true)
      let ranked = try #require(shown["imp"]).split(separator: "\n")
      #expect(ranked[1].hasPrefix("rank  parameter") && ranked[2].hasPrefix("   1  fc1.weight[9, 3]") && ranked[2].contains("█"))
      #expect(shown["imp.top(5)"]?.split(separator: "\n").count == 6)
      #expect(shown["hidden.output.mean(dim=0)"]?.hasPrefix("tensor([1.3449, 0.3645") == true)
      #expect(shown["prune net by imp keep=0.5"]?.contains("56 of 112 weights stay") == true)
      #expect(shown["validate imp on iris.test"]?.contains("the ranking finds what matters") == true)
      #expect(shell.folder.has("iris.svg"))
    }

    @Test func mistakesLeaveTheSessionAsItWas() throws {
      let shell = try Program.shell(rows: 50)
      try shell.run("net = Sequential(fc1=Linear(4, 16), act=ReLU(), fc2=Linear(16, 3)); keep = [1, 2, 3]")
      try shell.run("before = net.fc1.weight.clone()")
      try shell.folder.write("a,b\n1,2\n3\n", to: "ragged.csv")
      try shell.folder.write([9, 0, 0, 0, 0, 0, 0, 0, 0x7b], to: "short.safetensors")
      let mistakes = [
        ("net(randn(2, 5))", ["[*, 4]", "[2, 5]", "^^^"]), ("sqr(4)", ["there is no `sqr`", "did you mean `sqrt`?"]),
        ("trian net", ["did you mean `train`?"]), ("Linear(4, 16, bais=false)", ["there is no argument `bais`", "did you mean `bias`?"]),
        ("load(\"gone.csv\")", ["gone.csv"]), ("load(\"ragged.csv\")", ["ragged.csv", "3"]), ("load(\"short.safetensors\")", ["short.safetensors"]),
        ("keep[7]", ["index 7 is out of range", "3 elements"]), ("eye(3)[5]", ["index 5 is out of range"]),
        ("zeros(1000000, 1000000)", ["[1000000, 1000000]", "4 TB"]), ("1 / 0", ["divided by zero"]), ("1 // 0", ["divided by zero"]),
        ("1 +* 2", ["error: ", "^"]), (")", ["error: ", "^"]), ("net.fc1.wieght", ["did you mean `weight`?"]),
        ("net.fc1.weight = eye(3)", ["[16, 4]", "[3, 3]"]), ("train net on keep", ["error: "]), ("keep = gone", ["there is no `gone`"]),
        ("check 1 == 2, \"unequal\"", ["unequal", "left", "right"]), ("@\"", ["error: "]),
      ]
      for (entry, expected) in mistakes {
        let shown = try shell.run(entry)
        #expect(shown.hasPrefix("error: "), "\(entry): \(shown)")
        for part in expected { #expect(shown.contains(part), "\(entry): \(shown)") }
        #expect(try shell.run("keep") == "[1, 2, 3]", "after \(entry)")
      }
      #expect(try shell.run("equal(net.fc1.weight, before)") == "true")
    }

    @Test func aHookThatThrows() throws {
      let shell = try Program.shell()
      try shell.run("net = Sequential(fc1=Linear(4, 16), act=ReLU())")
      try shell.run("hook net.act with (m, x, y) -> y @ y")
      let shown = try shell.run("net(randn(2, 4))")
      #expect(shown.hasPrefix("error: ") && shown.contains("hook 1 on net.act") && shown.contains("y @ y"))
      try shell.run("unhook all")
      #expect(try shell.run("net(randn(2, 4)).shape") == "[2, 16]")
    }

    @Test func anOpenBracketGoesOn() throws {
      let shell = try Program.shell()
      shell.pty.send("x = (1 +\r")
      try shell.pty.wait("a second row") { $0.y == 2 && $0.line(1) == "pith> x = (1 +" }
      try shell.run("2)")
      #expect(try shell.run("x") == "3")
      shell.pty.send("y = [1,\r")
      try shell.pty.wait("a second row") { $0.line($0.y - 1) == "pith> y = [1," }
      shell.pty.send(Keys.interrupt)
      try shell.waitForPrompt()
      #expect(try shell.run("y").contains("there is no `y`"))
    }

    @Test func aFunctionOfSeveralRows() throws {
      let shell = try Program.shell()
      shell.pty.send("def probe(m, k=3) {\r")
      try shell.pty.wait("a second row") { $0.y == 2 }
      shell.pty.send("s = importance |w| of m\r")
      try shell.pty.wait("a third row") { $0.y == 3 }
      shell.pty.send("return s.top(k)\r")
      try shell.pty.wait("a fourth row") { $0.y == 4 }
      try shell.run("}")
      #expect(try shell.run("probe(Linear(4, 3), k=2)").split(separator: "\n").count == 3)
    }

    @Test func interruptedTrainingKeepsWhatItDid() throws {
      let shell = try Program.shell()
      try shell.run("net = Sequential(fc1=Linear(4, 16), act=ReLU(), fc2=Linear(16, 3)); d = load(\"iris\")")
      try shell.run("before = net.fc1.weight.clone()")
      for _ in 0..<2 {
        shell.pty.send("train net on d epochs=1000000\r")
        try shell.pty.wait("progress") { $0.cursorLine.contains("/1000000") }
        shell.pty.send(Keys.interrupt)
        try shell.waitForPrompt("the prompt after Ctrl-C")
      }
      #expect(shell.pty.screen.text.components("interrupted after") == 2)
      #expect(try shell.run("1 + 1") == "2")
      #expect(try shell.run("equal(net.fc1.weight, before)") == "false")
      try shell.run("undo")
      try shell.run("undo")
      #expect(try shell.run("equal(net.fc1.weight, before)") == "true")
    }

    @Test func interruptedLoopsEnd() throws {
      let shell = try Program.shell()
      try shell.run("x = 1")
      for entry in ["while true { x = x + 1 }", "for i in range(1000000000) { x = 2 }", "def f(n) { while true { } }; f(1)"] {
        shell.pty.send("print(\"begun\"); \(entry)\r")
        try shell.pty.wait("begun") { $0.cursorLine == "" && $0.line($0.y - 1) == "begun" }
        shell.pty.send(Keys.interrupt)
        try shell.waitForPrompt("the prompt after Ctrl-C")
        #expect(try shell.run("x") == "1", "a statement that was stopped has changed nothing")
      }
    }

    @Test func interruptAtThePrompt() throws {
      let shell = try Program.shell()
      try shell.type("abc")
      shell.pty.send(Keys.interrupt)
      try shell.waitForPrompt()
      #expect(shell.pty.screen.text.hasSuffix("pith> abc^C\npith>"))
      #expect(try shell.run("1") == "1")
    }

    @Test(arguments: ["quit", "exit", "quit()", "exit()", "quit;"]) func leaving(entry: String) throws {
      let shell = try Program.shell()
      shell.pty.send(entry + "\r")
      #expect(try shell.pty.waitForExit() == 0)
      #expect(!shell.pty.screen.text.contains("error"))
    }

    @Test func undoTakesBackWhatChangedAModel() throws {
      let shell = try Program.shell()
      try shell.run("fc = Linear(2, 2); before = fc.weight.clone()")
      try shell.run("fc.weight[0, 0] = 5")
      #expect(try shell.run("fc.weight[0, 0].item()") == "5.0")
      try shell.run("undo")
      #expect(try shell.run("equal(fc.weight, before)") == "true")
      #expect(try shell.run("undo").contains("nothing to take back"))
    }

    @Test func theLastValue() throws {
      let shell = try Program.shell()
      try shell.run("20 + 1")
      #expect(try shell.run("_ * 2") == "42")
      #expect(try shell.run("3;") == "")
    }
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
