import Builtins
import Engine
import NN

extension Subject {
  /// Of several modules those that a pass calls once, so that each unit has one number a sample, and what is left out.
  /// - Cost: a pass of one sample.
  public func calledOnce(by model: Module, _ x: Tensor, in run: Run) throws -> (subject: Subject, warning: ImportanceWarning?) {
    guard case .modules(let list) = self, list.count > 1, x.rank > 0, x.shape[0] > 0 else { return (self, nil) }
    let counts = CallCounts(), table = HookTable(), position = run.generator.position
    defer { run.generator.position = position }
    for (_, module) in list {
      table.onForward(module) { [counts] module, _, _ in
        counts.calls[ObjectIdentifier(module), default: 0] += 1
        return nil
      }
    }
    _ = try model.evaluating { try Run([table] + run.tables, generator: run.generator, journal: run.journal)(model, [x.detached().narrow(0, 0, 1)]) }
    let once = list.filter { counts.calls[ObjectIdentifier($0.module)] == 1 }
    guard !once.isEmpty, once.count < list.count else { return (self, nil) }
    let others = list.filter { counts.calls[ObjectIdentifier($0.module)] != 1 }
    let often = others.filter { counts.calls[ObjectIdentifier($0.module)] != nil }
    let left = often.isEmpty ? others : often, name = "`\(left[0].name)`" + (left.count > 1 ? " and \(left.count - 1) more" : "")
    let warning = often.isEmpty ? ImportanceWarning("left out: \(name), not called in a pass")
      : ImportanceWarning("left out: \(name), called several times in a pass", help: "score the layers before them, such as those that they work on")
    return (.modules(once), warning)
  }
}

/// Held apart from the table, whose hooks write into it.
private final class CallCounts {
  var calls: [ObjectIdentifier: Int] = [:]
}
