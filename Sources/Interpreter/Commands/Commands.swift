import Builtins
import Language

/// Every command, by name. A command's name may stand without parentheses at the start of a statement.
enum Commands {
  static let all: [Command] = session + models + hooks + importance + showing

  private static let session: [Command] = [
    Command(builtin: .explain, group: .session, form: .command),
    Command(builtin: .help, group: .session, form: .command),
    Command(builtin: .history, group: .session),
    Command(builtin: .load, group: .session),
    Command(builtin: .quit, group: .session),
    Command(builtin: .reset, group: .session),
    Command(builtin: .run, group: .session),
    Command(builtin: .save, group: .session),
    Command(builtin: .seed, group: .session),
    Command(builtin: .set, group: .session, form: .definition),
    Command(builtin: .time, group: .session, form: .statement),
    Command(builtin: .undo, group: .session),
    Command(builtin: .vars, group: .session),
  ]

  private static let models: [Command] = [
    Command(builtin: .evaluate, group: .models),
    Command(builtin: .freeze, group: .models),
    Command(builtin: .health, group: .models),
    Command(builtin: .initialise, group: .models),
    Command(builtin: .params, group: .models),
    Command(builtin: .prune, group: .models),
    Command(builtin: .summary, group: .models),
    Command(builtin: .train, group: .models),
    Command(builtin: .unfreeze, group: .models),
  ]

  private static let hooks: [Command] = [
    Command(builtin: .hook, group: .hooks, flags: ["pre", "forward", "backward", "grad"]),
    Command(builtin: .hooks, group: .hooks),
    Command(builtin: .unhook, group: .hooks),
  ]

  private static let importance: [Command] = [
    Command(builtin: .ablate, group: .importance),
    Command(builtin: .compare, group: .importance),
    Command(builtin: .formulaCommand, group: .importance, form: .definition),
    Command(builtin: .importance, group: .importance),
    Command(builtin: .plan, group: .importance, form: .command),
    Command(builtin: .validate, group: .importance),
  ]

  private static let showing: [Command] = [
    Command(builtin: .check, group: .checking, form: .values),
    Command(builtin: .plot, group: .showing),
    Command(builtin: .print, group: .showing, form: .values),
    Command(builtin: .show, group: .showing),
  ]
}
