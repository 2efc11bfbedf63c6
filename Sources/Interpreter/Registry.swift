import Builtins
import Data
import Engine
import Importance
import Language
import NN

/// A built-in without the type of what it works on: what the evaluator, help and completion need.
public struct Entry: Sendable {
  public let name: String, summary: String
  public let parameters: [Builtins.Parameter]
  public let formula: String?, source: Source?
  public let examples: [Example]
  public let group: Group
  let body: @Sendable (Session, [(any Value)?]) throws -> any Value

  /// Under which heading help lists it.
  public enum Group: String, CaseIterable, Sendable {
    case session, models, hooks, importance, attribution, showing, checking, layers, networks, losses, training, data, random, functions, methods
  }

  init<C>(_ builtin: Builtin<C>, _ group: Group, _ context: @escaping @Sendable (Session) -> C) {
    (name, summary, parameters) = (builtin.name, builtin.summary, builtin.parameters)
    (formula, source, examples, self.group) = (builtin.formula, builtin.source, builtin.examples, group)
    let invoke = builtin.invoke
    body = { session, values in try invoke(context(session), values) }
  }
}

/// All that the shell knows by name.
public enum Registry {
  /// Commands first, so that `train` the command stands before a function of that name.
  public static let all: [Entry] =
    Commands.all.map { Entry($0.builtin, $0.group) { $0 } }
    + Functions.all.map { Entry($0, .functions) { $0 } }
    + Operations.all.map { Entry($0, .functions) { _ in } }
    + RandomOperations.all.map { Entry($0, .random) { $0.generator } }
    + Layers.all.map { Entry($0, .layers) { $0.generator } }
    + Models.all.map { Entry($0, .networks) { $0.generator } }
    + LossLayers.all.map { Entry($0, .losses) { _ in } }
    + (Optimisers.all + Schedules.all).map { Entry($0, .training) { _ in } }
    + DataOperations.all.map { Entry($0, .data) { _ in } }
    + DataOperations.random.map { Entry($0, .data) { $0.generator } }
    + ImportanceOperations.all.map { Entry($0, .importance) { _ in } }
    + Methods.all.map { Entry($0, .attribution) { $0.currentRun } }

  static let byName: [String: Entry] = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

  /// Names that data sets or importance values share with tensors: the first argument says which is meant.
  private static let ofData: [String: Entry] = Dictionary(all.filter { $0.group == .data }.map { ($0.name, $0) }) { first, _ in first }
  private static let ofImportance: [String: Entry] = Dictionary(
    uniqueKeysWithValues: ImportanceOperations.all.map { ($0.name, Entry($0, .importance) { _ in }) })
  static let shared: Set<String> = Set(Dictionary(grouping: all, by: \.name).filter { $0.value.count > 1 }.keys)

  /// The built-in that a call with this first argument means.
  static func entry(_ name: String, for value: any Value) -> Entry? {
    if value is Module, let method = modelMethods[name] { return method }
    if shared.contains(name) {
      if DataOperations.owns(value), let entry = ofData[name] { return entry }
      if ImportanceOperations.owns(value), let entry = ofImportance[name] { return entry }
    }
    return byName[name]
  }

  /// The methods of models, which hide functions of the same name: `net.train()` is no `train net`.
  static let modelMethods: [String: Entry] = Dictionary(
    uniqueKeysWithValues: ModelMethods.all.map { ($0.name, Entry($0, .methods) { $0 }) })

  public static let allModelMethods: [Entry] = modelMethods.values.sorted { $0.name < $1.name }

  /// How the parser reads the commands.
  public static let commandTable = CommandTable(
    Dictionary(uniqueKeysWithValues: Commands.all.map { ($0.builtin.name, CommandTable.Entry($0.form, flags: $0.flags)) }),
    nearest: { nearest(to: $0, among: Commands.all.map(\.builtin.name)) })
}

/// A command: a built-in whose name may stand without parentheses, and how its arguments are written then.
struct Command: Sendable {
  let builtin: Builtin<Session>
  let group: Entry.Group
  var form: CommandTable.Form = .ordinary
  var flags: Set<String> = []
}
