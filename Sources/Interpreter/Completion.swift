import Builtins
import Engine
import Language
import NN

/// One way to go on with what is typed.
public struct Suggestion: Sendable, Equatable {
  public let text: String, help: String
  /// What follows a match that is the only one: `(` for a function, `=` for an argument, a space for a command.
  public let ending: String
}

/// What can follow a text: the word that is being typed, and how it may go on.
public struct Suggestions: Sendable, Equatable {
  public let word: String
  public let all: [Suggestion]
}

extension Session {
  /// Ways to go on with a text: commands and names at the start of a statement, members behind a dot, arguments and their
  /// choices inside a call, files inside a string.
  public func suggestions(for text: String) -> Suggestions {
    let tail = Tail(text)
    if let path = tail.openString { return files(path) }
    if let path = tail.memberPath { return members(path, tail.word) }
    var found: [Suggestion] = []
    if let call = tail.enclosingCall, let entry = Registry.byName[call.name] {
      if let fitting = fitting(call, entry, tail.word) { return Suggestions(word: tail.word, all: fitting) }
      if let argument = call.openArgument, let parameter = entry.parameters.first(where: { $0.name == argument }), case .choice(let words) = parameter.form {
        return Suggestions(word: tail.word, all: words.filter { $0.hasPrefix(tail.word) }.map { Suggestion(text: $0, help: parameter.help, ending: " ") })
      }
      found = entry.parameters.filter { $0.gather == .nothing && $0.name.hasPrefix(tail.word) }.map { p in
        let isLittle = CommandTable.littleWords.contains(p.name) && call.isCommand
        return Suggestion(text: p.name, help: p.help, ending: isLittle ? " " : "=")
      }
      if tail.word.isEmpty { return Suggestions(word: "", all: found) }
    }
    found += names(tail)
    return Suggestions(word: tail.word, all: found)
  }

  private func names(_ tail: Tail) -> [Suggestion] {
    guard !tail.word.isEmpty || tail.isStart else { return [] }
    var seen: Set<String> = []
    var out: [Suggestion] = []
    for name in globals.names.sorted() where name.hasPrefix(tail.word) && seen.insert(name).inserted {
      let value = globals[name]
      out.append(Suggestion(text: name, help: value.map { type(of: $0).kind } ?? "", ending: value is any Callable ? "(" : ""))
    }
    let commands = Set(Registry.all.lazy.filter { [.session, .models, .hooks, .importance, .showing, .checking].contains($0.group) }.map(\.name))
    for entry in Registry.all.sorted(by: { $0.name < $1.name }) where entry.name.hasPrefix(tail.word) && seen.insert(entry.name).inserted {
      let isCommand = commands.contains(entry.name)
      if tail.word.isEmpty, !isCommand { continue }
      out.append(Suggestion(text: entry.name, help: entry.summary, ending: isCommand ? " " : "("))
    }
    // At the start of a statement a command or a name of the user's is meant rather than one of two hundred functions.
    if tail.isStart, !tail.word.isEmpty {
      let likely = out.filter { commands.contains($0.text) || globals.names.contains($0.text) }
      if !likely.isEmpty { return likely }
    }
    for word in ["def", "model", "for", "while", "if", "return", "true", "false", "none", "no_grad"] where word.hasPrefix(tail.word) && !tail.word.isEmpty {
      out.append(Suggestion(text: word, help: "keyword", ending: " "))
    }
    return out
  }

  private func members(_ path: [String], _ word: String) -> Suggestions {
    guard let root = path.first, var value = globals[root] else { return Suggestions(word: word, all: []) }
    for name in path.dropFirst() {
      guard let next = try? value.field(name) else { return Suggestions(word: word, all: []) }
      value = next
    }
    var out = value.fields.map { Suggestion(text: $0, help: "field", ending: "") }
    if value is Module { out += Registry.modelMethods.values.map { Suggestion(text: $0.name, help: $0.summary, ending: "(") } }
    if value is Tensor || value is any Indexed {
      let expected = value is Tensor ? [Tensor.expectation] : [List.expectation, Record.expectation, Anything.expectation]
      out += Registry.all.filter { $0.parameters.first.map { expected.contains($0.expectation) } ?? false }.map { Suggestion(text: $0.name, help: $0.summary, ending: "(") }
    }
    var seen: Set<String> = []
    return Suggestions(word: word, all: out.filter { $0.text.hasPrefix(word) && seen.insert($0.text).inserted }.sorted { $0.text < $1.text })
  }

  private func files(_ path: String) -> Suggestions {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let (folder, start) = (String(path[..<cut]), String(path[cut...]))
    let names = (try? files.list(folder.isEmpty ? "." : folder)) ?? []
    let found = names.filter { $0.hasPrefix(start) && (!$0.hasPrefix(".") || start.hasPrefix(".")) }.sorted()
    return Suggestions(word: start, all: found.map { Suggestion(text: $0, help: "", ending: $0.hasSuffix("/") ? "" : "\"") })
  }
}

