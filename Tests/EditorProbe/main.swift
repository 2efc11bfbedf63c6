import Shell

// A shell with nothing behind it: it echoes entries and offers the few commands by which the tests watch the editor.
// `editor-probe HISTORY` keeps its history in that file; `-` keeps it in memory.

Interrupts.install(counting: Probe.flag)
let history = HistoryStore(path: Probe.historyPath)
guard let input = TerminalInput(program: "editor-probe", history: history, colours: Probe.hasColours) else {
  Probe.say("no terminal")
  Probe.leave(2)
}
input.isComplete = Probe.isComplete
input.complete = Probe.complete
input.paint = Probe.paint
Probe.run(input, history)
