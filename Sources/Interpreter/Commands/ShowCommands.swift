import Builtins
import Engine
import Language

extension Builtin<Session> {
  static let print = Builtin(
    "print", "Write values on one line.",
    .any("values", [Anything].self, "What to write, with a space between."),
    examples: [Example("print(\"loss\", 0.5)", gives: "loss 0.5")]
  ) { (session, values: [Anything]) in
    session.output.write(values.map(\.value.plainText).joined(separator: " "))
    return None()
  }

  static let show = Builtin(
    "show", "Show a value as a bare expression does, also inside a function.",
    .required("value", Anything.self, "What to show."),
    examples: [Example("show(ones(2))", gives: "[1., 1.]")]
  ) { (session, value: Anything) in
    if !(value.value is None) { session.output.show(value.value) }
    return None()
  }
}
