import Charts
import Testing

private let falling = Figure("Loss", subtitle: "iris", xLabel: "epoch", yLabel: "loss", .lines([.init("train", [4, 3, 2, 1]), .init("test", [4, 4, 3, 3])]))

@Suite struct FigureTests {
  @Test("lines in braille have limits and last values")
  func braille() {
    let lines = text(of: falling, width: 60, height: 4, style: .plain).split(separator: "\n").map(String.init)
    #expect(lines[0...2] == ["Loss", "iris", "loss"])
    #expect(lines[3].hasPrefix("4┤⠉"))
    #expect(lines[6].hasPrefix("1┤⠀"))
    #expect(lines[6].hasSuffix(" train 1"))
    #expect(lines.contains { $0.hasSuffix(" test 3") })
    #expect(lines.last?.hasPrefix("  1  ") == true)
    #expect(lines.last?.split(separator: " ") == ["1", "epoch", "4"])
  }

  @Test("lines in ASCII have a sign each")
  func asciiLines() {
    let figure = Figure("", .lines([.init("up", x: [0, 1], y: [0, 1])]))
    #expect(text(of: figure, width: 10, height: 3, style: .ascii) == """
      1      ***
          ****
      0 ***
        0      1
      * up 1
      """)
  }

  @Test("bars and heat maps")
  func others() {
    let bars = Figure("Weights", xLabel: "score", .bars([.init("fc1.weight[3, 2]", 0.5), .init("fc1.bias[0]", -0.25)]))
    #expect(text(of: bars, width: 60, style: .plain) == """
      Weights
                        score
      fc1.weight[3, 2]   0.50   ███████████████████
      fc1.bias[0]       -0.25  -█████████▌
      """)
    let map = Figure("", .heatMap(.init([[0, 1], [.nan, 0.5]], rowLabels: ["a", "bb"])))
    #expect(text(of: map, width: 20, style: .ascii) == """
      a  ....@@@@
      bb     ++++
      0 .:-=+*#%@@ 1
      """)
    let pair = Figure("", .heatMap(.init([[0], [1]])))
    let colours = text(of: pair, width: 20, style: TextStyle(colours: true, unicode: true))
    #expect(colours.hasPrefix("\u{1b}[38;2;68;1;84;48;2;253;231;37m▀\u{1b}[0m\n"))
  }

  @Test("no line of a picture is wider than the terminal, whatever the numbers")
  func neverTooWide() {
    var random = TestRandom(seed: 4)
    for figure in hostileFigures(&random) {
      for style in [TextStyle.plain, .ascii, TextStyle(colours: true, unicode: true)] {
        let width = 2 + random.below(100)
        for line in text(of: figure, width: width, height: random.below(20), style: style).split(separator: "\n") {
          #expect(cellWidth(line) <= width, "\(width): \(line)")
        }
      }
    }
  }

  @Test("every picture is well-formed XML of the size asked for, the same each time")
  func wellFormed() throws {
    var random = TestRandom(seed: 5)
    for figure in hostileFigures(&random) {
      let picture = svg(of: figure, width: 300 + random.below(900), height: 200 + random.below(600))
      #expect(picture == svg(of: figure, width: pixels(picture, "width"), height: pixels(picture, "height")))
      #expect(xmlFault(picture) == nil)
      let shapes = picture.split(separator: "\n").filter { !$0.hasPrefix("<text") }
      #expect(!shapes.contains { $0.contains("nan") || $0.contains("inf") || $0.contains("e+") })
    }
  }

  @Test("text is escaped, small letters stay legible")
  func texts() {
    let picture = svg(of: Figure("a < b & \"c\"\u{1}", .bars([.init("<script>", 1)])))
    #expect(picture.contains(">a &lt; b &amp; &quot;c&quot;\u{fffd}</text>"))
    #expect(picture.contains(">&lt;script&gt;</text>"))
    for part in picture.split(separator: "font-size=\"").dropFirst() {
      #expect((Double(part.prefix { $0 != "\"" }) ?? 0) >= 14)
    }
  }

  @Test("bars of both signs start at the zero line")
  func signedBars() {
    let picture = svg(of: Figure("t", .bars([.init("up", 1), .init("down", -1)])), width: 800, height: 300)
    let rectangles = picture.split(separator: "\n").filter { $0.hasPrefix("<rect x=") }
    let zero = picture.split(separator: "\n").last { $0.contains("stroke=\"#222222\"") }
    let up = attribute("x", rectangles.first), down = attribute("x", rectangles.last) + attribute("width", rectangles.last)
    #expect(abs(up - down) < 0.05)
    #expect(abs(up - attribute("x1", zero)) < 0.05)
    #expect(picture.contains("#0072b2") && picture.contains("#d55e00"))
  }

  @Test("bars that find no room are counted")
  func manyBars() {
    let picture = svg(of: Figure("t", .bars((0..<200).map { .init("b\($0)", Double(200 - $0)) })))
    #expect(picture.contains(" more</text>"))
    #expect(!picture.contains(">b199</text>"))
  }
}

private func attribute(_ name: String, _ element: Substring?) -> Double {
  guard let element, let found = element.split(separator: " ").first(where: { $0.hasPrefix(name + "=\"") }) else { return .nan }
  return Double(found.dropFirst(name.count + 2).prefix { $0 != "\"" }) ?? .nan
}

private func pixels(_ picture: String, _ name: String) -> Int {
  Int(attribute(name, picture.split(separator: ">").first))
}

/// Pictures of what data can hold at its worst.
private func hostileFigures(_ random: inout TestRandom) -> [Figure] {
  let values = [0, 1, -1, .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude, 1e-12, 0.3, 123456789]
  let names = ["", "a", "<&>\"'", "語語語", "a long name of a parameter that never ends.weight[123, 456]", "x\u{0}\u{1b}[1m\n", "]]>"]
  func one() -> Double { values[random.below(values.count)] }
  func name() -> String { names[random.below(names.count)] }
  func many(_ most: Int) -> [Double] { (0..<random.below(most)).map { _ in one() } }
  return (0..<120).map { round in
    let kind: Figure.Kind
    switch round % 3 {
    case 0: kind = .bars((0..<random.below(40)).map { _ in .init(name(), one()) })
    case 1:
      kind = .lines((0..<random.below(9)).map { _ in
        .init(name(), x: many(30), y: many(30), band: random.below(2) == 0 ? nil : .init(low: many(30), high: many(30)))
      })
    default:
      kind = .heatMap(.init(
        (0..<random.below(12)).map { _ in many(12) }, rowLabels: many(12).map { _ in name() }, columnLabels: many(12).map { _ in name() }))
    }
    return Figure(name(), subtitle: name(), xLabel: name(), yLabel: name(), kind)
  }
}

/// What is wrong with a text as XML, as far as our pictures use it: tags that do not match, bare signs, forbidden letters.
private func xmlFault(_ text: String) -> String? {
  var open: [Substring] = []
  var rest = text[...]
  while let start = rest.firstIndex(of: "<") {
    if let fault = textFault(rest[..<start]) { return fault }
    guard let end = rest[start...].firstIndex(of: ">") else { return "a tag without an end" }
    let tag = rest[rest.index(after: start)..<end]
    rest = rest[rest.index(after: end)...]
    if tag.contains("<") { return "a bare < in \(tag)" }
    let name = tag.prefix { $0 != " " && $0 != "/" }
    if tag.hasPrefix("/") {
      guard open.popLast() == tag.dropFirst() else { return "</\(tag.dropFirst())> closes nothing" }
    } else if !tag.hasSuffix("/") {
      open.append(name)
    }
    if tag.count(where: { $0 == "\"" }) % 2 != 0 { return "an open quote in \(tag)" }
  }
  return open.isEmpty ? textFault(rest) : "\(open) left open"
}

private func textFault(_ text: Substring) -> String? {
  for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
    guard ["amp;", "lt;", "gt;", "quot;", "#39;"].contains(where: part.hasPrefix) else { return "a bare & before \(part)" }
  }
  return text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" } ? "a control character" : nil
}
