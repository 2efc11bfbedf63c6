import Foundation
import Testing

extension TheProgram {
  /// What the command line takes, away from a terminal.
  @Suite struct CommandLine {
    @Test func aFileGetsItsArgumentsAndItsFolder() throws {
      let folder = try Folder()
      try folder.write("args\nhere\n", to: "sub/a.pscript")
      let run = try Program.run(["sub/a.pscript", "x", "--seed", "-z", "two words"], in: folder)
      #expect(run.lines == [#"["x", "--seed", "-z", "two words"]"#, "sub"])
      #expect(run.errors == "" && run.status == 0)
    }

    @Test func aTextAndItsArguments() throws {
      let run = try Program.run(["-c", "1 + 1\nargs", "a", "b"])
      #expect(run.lines == ["2", #"["a", "b"]"#] && run.status == 0)
    }

    @Test(arguments: [[], ["-"]]) func standardInput(arguments: [String]) throws {
      let run = try Program.run(arguments, input: "x = 20\nx + 1\nargs")
      #expect(run.lines == ["21", "[]"] && run.errors == "" && run.status == 0)
    }

    @Test func argumentsBehindStandardInput() throws {
      #expect(try Program.run(["-", "a"], input: "args").lines == [#"["a"]"#])
    }

    @Test func nothingToRun() throws {
      for run in [try Program.run([]), try Program.run(["-c", ""]), try Program.run(["-c", "# only a comment\n\n"])] {
        #expect(run.output == "" && run.errors == "" && run.status == 0)
      }
    }

    @Test func versionAndHelp() throws {
      let version = try Program.run(["--version"])
      #expect(version.output.hasPrefix("pith ") && version.lines.count == 1 && version.status == 0)
      for name in ["--help", "-h"] {
        let help = try Program.run([name])
        #expect(help.status == 0 && help.errors == "")
        for option in ["-c", "--json", "--quiet", "--seed", "--threads", "--no-color", "--restricted", "check", "--version"] {
          #expect(help.output.contains(option), "\(name) does not name \(option)")
        }
      }
    }

    @Test(arguments: [["--bogus"], ["--threads", "0"], ["--threads", "many"], ["--seed", "-1"], ["-c"], ["--bogus", "a.pscript"]])
    func wrongUsage(arguments: [String]) throws {
      let run = try Program.run(arguments, input: "print(1)")
      #expect(run.status == 2 && run.output == "" && run.errors.contains("Usage: pith"))
    }

    @Test func checkWantsOneFile() throws {
      for arguments in [["check"], ["check", "a.pscript", "b.pscript"]] {
        let run = try Program.run(arguments, input: "print(1)")
        #expect(run.status == 2 && run.output == "" && run.errors.contains("check FILE"))
      }
    }

    @Test(arguments: [["gone.pscript"], ["check", "gone.pscript"]]) func aMissingFile(arguments: [String]) throws {
      let run = try Program.run(arguments)
      #expect(run.status == 1 && run.output == "" && run.errorLines.count == 1 && run.errors.contains("gone.pscript"))
    }

    @Test func aMissingFileWithANearName() throws {
      let folder = try Folder()
      try folder.write("1", to: "iris.pscript")
      #expect(try Program.run(["irs.pscript"], in: folder).errors.contains("iris.pscript"))
    }

    @Test func aSeedMakesRunsAlike() throws {
      let text = "randn(3); Linear(4, 16).weight.sum()"
      let runs = try [["--seed", "7"], ["--seed", "7"], ["--seed", "8"]].map { try Program.run($0 + ["-c", text]).output }
      #expect(runs[0] == runs[1] && runs[0] != runs[2] && !runs[0].isEmpty)
      #expect(try Program.run(["--seed", "0", "-c", "randn(3)"]).output == "tensor([ 1.5410, -0.2934, -2.1788])\n")
    }

    @Test func oneThread() throws {
      let text = "a = ones(300, 300); (a @ a).sum()"
      #expect(try Program.run(["--threads", "1", "-c", text]).output == Program.run(["-c", text]).output)
    }

    @Test func quietSaysOnlyResults() throws {
      let text = "d = load(\"iris\"); net = Linear(4, 3)\ntrain net on d epochs=2;\nparams net;\nprint(\"done\")"
      let run = try Program.run(["--quiet", "-c", text])
      #expect(run.output == "done\n" && run.errors == "" && run.status == 0)
    }

    @Test func aRunLooksTheSameWithAndWithoutColours() throws {
      let text = "d = load(\"iris\")\nd\nnet = Linear(4, 3)\nimportance |w| of net\nparams net\nhelp train\nsqr(1)"
      let runs = [
        try Program.run(["-c", text]), try Program.run(["--no-color", "-c", text]),
        try Program.run(["-c", text], environment: ["NO_COLOR": "1"]), try Program.run(["-c", text], environment: ["TERM": "dumb"]),
      ]
      for run in runs {
        #expect(!run.output.contains("\u{1b}") && !run.errors.contains("\u{1b}"), "escape codes away from a terminal")
        #expect(run.output == runs[0].output && run.errors == runs[0].errors && run.status == 1)
      }
    }
  }
}
