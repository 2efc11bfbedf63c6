import Builtins
import Charts
import Testing

private let parameters = Table(
  ["parameter", "shape", "count", "mean", "std", "frozen", "kept", ""],
  [
    [.text("fc1.weight"), .shape([16, 4]), .integer(64), .number(0.01234567), .number(0.5), .flag(false), .share(0.973), .bar(1)],
    [.text("fc1.bias"), .shape([16]), .integer(16), .number(-1.5), .number(0.25), .flag(true), .share(0.0001), .bar(-0.43)],
    [.text("features.0.layer.weight"), .shape([3, 16]), .integer(48), .number(100), .number(.nan), .flag(false), .share(1), .bar(0.01)],
  ], title: "parameters of net", note: "128 parameters in all")

private func drawn(_ table: Table, _ width: Int?, _ style: TextStyle = .plain, rows: Int? = nil) -> String {
  text(of: .table(table), width: width, style: style, rowLimit: rows)
}

@Suite struct TableTests {
  @Test("a pipe gets everything")
  func pipe() {
    #expect(drawn(parameters, nil) == """
      parameters of net
      parameter                shape    count       mean   std  frozen     kept
      fc1.weight               [16, 4]     64    0.01235  0.50  no       97.3 %   ███████████████████
      fc1.bias                 [16]        16   -1.500    0.25  yes      <0.1 %  -████████▏
      features.0.layer.weight  [3, 16]     48  100.0       nan  no      100.0 %   ▎
      128 parameters in all
      """)
    #expect(drawn(parameters, 120) == drawn(parameters, nil))
  }

  @Test("at 80 cells the bar gives way first, then the names")
  func eighty() {
    #expect(drawn(parameters, 80) == """
      parameters of net
      parameter               shape    count       mean   std  frozen     kept
      fc1.weight              [16, 4]     64    0.01235  0.50  no       97.3 %   █████
      fc1.bias                [16]        16   -1.500    0.25  yes      <0.1 %  -██▏
      features.0.…yer.weight  [3, 16]     48  100.0       nan  no      100.0 %   ▏
      128 parameters in all
      """)
  }

  @Test("at 40 cells columns are left out and named")
  func forty() {
    #expect(drawn(parameters, 40) == """
      parameters of net
      parameter      shape    count       mean
      fc1.weight     [16, 4]     64    0.01235
      fc1.bias       [16]        16   -1.500
      featur…weight  [3, 16]     48  100.0
      4 columns hidden: std, frozen, kept,
      bars
      128 parameters in all
      """)
  }

  @Test("at 20 cells the first columns stay")
  func twenty() {
    #expect(drawn(parameters, 20) == """
      parameters of net
      parameter    shape
      fc1.weight   [16, 4]
      fc1.bias     [16]
      featu…eight  [3, 16]
      6 columns hidden:
      count, mean, std,
      frozen, kept, bars
      128 parameters in
      all
      """)
  }

  @Test("colours and ASCII")
  func styles() {
    let table = Table(["name", "share", ""], [[.text("a"), .share(0.5), .bar(0.5)], [.text("b"), .share(0.25), .bar(-0.25)]], note: "note")
    #expect(drawn(table, 40, .ascii) == """
      name   share
      a     50.0 %   ##########
      b     25.0 %  -=====
      note
      """)
    #expect(drawn(table, 40, TextStyle(colours: true, unicode: true)) == """
      \u{1b}[1mname\u{1b}[0m   \u{1b}[1mshare\u{1b}[0m
      a     50.0 %   \u{1b}[36m█████████▌\u{1b}[0m
      b     25.0 %  \u{1b}[35m-████▊\u{1b}[0m
      \u{1b}[2mnote\u{1b}[0m
      """)
  }

  @Test("rows beyond the limit are counted")
  func rowLimit() {
    let table = Table(["n"], (0..<2500).map { [.integer($0)] })
    let lines = drawn(table, 80, rows: 40).split(separator: "\n")
    #expect(lines.count == 42)
    #expect(lines.last == "… 2460 rows hidden")
    #expect(drawn(table, 80, .ascii, rows: 2499).hasSuffix("... 1 row hidden"))
    #expect(drawn(table, nil).split(separator: "\n").count == 2501)
  }

  @Test("numbers of a column are written alike", arguments: [
    ([0.5, 0.25, 12], [" 0.50", " 0.25", "12.00"]),
    ([3, 20], [" 3", "20"]),
    ([1e-9, 2.5e-8, 0], ["1.0e-09", "2.5e-08", "0"]),
    ([0.5, 0.1234567, 1e-9], ["0.5000", "0.1235", "1.000e-09"]),
    ([1e10, 1.5e12], ["1.0e+10", "1.5e+12"]),
    ([-1, .infinity], [" -1", "inf"]),
  ])
  func numbers(_ values: [Double], _ texts: [String]) {
    let lines = drawn(Table([""], values.map { [.number($0)] }), nil).split(separator: "\n").map(String.init)
    #expect(lines == texts)
  }

  @Test("names out of files cannot move the cursor, and rows may be short or long")
  func hostileTables() {
    let table = Table(["a"], [[.text("x\u{1b}[2Jy\nz\u{202e}")], [], [.empty, .text("extra")]])
    #expect(drawn(table, nil) == "a\nx\u{fffd}[2Jy z\u{fffd}\n\n           extra")
    #expect(drawn(Table([], []), 10) == "")
  }

  @Test("texts are wrapped at spaces, pieces stand apart")
  func texts() {
    #expect(text(of: .text("  one two three\nshort"), width: 9, style: .plain) == "  one two\n  three\nshort")
    #expect(text(of: .text("abcdefghij"), width: 4, style: .plain) == "abcd\nefgh\nij")
    #expect(text(of: .several([.text("a"), .nothing, .text("b")]), width: nil, style: .plain) == "a\n\nb")
    #expect(text(of: .nothing, width: 80, style: .plain) == "")
  }

  @Test("no line is wider than the terminal")
  func neverTooWide() {
    var random = TestRandom(seed: 3)
    let words = ["fc1.weight[3, 2]", "a", "語語語語", "e\u{301}tude", "😀 smile", "a long sentence of several words", "", "x/y/z.csv", "🇵🇱🇵🇱"]
    for _ in 0..<1500 {
      func word() -> String { words[random.below(words.count)] }
      let count = 1 + random.below(8)
      let rows: [[Cell]] = (0..<random.below(6)).map { _ in
        (0..<random.below(count + 2)).map { _ in
          switch random.below(8) {
          case 0: .empty
          case 1: .text(word())
          case 2: .integer(random.below(1_000_000))
          case 3: .number(random.number(random.below(3)))
          case 4: .share(random.number(1) / 500)
          case 5: .shape([random.below(100), 3])
          case 6: .flag(random.below(2) == 0)
          default: .bar(random.number(1) / 800)
          }
        }
      }
      let table = Table((0..<count).map { _ in word() }, rows, title: word(), note: word())
      let width = 2 + random.below(119)
      let style = TextStyle(colours: random.below(2) == 0, unicode: random.below(2) == 0)
      for line in drawn(table, width, style, rows: 3).split(separator: "\n") {
        #expect(cellWidth(line) <= width, "\(width): \(line)")
      }
    }
  }
}
