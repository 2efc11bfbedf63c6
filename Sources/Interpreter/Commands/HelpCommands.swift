import Builtins
import Importance
import Language

extension Builtin<Session> {
  static let help = Builtin(
    "help", "What there is, or how one thing is used; `help \"words\"` searches.",
    .optional("name", Quoted.self, "A command, a function, a layer, or words to look for."),
    examples: [Example("help relu", gives: "larger")]
  ) { (session, topic: Quoted?) in
    guard let topic else { return Page(overview) }
    if case .string(let words) = topic.expression.kind { return Page(search(words)) }
    if case .name(let name) = topic.expression.kind, Registry.byName[name] == nil, let text = try session.explanation(ofFormula: topic) { return Page(text) }
    return Page(try session.formulaWord(topic)?.page ?? helpText(entry(topic, session)))
  }
}

extension Session {
  /// The letter or function of formulas that a topic names, where it names nothing else.
  func formulaWord(_ topic: Quoted) -> FormulaWord? {
    guard case .name(let name) = topic.expression.kind, Registry.byName[name] == nil else { return nil }
    return FormulaWord.named(name)
  }
}

/// Text that a command shows.
struct Page: Value {
  let text: String
  init(_ text: String) { self.text = text }
  static let kind = "text"
  var shown: Shown { .text(text) }
  var json: JSON { .string(text) }
}

/// The built-in that a topic names: `train`, `net.train`, `mean(…)`.
func entry(_ topic: Quoted, _ session: Session) throws -> Entry {
  let name: String
  switch topic.expression.kind {
  case .name(let text): name = text
  case .member(_, let member): name = member.text
  case .call(let call):
    if case .name(let text) = call.callee.kind { name = text } else { name = call.callee.span.text }
  default: name = topic.expression.span.text
  }
  if case .member = topic.expression.kind, let method = Registry.modelMethods[name] { return method }
  if let entry = Registry.byName[name] ?? Registry.modelMethods[name] { return entry }
  let near = nearest(to: name, among: Array(Registry.byName.keys) + Criteria.all.map(\.name) + FormulaWord.all.map(\.name))
  throw Failure("there is no help on `\(name)`", at: topic.expression.span, help: near.map { "did you mean `\($0)`?" } ?? "help \"\(name)\" looks for the word everywhere")
}

private var overview: String {
  let headings: [(Entry.Group, String)] = [
    (.session, "The session"), (.data, "Data"), (.models, "Models"), (.layers, "Layers"), (.networks, "Ready-made models"),
    (.losses, "Losses as layers"), (.training, "Optimizers and schedules"), (.importance, "Importance"),
    (.hooks, "Hooks"), (.showing, "Showing"), (.checking, "Checking"), (.random, "Random numbers"), (.functions, "Functions"),
  ]
  var lines = ["A first session: iris = load(\"iris\").standardize().split(0.8), then", "net = Sequential(Linear(4, 16), ReLU(), Linear(16, 3)), train net on iris.train,", "importance |w * g| of net on iris.test", ""]
  for (group, title) in headings {
    let names = Registry.all.filter { $0.group == group }.map(\.name).sorted()
    guard !names.isEmpty else { continue }
    lines += [title] + folded(names, indent: "  ")
  }
  lines += ["Letters and functions of formulas"] + folded(FormulaWord.all.map(\.name).sorted(), indent: "  ")
  lines += ["Formulas and methods that have a name"] + folded(Criteria.all.map(\.name), indent: "  ")
  lines += ["", "`help NAME` tells how one is used, `explain NAME` what it computes, `help \"words\"` searches."]
  return lines.joined(separator: "\n")
}

/// Words in lines of at most 78 columns.
private func folded(_ words: [String], indent: String) -> [String] {
  var lines: [String] = [], line = indent
  for word in words {
    if line.count + word.count + 1 > 78, line != indent {
      lines.append(line)
      line = indent
    }
    line += (line == indent ? "" : " ") + word
  }
  return lines + [line]
}

private func search(_ topic: String) -> String {
  let terms = topic.lowercased().split(separator: " ").map(String.init)
  let entries = Registry.all.map { (name: $0.name, summary: $0.summary, more: $0.parameters.flatMap { [$0.name, $0.help] }) }
  let words = FormulaWord.all.filter { Registry.byName[$0.name] == nil }.map { (name: $0.name, summary: $0.summary, more: [$0.usage]) }
  let criteria = Criteria.all.filter { Registry.byName[$0.name] == nil }.map { (name: $0.name, summary: $0.summary, more: [$0.source.text, $0.misleads]) }
  let found = (entries + words + criteria).filter { name, summary, more in
    let text = ([name, summary] + more).joined(separator: " ").lowercased()
    return terms.allSatisfy { text.contains($0) }
  }
  guard !found.isEmpty else { return "nothing speaks of \"\(topic)\"; `help` lists all there is" }
  let width = found.map(\.name.count).max() ?? 0
  return found.sorted { $0.name < $1.name }.map { "\(padded($0.name, width))  \($0.summary)" }.joined(separator: "\n")
}

func helpText(_ entry: Entry) -> String {
  var lines = [entry.usage, "  \(entry.summary)"]
  if !entry.parameters.isEmpty {
    lines += ["", "Arguments"]
    let width = entry.parameters.map(\.name.count).max() ?? 0
    for p in entry.parameters {
      let standard = p.gather != .nothing ? "any number" : p.isRequired ? "required" : "default \(p.standardText ?? "none")"
      lines.append("  \(padded(p.name, width))  \(p.help) (\(p.expectation.hasSuffix("or none") ? "\(p.expectation)" : "\(p.expectation); \(standard)"))")
    }
  }
  if let formula = entry.formula { lines += ["", "Formula", "  \(formula)"] }
  if let source = entry.source { lines += ["", "Source", "  \(source.text)\(source.arXiv.map { ", arXiv:\($0)" } ?? "")"] }
  if !entry.examples.isEmpty { lines += ["", entry.examples.count == 1 ? "Example" : "Examples"] + entry.examples.map { "  \($0.code)" } }
  return lines.joined(separator: "\n")
}

func explanation(_ entry: Entry) -> String {
  var lines = ["\(entry.name): \(entry.summary)", ""]
  if let formula = entry.formula { lines.append("Formula: \(formula)") }
  let isOfTorch = entry.group == .functions || entry.group == .layers || entry.group == .losses || entry.group == .random
  let source = entry.source.map { $0.text + ($0.arXiv.map { ", arXiv:\($0)" } ?? "") }
  lines.append("Source:  \(source ?? (isOfTorch ? "PyTorch's `\(entry.name)`" : "Pith"))")
  if let example = entry.examples.first { lines += ["Try:     \(example.code)"] }
  return lines.joined(separator: "\n")
}

private func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
