import Interpreter
import Testing
import TestSupport

/// What completion offers behind the commands of importance.
@Suite struct SuggestionTests {
  private func names(_ text: String) throws -> [String] {
    let shell = TestShell()
    let stage = "net = Sequential(fc=Linear(4, 3)); d = load(\"iris\"); imp = importance |w| of net; formula mine = |w| * 2; k = 3"
    try #require(shell.failure(stage) == nil)
    return shell.session.suggestions(for: text).all.map(\.text)
  }

  @Test("formulas where a formula stands, also inside plan and explain", arguments: ["importance ", "plan importance ", "explain importance ", "x = importance "])
  func formulas(_ text: String) throws {
    #expect(try names(text + "fi").starts(with: ["fisher", "fisher_pruning"]))
    #expect(try names(text + "mi").contains("mine"))
    #expect(try names(text + "|w| of ") == ["net"])
    #expect(try names(text + "|w| of net on ") == ["d"])
    #expect(try names(text + "|w| of net on d for lo") == ["loss", "logit", "logprob"])
    #expect(try names(text + "|w| of net on d per ").prefix(2) == ["label", "predicted"])
    #expect(try names(text + "|w| of net on d each=ro") == ["row"])
  }

  @Test("values of the kind that a command takes", arguments: [
    ("compare ", "imp"), ("compare imp with ", "imp"), ("validate ", "imp"), ("validate imp on ", "d"), ("prune ", "net"), ("prune net by ", "imp"), ("ablate ", "net"),
    ("ablate net by imp on ", "d"), ("health ", "net"), ("health net on ", "d"),
  ])
  func values(_ text: String, _ first: String) throws {
    let all = try names(text)
    #expect(all.first == first && !all.contains("k"))
  }

  @Test func topics() throws {
    #expect(try names("plan ") == ["importance"])
    #expect(try names("explain syn").contains("synflow"))
    #expect(try names("help lam") == ["lamp"])
    #expect(try names("prune net by imp structured=") == ["unit", "channel", "head"])
  }
}
