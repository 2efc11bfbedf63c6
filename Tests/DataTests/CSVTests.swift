import Builtins
import Engine
import Testing

@testable import Data

/// A table out of text.
func table(_ text: String, _ change: (inout LoadOptions) -> Void = { _ in }) throws -> DataSet {
  try table(Array(text.utf8), change)
}

func table(_ bytes: [UInt8], _ change: (inout LoadOptions) -> Void = { _ in }) throws -> DataSet {
  var options = LoadOptions()
  change(&options)
  return try CSV.load(bytes, options, name: nil)
}

@Suite struct CSVTests {
  /// Four ways to write the same table.
  @Test(arguments: [
    "a,b,t\n1,2.5,x\n-3,4e1,y\n", "a;b;t\r\n1;2.5;x\r\n-3;4e1;y", "\u{feff}a\tb\tt\n\n 1 \t+2.5\tx\n-3.0\t40\ty\n\n",
    "\"a\",\"b\",\"t\"\n\"1\",2.5,\"x\"\n-3,\"40.\",y", "a|b|t\r1|2.5|x\r-3|.4E+2|y\r",
  ])
  func readsWhatSpreadsheetsWrite(_ text: String) throws {
    let data = try table(text)
    #expect(data.features == ["a", "b"] && data.target == "t" && data.classes == ["x", "y"])
    #expect(try data.x.floats() == [1, 2.5, -3, 40])
    #expect(try data.y?.ints() == [0, 1])
  }

  @Test func quotesHoldAnything() throws {
    let data = try table("\"na,me\",t\n1,\"say \"\"a\"\"\"\n2,\"two\nlines, one\"\n3,b\"c\n")
    #expect(data.features == ["na,me"] && data.classes == ["b\"c", "say \"a\"", "two\nlines, one"])
  }

  @Test func aHeaderIsTold() throws {
    #expect(try table("5.1,3,setosa\n4.9,3,setosa\n6,3,virginica\n").features == ["x0", "x1"])
    #expect(try table("1,2\n3,4\n").count == 2)
    #expect(try table("id,t,2019\n1,2,3\n3,4,5\n").features == ["id", "t"])
    // A first row of data in which one number is missing is no header.
    #expect(try table("n.d.,2,0\n1,2,1\n2,2,1\n3,3,0\n").count == 4)
    #expect(try table("kind,t\na,x\nb,y\na,y\n").features == ["kind=a", "kind=b"])
    #expect(try table("1,2\n3,4\n") { $0.header = true }.features == ["1"])
    #expect(try table("a,a,,b\n1,2,3,4\n") { $0.target = TargetColumn.none }.features == ["a", "a_2", "x2", "b"])
    #expect(try table("a\n1\n2\n").features == ["a"])
  }

  @Test func textsBecomeColumns() throws {
    let data = try table("n,c,t\n1,red,0\n2,blue,1\n3,red,1\n")
    #expect(data.features == ["n", "c=blue", "c=red"])
    #expect(try data.x.floats() == [1, 0, 1, 2, 1, 0, 3, 0, 1])
    // Texts that come after numbers.
    #expect(try table("c,t\n1,0\n2,1\nx,1\n1,0\n").features == ["c=1", "c=2", "c=x"])
  }

  @Test func targetsAreLabelsOrNumbers() throws {
    let labels = try table("a,t\n1,0\n2,2\n3,1\n4,2\n")
    #expect(try labels.y?.ints() == [0, 2, 1, 2] && labels.classes == ["0", "1", "2"])
    // Labels with gaps are counted anew; their names stay.
    let rated = try table("a,t\n" + (0..<40).map { "\($0),\([3, 5, 8][$0 % 3])\n" }.joined())
    #expect(try rated.classes == ["3", "5", "8"] && rated.y?.ints().prefix(4) == [0, 1, 2, 0])
    #expect(try table("a,t\n1,0.5\n2,2\n").y?.dtype == .float32)
    #expect(try table("a,t\n1,10\n2,25\n3,11\n").y?.dtype == .float32)
    #expect(try table("a,t\n1,10\n2,25\n3,11\n") { $0.labels = true }.classes == ["10", "11", "25"])
    #expect(try table("a,t\n1,0\n2,1\n3,0\n") { $0.labels = false }.y?.dtype == .float32)
    #expect(throws: CSVError.notLabels(column: "t", text: "0.5")) { try table("a,t\n1,0.5\n2,1\n") { $0.labels = true } }
  }

