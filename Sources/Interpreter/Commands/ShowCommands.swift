import Builtins
import Engine
import Language

extension Builtin<Session> {
  static let print = Builtin(
    "print", "Write values on one line.",
    .rest("values", "What to write, with a space between."),
    examples: [Example("print(\"loss\", 0.5)", gives: "loss 0.5")]
  ) { (session, values: Rest) in
    if let name = values.items.lazy.compactMap(\.name).first { throw TensorError.value("print", "there is no argument `\(name)`: it takes values by place") }
    session.output.write(values.items.map(\.value.plainText).joined(separator: " "))
    return None()
  }

  static let show = Builtin(
    "show", "Show a value as a bare expression does, also inside a function.",
    .required("value", Anything.self, "What to show."),
    examples: [Example("show(ones(2))", gives: "[1., 1.]")]
  ) { (session, value: Anything) in
    if !(value.value is None) { session.show(value.value) }
    return None()
  }
}
