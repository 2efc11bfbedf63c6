import Charts
import Testing

@Suite struct NumberTests {
  @Test("four significant digits, written out where a reader expects it", arguments: [
    (0.0, "0"), (0.25, "0.25"), (-0.5, "-0.5"), (1.0 / 3, "0.3333"), (123.456, "123.5"), (123456.7, "123457"), (99995, "99995"),
    (999_999.6, "1e+06"), (1e6, "1e+06"), (1234567, "1.235e+06"), (0.0001, "0.0001"), (0.00012345678, "0.0001235"),
    (1.23456e-5, "1.235e-05"), (-1e-300, "-1e-300"), (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"),
  ])
  func numbers(_ value: Double, _ text: String) { #expect(number(value) == text) }

  @Test("other counts of digits")
  func significant() {
    #expect(number(.pi, significant: 2) == "3.1")
    #expect(number(.pi, significant: 17) == "3.1415926535897931")
    #expect(number(.pi, significant: -3) == "3")
  }

  @Test("shares", arguments: [
    (0.973, "97.3 %"), (0.0, "0.0 %"), (1.0, "100.0 %"), (0.0001, "<0.1 %"), (0.9999, ">99.9 %"), (-0.25, "-25.0 %"), (.nan, "nan"),
  ])
  func shares(_ value: Double, _ text: String) { #expect(percent(value) == text) }

  @Test("times", arguments: [
    (0.0, "0 s"), (3.2e-8, "32 ns"), (9.6e-5, "96 µs"), (8.52e-6, "8.5 µs"), (0.0024, "2.4 ms"), (0.24, "240 ms"), (0.9996, "1.0 s"),
    (1.3, "1.3 s"), (59.97, "1 min 0 s"), (125.0, "2 min 5 s"), (3599.6, "1 h 0 min"), (4800.0, "1 h 20 min"), (90_000.0, "1 d 1 h"),
    (-1.0, "0 s"), (.infinity, "inf s"), (.nan, "nan"),
  ])
  func times(_ seconds: Double, _ text: String) { #expect(duration(seconds) == text) }

  @Test("sparklines and progress bars")
  func smallPictures() {
    #expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(sparkline([3, 3, .nan, 3]) == "▅▅ ▅")
    #expect(sparkline([0, 7], style: .ascii) == "_#")
    #expect(sparkline([0, 0, 7, 7], width: 2) == "▁█")
    #expect(sparkline([-1e308, 1e308]) == "▁█")
    #expect(sparkline([0, .leastNonzeroMagnitude]) == "▅▅")
    #expect(sparkline([]) == "")
    #expect(progressBar(0.5, width: 10) == "▕████    ▏")
    #expect(progressBar(0.43, width: 10) == "▕███▌    ▏")
    #expect(progressBar(2, width: 6) == "▕████▏")
    #expect(progressBar(.nan, width: 6, style: .ascii) == "[    ]")
    #expect(progressBar(1, width: 2) == "")
  }

  @Test("widths in cells", arguments: [
    ("abc", 3), ("語", 2), ("e\u{301}", 1), ("a\u{200b}b", 2), ("😀", 2), ("❤\u{fe0f}", 2), ("🇵🇱", 2), ("…", 1), ("█", 1), ("⠿", 1),
    ("한글", 4), ("ｶ", 1), ("Ｗ", 2), ("\u{1b}[1mbold\u{1b}[0m", 4), ("żółć", 4), ("", 0),
  ])
  func cells(_ text: String, _ width: Int) { #expect(cellWidth(text) == width) }
}