  @Test func columnsAreChosen() throws {
    let text = "a,name,t,b\n1,p,x,2\n3,q,y,4\n"
    #expect(try table(text) { $0.target = .column(.name("t")) }.features == ["a", "name=p", "name=q", "b"])
    #expect(try table(text) { $0.target = .column(.place(2)); $0.features = [.name("b"), .place(0)] }.features == ["a", "b"])
    #expect(try table(text) { $0.target = TargetColumn.none; $0.features = [.name("a")] }.y == nil)
    #expect(throws: CSVError.unknownColumn("nmae", nearest: "name", known: ["a", "name", "t", "b"])) { try table(text) { $0.target = .column(.name("nmae")) } }
    #expect(throws: CSVError.position(9, columns: 4)) { try table(text) { $0.target = .column(.place(9)) } }
    #expect(throws: CSVError.noFeatures) { try table("a\n1\n") { $0.target = .column(.place(0)) } }
    #expect(throws: DataError.self) { try table(text) { $0.delimiter = "ab" } }
  }

  static let holes = "a,b,c,t\n1,2,r,0\n,4,s,1\n5,NA,?,1\n7,nan,r,0\n6,null,r,1\n"

  @Test func missingCellsAreNamed() throws {
    let places = [(3, "a"), (4, "b"), (4, "c"), (5, "b"), (6, "b")].map { CSVError.Place(line: $0.0, column: $0.1) }
    #expect(throws: CSVError.missing(places, total: 5, isTarget: false)) { try table(Self.holes) }
    // The columns are those of the whole table: no kept row has the s.
    #expect(try table(Self.holes) { $0.missing = .drop }.x.floats() == [1, 2, 1, 0])
    #expect(throws: CSVError.missing([.init(line: 3, column: "t")], total: 1, isTarget: true)) {
      try table("a,t\n1,x\n2,\n3,y\n") { $0.missing = .mean }
    }
    #expect(throws: CSVError.emptyColumn("a")) { try table("a,b,t\n,1,x\n,2,y\n") { $0.missing = .mean } }
    #expect(throws: CSVError.self) { try table("a,b,t\n,1,x\n,2,y\n") { $0.missing = .drop } }
  }

  /// Column a holds 1 5 7 6, column b 2 4, and no text stands for the hole in c.
  @Test(arguments: [(Missing.mean, 4.75, 3.0), (.median, 5.5, 3), (.zero, 0, 0), (.number(-1.5), -1.5, -1.5)] as [(Missing, Float, Float)])
  func missingCellsAreFilled(_ policy: Missing, _ a: Float, _ b: Float) throws {
    let x = try table(Self.holes) { $0.missing = policy }.x.floats()
    #expect(x == [1, 2, 1, 0, a, 4, 0, 1, 5, b, 0, 0, 7, b, 1, 0, 6, b, 1, 0])
  }

  @Test func whatIsWrongIsNamedWithItsLine() throws {
    #expect(throws: CSVError.empty) { try table("") }
    #expect(throws: CSVError.empty) { try table("\u{feff}\n \r\n") }
    #expect(throws: CSVError.onlyHeader) { try table("a,b\n") }
    #expect(throws: CSVError.ragged(line: 3, expected: 2, met: 3)) { try table("a,b\n1,2\n3,4,5\n6,7\n") }
    #expect(throws: CSVError.ragged(line: 4, expected: 3, met: 1)) { try table("a,b,c\n1,2,3\n\n4\n") }
    #expect(throws: CSVError.ragged(line: 5, expected: 2, met: 1)) { try table("a,t\n1,\"x\ny\"\n2,z\n3\n") }
    #expect(throws: CSVError.unclosedQuote(line: 3)) { try table("a,b\n1,2\n3,\"4\n5,6\n") }
    #expect(throws: CSVError.textAfterQuote(line: 2)) { try table("a,b\n1,\"2\"3\n") }
    #expect(throws: CSVError.nulByte(line: 2)) { try table("a,b\n1,\u{0}\n") }
    #expect(throws: CSVError.notUTF8(line: 3)) { try table(Array("a,b\n1,x\n2,".utf8) + [0xe9, 0x0a]) }
    #expect(throws: CSVError.utf16) { try table([0xff, 0xfe, 0x61, 0]) }
    #expect(throws: CSVError.numberTooLarge(.init(line: 3, column: "a"), text: "1e999")) { try table("a,t\n1,0\n1e999,1\n") }
    #expect(throws: CSVError.numberTooLarge(.init(line: 2, column: "a"), text: "-4e38")) { try table("a,t\n-4e38,0\n1,1\n") }
    let mixed = "a,t\n" + (0..<30).map { "\($0 == 7 ? "7 kg" : "\($0)"),1\n" }.joined()
    #expect(throws: CSVError.textAmongNumbers(.init(line: 9, column: "a"), text: "7 kg", total: 1)) { try table(mixed) }
    let many = "a,t\n" + (0..<1001).map { "n\($0)x,1\n" }.joined()
    #expect(throws: CSVError.tooManyCategories("a", count: 1001, limit: 1000)) { try table(many) }
  }

  /// Texts whose float32 is decided by the last digits: Swift's own reading is exact.
  @Test func numbersAreTheNearest() throws {
    var texts = ["0.1", "16777217", "16777217.0000001", "16777219", "1e-45", "7e-46", "1.17549435e-38", "3.4028234e38", "1e38", "-0", "0e99",
      "123456789012345678901234567890", "0.000000000000000000000000000012345678901234567890", "1.00000017881393432617187499", "1.00000017881393432617187500",
      "1.00000017881393432617187501", "1e-30", "5e22", "9007199254740993", ".5", "5.", "1E5"]
    let generator = Generator(seed: 5)
    let bits = try generator.integers([4000], from: 0, to: 1 << 32).ints()
    for word in bits {
      let float = Float(bitPattern: UInt32(truncatingIfNeeded: word))
      guard float.isFinite else { continue }
      // Half way to the next one, with all the digits that there are.
      texts += ["\(float)", "\(Double(float))", "\((Double(float) + Double(float.nextUp)) / 2)"].filter { Float($0)?.isFinite == true }
    }
    let x = try table(texts.joined(separator: "\n")) { $0.header = false }.x.floats()
    #expect(x.count == texts.count)
    for (text, value) in zip(texts, x) { #expect(Float(text)?.bitPattern == value.bitPattern, "\(text)") }
    #expect(try table("inf\n-Infinity\n") { $0.header = false }.x.floats() == [.infinity, -.infinity])
  }

  @Test func savedTablesLoadAsTheyWere() throws {
    let folder = try TemporaryFolder(), files = Files(folder: folder.path)
    for name in ["iris", "wine", "diabetes"] {
      let data = try built(name)
      for ending in ["csv", "tsv"] {
        try Loader.save(data, to: "\(name).\(ending)", files: files)
        let back = try #require(try Loader.load("\(name).\(ending)", files: files, generator: Generator(seed: 0)) as? DataSet)
        #expect(back.features == data.features && back.classes == data.classes && back.target == data.target && back.name == name)
        #expect(try back.x.floats() == data.x.floats())
        #expect(try back.y?.doubles() == data.y?.doubles())
      }
    }
    try Loader.save(Tensor([1.5, -2, 3e-9, 4] as [Float], [2, 2]), to: "t.csv", files: files)
    #expect(try files.read("t.csv") == Array("1.5,-2\n3e-09,4\n".utf8))
    let odd = try DataSet(Tensor([1] as [Float], [1, 1]), Tensor([0]), features: ["a,\"b"], classes: ["x;y"])
    try Loader.save(odd, to: "odd.csv", files: files)
    #expect(try files.read("odd.csv") == Array("\"a,\"\"b\",y\n1,\"x;y\"\n".utf8))
  }

  @Test func damagedTablesThrowOrLoad() throws {
    let good = Array("a,b,c,t\n1,2.5,red,0\n-3e4,,blue,1\n\"5\",NA,\"gr\"\"een\",1\n".utf8)
    let generator = Generator(seed: 11)
    let draws = try generator.integers([4000 * 4], from: 0, to: 1 << 20).ints()
    let bytes = Array(",;\t\"\n\r .-+e0123456789ax?\u{0}".utf8) + [0xff, 0xc3]
    for round in 0..<4000 {
      let d = draws[(round * 4)..<(round * 4 + 4)].map { $0 }
      var text = good
      text[d[0] % text.count] = bytes[d[1] % bytes.count]
      if d[2] % 3 == 0 { text.insert(bytes[d[3] % bytes.count], at: d[1] % text.count) }
      if d[2] % 5 == 0 { text.removeLast(d[3] % text.count) }
      do {
        _ = try table(text) { $0.missing = [.mean, .drop, .error][d[2] % 3] }
      } catch is CSVError {
      } catch is DataError {}
    }
  }
}
