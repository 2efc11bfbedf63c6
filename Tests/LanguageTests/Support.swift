import Language

/// A table such as the interpreter makes from its commands.
let commands: CommandTable = {
  var entries: [String: CommandTable.Entry] = [
    "check": .init(.values), "print": .init(.values), "time": .init(.statement), "formula": .init(.definition),
    "set": .init(.definition), "plan": .init(.command), "explain": .init(.command), "help": .init(.command),
    "vars": .init(.names), "hook": .init(flags: ["pre", "backward", "grad"]),
  ]
  let ordinary = """
    reset run history seed save load quit params summary init freeze unfreeze train evaluate prune health trace hooks
    unhook importance compare validate ablate show plot report
    """
  for name in ordinary.split(whereSeparator: \.isWhitespace) { entries[String(name)] = .init() }
  return CommandTable(entries) { $0 == "trian" ? "train" : nil }
}()

func parse(_ text: String, name: String? = nil) -> ParseResult {
  Parser.parse(SourceText(name: name, text), commands: commands)
}

/// The canonical source of every statement, or the titles of what is wrong.
func canonical(_ text: String) -> String {
  let result = parse(text)
  if result.isIncomplete { return "incomplete" }
  if !result.diagnostics.isEmpty { return "error: " + result.diagnostics.map(\.title).joined(separator: "; ") }
  return result.statements.map(\.description).joined(separator: "\n")
}
