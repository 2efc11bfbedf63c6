import Builtins
import Importance
import Language

extension Session {
  /// What may stand where a command has its value: names of the kind that it takes, words, formulas. Nil where anything may.
  func fitting(_ call: EnclosingCall, _ entry: Entry, _ word: String) -> [Suggestion]? {
    guard call.isCommand else { return nil }
    if call.name == "plan", call.isEmpty { return words(["importance"], "the command whose plan is asked for", word) }
    if call.name == "explain" || call.name == "help", call.isEmpty {
      guard !word.isEmpty else { return nil }
      let all = Registry.all.filter { $0.name.hasPrefix(word) }.map { Suggestion(text: $0.name, help: $0.summary, ending: " ") }
      return sorted(all + formulaNames(word) + formulaWords(FormulaWord.all, word, ending: " "))
    }
    if call.name == "importance" {
      if let argument = call.openArgument, let known = Self.importanceWords[argument] {
        return words(known, entry.parameters.first { $0.name == argument }?.help ?? "", word) + (argument == "per" || argument == "for" ? globalNames(word) { _ in true } : [])
      }
      if call.isUnnamed, !word.isEmpty || call.isEmpty {
        return sorted(formulaNames(word) + words(FormulaReducer.allCases.map(\.rawValue) + ["abs", "sqrt"], "of a formula", word, ending: "(") + formulaWords(FormulaWord.functions, word, ending: "("))
      }
    }
    let parameter = call.openArgument.map { name in entry.parameters.first { $0.name == name } } ?? (call.isEmpty ? entry.parameters.first : nil)
    guard let parameter else { return nil }
    let isModel = parameter.name == "of" || parameter.expectation == Self.modelExpectation
    let values = globalNames(word) { value in
      guard let own = (type(of: value) as? any Accepted.Type)?.expectation else { return false }
      return parameter.expectation.contains(own) || (isModel && own == Self.modelExpectation) || (parameter.name == "on" && own == Self.dataExpectation)
    }
    if values.isEmpty { return nil }
    // Nothing but names of that kind where one is being typed; the arguments too where nothing is.
    let named = call.openArgument == nil ? entry.parameters.dropFirst().filter { $0.gather == .nothing && $0.name.hasPrefix(word) }.map { p in
      Suggestion(text: p.name, help: p.help, ending: CommandTable.littleWords.contains(p.name) ? " " : "=")
    } : []
    return values + named
  }

  private static let modelExpectation = "a model", dataExpectation = "a data set"

  private static let importanceWords: [String: [String]] = [
    "for": ["loss", "logit", "prob", "logprob", "margin", "output"], "per": ["label", "predicted"], "each": ScoreEach.words,
  ]

  /// The field's formulas and methods, and the user's.
  private func formulaNames(_ word: String) -> [Suggestion] {
    let known = Criteria.all.filter { $0.name.hasPrefix(word) }.map { Suggestion(text: $0.name, help: $0.summary, ending: " ") }
    return known + formulas.filter { $0.key.hasPrefix(word) }.map { Suggestion(text: $0.key, help: $0.value.text, ending: " ") }
  }

  private func formulaWords(_ all: [FormulaWord], _ word: String, ending: String) -> [Suggestion] {
    all.filter { $0.name.hasPrefix(word) }.map { Suggestion(text: $0.name, help: $0.summary, ending: ending) }
  }

  private func words(_ all: [String], _ help: String, _ word: String, ending: String = " ") -> [Suggestion] {
    all.filter { $0.hasPrefix(word) }.map { Suggestion(text: $0, help: help, ending: ending) }
  }

  private func globalNames(_ word: String, _ fits: (any Value) -> Bool) -> [Suggestion] {
    globals.names.sorted().filter { $0.hasPrefix(word) }.compactMap { name in
      guard let value = globals[name], fits(value) else { return nil }
      return Suggestion(text: name, help: type(of: value).kind, ending: "")
    }
  }

  private func sorted(_ all: [Suggestion]) -> [Suggestion] {
    var seen: Set<String> = []
    return all.filter { seen.insert($0.text).inserted }.sorted { $0.text < $1.text }
  }
}
