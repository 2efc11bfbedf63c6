import Testing
@testable import Language

@Suite struct SourceTests {
  @Test func positionsCountCodePoints() {
    let source = SourceText("ab\nß日x\r\ny")
    #expect(source.lineCount == 3)
    #expect(source.position(at: 0) == Position(line: 1, column: 1))
    #expect(source.position(at: 8) == Position(line: 2, column: 3))
    #expect(source.position(at: 99) == Position(line: 3, column: 2))
    #expect(source.text(from: source.lineRange(2).lowerBound, to: source.lineRange(2).upperBound) == "ß日x")
  }
}