/// The call or command that the end of a text is inside of.
struct EnclosingCall {
  let name: String
  /// The argument whose value is being typed.
  let openArgument: String?
  let isCommand: Bool
  /// Whether nothing of an argument is there yet, and whether none has been named.
  var isEmpty = false, isUnnamed = false
}

/// The end of what is typed, taken apart as far as completion needs.
private struct Tail {
  var word = ""
  /// True where a statement begins with the word.
  var isStart = false
  /// The names before the dot that the word follows: `net.fc1.` gives net, fc1.
  var memberPath: [String]?
  /// The inside of a string that is not closed.
  var openString: String?
  var enclosingCall: EnclosingCall?

  init(_ text: String) {
    let source = SourceText(text)
    var tokens = Lexer.tokens(of: source).filter { $0.kind != .end && $0.kind != .comment }
    if let last = tokens.last, last.kind == .error {
      let written = source.text(from: last.start, to: source.bytes.count)
      if let quote = written.first, quote == "\"" || quote == "'" {
        openString = String(written.dropFirst())
        return
      }
    }
    if let last = tokens.last, last.end == source.bytes.count, last.kind == .name || last.kind.isKeyword {
      word = source.text(from: last.start, to: last.end)
      tokens.removeLast()
    }
    if tokens.last?.kind == .dot {
      memberPath = Tail.path(before: tokens.count - 1, tokens, source)
      return
    }
    isStart = tokens.isEmpty || [.semicolon, .leftBrace].contains(tokens[tokens.count - 1].kind)
    findCall(tokens, source)
  }

  private static func path(before dot: Int, _ tokens: [Token], _ source: SourceText) -> [String] {
    var names: [String] = [], i = dot - 1
    while i >= 0, tokens[i].kind == .name || tokens[i].kind == .integer || tokens[i].kind.isKeyword {
      names.insert(source.text(from: tokens[i].start, to: tokens[i].end), at: 0)
      guard i >= 1, tokens[i - 1].kind == .dot else { break }
      i -= 2
    }
    return names
  }

  /// The call or command around the end: the last bracket that is open behind a name, else a command at the start.
  private mutating func findCall(_ tokens: [Token], _ source: SourceText) {
    var depth = 0, i = tokens.count - 1
    var argument: String?
    if i >= 1, tokens[i].kind == .assign, tokens[i - 1].kind == .name { argument = source.text(from: tokens[i - 1].start, to: tokens[i - 1].end) }
    if i >= 0, tokens[i].kind == .name || tokens[i].kind.isKeyword, CommandTable.littleWords.contains(source.text(from: tokens[i].start, to: tokens[i].end)) {
      argument = source.text(from: tokens[i].start, to: tokens[i].end)
    }
    while i >= 0 {
      switch tokens[i].kind {
      case .rightParenthesis, .rightBracket, .rightBrace: depth += 1
      case .leftParenthesis where depth == 0 && i > 0 && tokens[i - 1].kind == .name && !tokens[i].hasSpaceBefore:
        enclosingCall = EnclosingCall(name: source.text(from: tokens[i - 1].start, to: tokens[i - 1].end), openArgument: argument, isCommand: false)
        return
      case .leftParenthesis, .leftBracket, .leftBrace: depth -= 1
      case .semicolon where depth == 0: return
      case .name where depth == 0:
        let name = source.text(from: tokens[i].start, to: tokens[i].end)
        let isPlace = i == 0 || [.assign, .semicolon, .leftBrace, .leftParenthesis].contains(tokens[i - 1].kind) || isNested(i, tokens, source)
        if isPlace, i < tokens.count - 1 || tokens[i].end < source.bytes.count, Registry.isCommand(name) {
          let rest = tokens[(i + 1)...]
          let isUnnamed = argument == nil && !rest.contains { $0.kind == .assign || CommandTable.littleWords.contains(source.text(from: $0.start, to: $0.end)) }
          enclosingCall = EnclosingCall(name: name, openArgument: argument, isCommand: true, isEmpty: rest.isEmpty, isUnnamed: isUnnamed)
          return
        }
      default: break
      }
      i -= 1
    }
  }
}

extension Tail {
  /// Whether the name at `i` is the command that another one takes: `plan importance …`.
  private func isNested(_ i: Int, _ tokens: [Token], _ source: SourceText) -> Bool {
    guard i > 0, tokens[i - 1].kind == .name else { return false }
    let before = source.text(from: tokens[i - 1].start, to: tokens[i - 1].end)
    return Commands.all.contains { $0.builtin.name == before && $0.form == .command }
  }
}

extension Registry {
  private static let commandNames = Set(Commands.all.map(\.builtin.name))
  static func isCommand(_ name: String) -> Bool { commandNames.contains(name) }
}
