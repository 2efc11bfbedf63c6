import Builtins
import Engine
import NN

/// Counts the numbers that modules put out while they run.
struct ActivationCount {
  private final class Log { var count = 0 }

  private let log = Log()
  /// The run of a request with the counting hooks before the user's own.
  let run: Run

  init(_ modules: [Module], in run: Run) {
    let table = HookTable()
    for module in modules {
      table.onForward(module) { [log] _, _, output in
        log.count += (output as? Tensor)?.count ?? 0
        return nil
      }
    }
    self.run = Run([table] + run.tables, generator: run.generator, journal: run.journal)
  }

  var count: Int { log.count }
}
