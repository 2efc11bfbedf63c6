import Builtins
import Data
import Engine
import Importance
import Language
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
    let value = try Loader.load(path, options, files: session.files, generator: session.generator)
    return try session.importance(in: path, value) ?? value
  }

  static let save = Builtin(
    "save", "Write a value to a file, whole or not at all; the ending chooses the format.",
    .required("value", Anything.self, "A tensor, a record of tensors, a model (its parameters), an importance, a table, or a data set."),
    .required("to", String.self, "A path that ends in .safetensors, .npy or .csv."),
    .optional("dtype", StoredType.self, "Of a .safetensors file: the type that real numbers are written in, their own where it is not said."),
    examples: [
      Example("save net.state_dict() to \"net.safetensors\"; net.load_state_dict(load(\"net.safetensors\"))"),
      Example("save net to \"net.safetensors\" dtype=bfloat16"),
    ]
  ) { (session, value: Anything, path: String, stored: StoredType?) in
    if let importance = value.value as? ImportanceValue {
      guard stored == nil else { throw TensorError.value("dtype", "an importance is written in float32, so that it can be read back as it was") }
      try session.save(importance, to: path)
    } else {
      let written: any Value = try (value.value as? Module)?.stateDict() ?? value.value
      try Loader.save(written, as: stored, to: path, files: session.files)
    }
    session.output.note("wrote \(path)")
    return None()
  }
}

extension Session {
  /// What `importance` notes of where its scores come from.
  func provenance(of what: Quoted, _ model: Module) -> Provenance {
    Provenance(
      model: "\(what.expression.span.text): \(model.typeName) of \(model.parameterCount.total) parameters", seed: settings.seed ?? Session.startingSeed,
      versions: "pith \(Session.version)")
  }

  /// Scores with how they were made, or as a table of names, indices and scores.
  fileprivate func save(_ importance: ImportanceValue, to path: String) throws {
    switch Formats.format(of: path)?.name {
    case "safetensors": try Loader.save(importance.tensors, metadata: importance.metadata, to: path, files: files)
    case "CSV": try Loader.save(columns: ["name", "index", "score"], to: path, files: files, importance.lines)
    default: try Loader.save(importance.field("scores") ?? None(), to: path, files: files)
    }
  }

  /// The importance that a file holds; nil where it holds something else.
  fileprivate func importance(in path: String, _ value: any Value) throws -> ImportanceValue? {
    guard let record = value as? Record, Formats.format(of: path)?.name == "safetensors" else { return nil }
    let metadata = try Loader.metadata(path, files: files)
    guard ImportanceValue.isDescribed(by: metadata) else { return nil }
    return try ImportanceValue(record, metadata: metadata) { text in
      let result = parse(SourceText(name: path, text))
      guard result.diagnostics.isEmpty, result.statements.count == 1, case .expression(let expression) = result.statements[0].kind else {
        throw UseError.file("its formula cannot be read: \(text)")
      }
      // A name of the session's own must not change what the file means.
      var reader = FormulaReader(self, Scope())
      return try reader.read(expression)
    }
  }
}
