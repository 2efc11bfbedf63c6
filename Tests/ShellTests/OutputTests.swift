import Foundation
import Testing

extension TheProgram {
  /// What programs read, and what a restricted session refuses.
  @Suite struct Contracts {
    @Test func everyShownValueIsAJSONLine() throws {
      let text = """
        1
        2.5
        nan
        true
        "a \\"quoted\\" line\\nand another"
        [1, "b", none]
        {lr: 0.1}
        randn(2, 3)
        print("text", 3)
        d = load("iris"); d
        net = Sequential(fc=Linear(4, 3)); net
        train net on d epochs=2
        evaluate net on d
        params net
        imp = importance |w| of net; imp
        imp.top(2)
        hooks
        vars
        help train
        """
      let run = try Program.run(["--json", "-c", text])
      #expect(run.status == 0 && run.errors == "")
      let objects = try run.objects(run.output)
      #expect(objects.count >= 18)
      for object in objects { #expect(object["kind"] is String && object.keys.contains("value"), "\(object)") }
      #expect(objects[0]["value"] as? Int == 1 && objects[4]["value"] as? String == "a \"quoted\" line\nand another")
      #expect(objects[7]["shape"] as? [Int] == [2, 3] && objects[7]["dtype"] as? String == "float32")
      #expect(objects[8]["value"] as? String == "text 3")
    }

    @Test(arguments: [("x = 1\n  sqr(4)", 1, 2, 3, 3), ("1 + (2", 2, 1, 5, 1), ("check 1 == 2", 3, 1, 7, 6)])
    func errorsAreJSONObjects(text: String, status: Int32, line: Int, column: Int, length: Int) throws {
      let run = try Program.run(["--json", "-c", text])
      let errors = try run.objects(run.errors)
      #expect(run.status == status && run.output == "" && errors.count == 1)
      let error = try #require(errors.first)
      #expect(error["severity"] as? String == "error" && error["file"] as? String == "-c" && error["title"] is String)
      #expect(error["line"] as? Int == line && error["column"] as? Int == column && error["length"] as? Int == length)
    }

    @Test func aMissingFileIsAJSONObjectToo() throws {
      let run = try Program.run(["--json", "gone.pscript"])
      #expect(run.status == 1 && run.output == "")
      #expect(try run.objects(run.errors).count == 1)
    }

    @Test(arguments: [
      "save eye(2) to \"a.csv\"", "plot (importance |w| of Linear(2, 2)) to \"a.svg\"", "load(\"/etc/data.csv\")", "load(\"../a.csv\")",
      "load(\"link.csv\")", "run \"/etc/profile\"", "load(\"~/../a.csv\")",
    ])
    func aRestrictedSessionRefuses(text: String) throws {
      let outer = try Folder()
      let folder = try Folder()
      try outer.write("a,b\n1,2\n", to: "secret.csv")
      try FileManager.default.createSymbolicLink(atPath: folder.path + "/link.csv", withDestinationPath: outer.path + "/secret.csv")
      let run = try Program.run(["--restricted", "-c", text], in: folder)
      #expect(run.status == 1 && run.output == "" && run.errors.contains("restricted"))
      #expect(!folder.has("a.csv") && !folder.has("a.svg"))
    }

    @Test func aRestrictedSessionReadsItsFolder() throws {
      let folder = try Folder()
      try folder.write("a,b\n1,2\n3,4\n", to: "a.csv")
      try folder.write("len(load(\"a.csv\"))", to: "a.pscript")
      #expect(try Program.run(["--restricted", "a.pscript"], in: folder).output == "2\n")
    }
  }
}
