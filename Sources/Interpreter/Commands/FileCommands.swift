import Builtins
import Data
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let load = Builtin(
    "load", "A built-in data set by name, or what a file holds, in the format of its ending.",
    .required("path", String.self, "iris, wine, breast_cancer, digits, diabetes, moons, circles, xor, spirals; or a path that ends in .csv, .tsv, .npy, .safetensors."),
    .optional("target", TargetColumn.self, "Of a table: the column to predict, by name or place; the last one where it is not said; none for none."),
    .optional("features", [ColumnName].self, "Of a table: the columns to keep."),
    .optional("header", Bool.self, "Of a CSV: whether the first row names the columns; judged by its cells where it is not said."),
    .optional("missing", Missing.self, "Of a table: what to do where a cell is empty."),
    .optional("delimiter", String.self, "Of a CSV: what stands between cells; found out where it is not said."),
    .optional("labels", Bool.self, "Of a table: whether the target holds classes; judged by its values where it is not said."),
    .optional("n", Int.self, in: 1...1e9, "Of a generated set: how many samples."),
    .optional("noise", Double.self, in: 0...1e6, "Of a generated set: how far points scatter."),
    .optional("factor", Double.self, in: 0...1, "Of circles: the size of the inner one."),
    .optional("classes", Int.self, in: 2...1000, "Of spirals: how many arms."),
    examples: [Example("load(\"iris\").x.shape", gives: "[150, 4]")]
  ) {
    (
      session, path: String, target: TargetColumn?, features: [ColumnName]?, header: Bool?, missing: Missing?, delimiter: String?, labels: Bool?,
      n: Int?, noise: Double?, factor: Double?, classes: Int?
    ) in
    var options = LoadOptions()
    (options.target, options.features, options.header, options.missing) = (target, features, header, missing)
    (options.delimiter, options.labels) = (delimiter, labels)
    (options.n, options.noise, options.factor, options.classes) = (n, noise, factor, classes)
    return try Loader.load(path, options, files: session.files, generator: session.generator)
  }

  static let save = Builtin(
    "save", "Write a value to a file, whole or not at all; the ending chooses the format.",
    .required("value", Anything.self, "A tensor, a record of tensors, a model (its parameters), or a data set."),
    .required("to", String.self, "A path that ends in .safetensors, .npy or .csv."),
    examples: [Example("save net.state_dict() to \"net.safetensors\"; net.load_state_dict(load(\"net.safetensors\"))")]
  ) { (session, value: Anything, path: String) in
    let written: any Value = try (value.value as? Module)?.stateDict() ?? (value.value as? ImportanceValue)?.field("scores") ?? value.value
    try Loader.save(written, to: path, files: session.files)
    session.output.note("wrote \(path)")
    return None()
  }
}
