import Foundation
import Testing

extension TheProgram {
  /// Scripts: how they are read, and how they end.
  @Suite struct Scripts {
    @Test func theFirstLookOfTheLanguage() throws {
      let folder = try Folder()
      let run = try Program.run([Program.source("scripts/iris.pscript")], in: folder)
      #expect(run.status == 0 && run.output.contains("accuracy") && run.output.contains("fc1.weight[") && folder.has("iris.svg"))
      #expect(run.output.contains("loss 0.1115  accuracy 96.7 %  of 30 samples"), "PyTorch's numbers for seed 7")
    }

    @Test func aByteOrderMarkAndReturns() throws {
      let folder = try Folder()
      try folder.write([0xef, 0xbb, 0xbf] + Array("x = [1,\r\n  2]\r\nx\r\nx[5]\r\n".utf8), to: "a.pscript")
      let run = try Program.run(["a.pscript"], in: folder)
      #expect(run.output == "[1, 2]\n" && run.errors.hasPrefix("a.pscript:4:3: error: ") && !run.errors.contains("\r"))
    }

    @Test func theLineForTheKernel() throws {
      let folder = try Folder()
      try folder.write("#!/usr/bin/env pith\nprint(\"ran\")\nx", to: "a.pscript")
      let run = try Program.run(["a.pscript"], in: folder)
      #expect(run.output == "ran\n" && run.errors.hasPrefix("a.pscript:3:1: error: there is no `x`"))
    }

    @Test func bytesThatAreNoText() throws {
      let folder = try Folder()
      try folder.write([0x78, 0xff, 0xfe, 0x00, 0x0a, 0xc3], to: "a.pscript")
      let run = try Program.run(["a.pscript"], in: folder)
      #expect(run.status == 2 && run.errors.contains("a.pscript:1:"))
    }

    @Test func aScriptThatRunsAnother() throws {
      let folder = try Folder()
      try folder.write("run \"sub/other.pscript\"\nq\nhere", to: "a.pscript")
      try folder.write("q = 5\nprint(here)", to: "sub/other.pscript")
      #expect(try Program.run(["a.pscript"], in: folder).lines == ["sub", "5", "."])
      try folder.write("q = \n", to: "sub/other.pscript")
      let run = try Program.run(["a.pscript"], in: folder)
      #expect(run.status != 0 && run.output == "" && run.errors.contains("sub/other.pscript:1:"))
    }

    @Test func threeMistakesAreReportedAndNothingRuns() throws {
      let folder = try Folder()
      try folder.write("print(\"ran\")\nx = 3 +* 4\ny = 1\nz = )\nprint(\"ran\")\nfor in y { }\n", to: "a.pscript")
      for arguments in [["a.pscript"], ["check", "a.pscript"]] {
        let run = try Program.run(arguments, in: folder)
        #expect(run.status == 2 && run.output == "")
        #expect(run.errorLines.count == 3)
        for (line, row) in zip(run.errorLines, [2, 4, 6]) { #expect(line.hasPrefix("a.pscript:\(row):") && line.contains("error: ")) }
      }
    }

    @Test func checkFindsAllThatCanBeKnownWithoutRunning() throws {
      let folder = try Folder()
      try folder.write("x = 1\nprint(x)\n", to: "good.pscript")
      let good = try Program.run(["check", "good.pscript"], in: folder)
      #expect(good.status == 0 && good.output == "" && good.errors == "")
      try folder.write("print(\"ran\")\nsqr(4)\nLinear(4, 16, bais=false)\n", to: "bad.pscript")
      let bad = try Program.run(["check", "bad.pscript"], in: folder)
      #expect(bad.status == 2 && bad.output == "" && bad.errorLines.count == 2)
      #expect(bad.errors.contains("`sqrt`") && bad.errors.contains("`bias`"))
    }

    @Test(arguments: [
      ("1 + 1", 0), ("x = [1][3]\nprint(\"no\")", 1), ("1 / 0", 1), ("1 +", 2), ("check 1 == 2, \"unequal\"\nprint(\"no\")", 3),
      ("check 1 == 1", 0), ("check close(eye(2), zeros(2, 2))", 3), ("quit\nprint(\"no\")", 0),
    ])
    func exitStatus(text: String, status: Int32) throws {
      let run = try Program.run(["-c", text])
      #expect(run.status == status && !run.output.contains("no"))
      #expect(status == 0 ? run.errors.isEmpty : run.errorLines.count == 1 && run.errors.hasPrefix("-c:"))
    }

    @Test func aCheckSaysWhatBothSidesWere() throws {
      let run = try Program.run(["-c", "x = 41\ncheck x == 42, \"the answer\""])
      #expect(run.errors.contains("the answer") && run.errors.contains("41") && run.errors.contains("42"))
      #expect(try Program.run(["-c", "check close(eye(2), zeros(2, 2))"]).errors.contains("[0, 0]"))
    }

    @Test func whatRanBeforeAnErrorIsThere() throws {
      let run = try Program.run(["-c", "print(\"first\")\nx\nprint(\"never\")"])
      #expect(run.output == "first\n" && run.errors.hasPrefix("-c:2:1: error: there is no `x`"))
    }

    @Test func aPipeThatNobodyReadsEndsItQuietly() throws {
      let child = try Child(["-c", "for i in range(10000000) { print(i) }"], in: Folder())
      try child.wait(for: "100\n")
      child.closeOutput()
      let run = try child.finish()
      #expect(run.errors == "" && run.status == 128 + 13)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func signalsEndAScript(number: Int32) throws {
      let text = "d = load(\"iris\"); net = Linear(4, 3)\nprint(\"go\")\ntrain net on d epochs=100000000\nprint(\"never\")"
      let child = try Child(["-c", text], in: Folder())
      try child.wait(for: "go\n")
      child.signal(number)
      let run = try child.finish()
      #expect(run.status == 128 + number && !run.output.contains("never"))
    }

    @Test func endlessLoopsStopToo() throws {
      let child = try Child(["-c", "print(\"go\")\nwhile true { x = 1 }"], in: Folder())
      try child.wait(for: "go\n")
      child.signal(SIGINT)
      #expect(try child.finish().status == 130)
    }

    @Test func whatALongStatementPrintsArrivesWhileItRuns() throws {
      let text = "def f(n) { for i in range(n) { print(f\"round {i}\"); train net on d epochs=20000; } }\nd = load(\"iris\"); net = Linear(4, 3)\nf(1000)"
      let child = try Child(["-c", text], in: Folder())
      try child.wait(for: "round 0\n")
      child.signal(SIGTERM)
      #expect(try child.finish().status == 143)
    }
  }
}
