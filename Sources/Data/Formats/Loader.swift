import Builtins
import Engine

/// What `load` and `save` of the language do.
public enum Loader {
  /// The names that load without a file.
  public static var names: [String] { (BuiltInSet.all.map(\.name) + MadeSets.all.map(\.name)).sorted() }

  /// A built-in data set by its name, or what a file holds, in the format of its ending.
  /// - Throws: `unknownSet` for a bare name that is neither, `unknownEnding`, and the errors of files and formats.
  public static func load(_ path: String, _ options: LoadOptions = LoadOptions(), files: Files, generator: Generator) throws -> any Value {
    if let set = BuiltInSet.all.first(where: { $0.name == path }) {
      try options.require(only: LoadOptions.ofTables.filter { $0 != "header" && $0 != "delimiter" }, by: "`\(path)`")
      return try set.load(options)
    }
    if let made = MadeSets.all.first(where: { $0.name == path }) {
      try options.require(only: made.parameters.map(\.name), by: "`\(path)`")
      return try made.call(generator, options.ofMade)
    }
    let isBare = !path.utf8.contains(UInt8(ascii: "/")) && !path.utf8.contains(UInt8(ascii: "."))
    if isBare, !files.exists(path) { throw DataError.unknownSet(path, nearest: nearest(to: path, among: names), known: names) }
    let format = try Formats.known(path)
    try options.require(only: format.options, by: format.name)
    return try format.load(path, options, files)
  }

  /// What a .safetensors file says of itself: texts by name.
  public static func metadata(_ path: String, files: Files) throws -> [String: String] { try Safetensors.metadata(files.open(path)) }

  /// Writes tensors with texts by name beside them, as a .safetensors file.
  public static func save(_ tensors: [(name: String, tensor: Tensor)], metadata: [(name: String, text: String)], to path: String, files: Files) throws {
    try Safetensors.save(tensors, metadata: metadata, to: files.writer(path))
  }

  /// Writes lines under the names of their columns, as a .csv or .tsv file.
  public static func save(columns: [String], to path: String, files: Files, _ lines: ((_ fields: [String]) throws -> Void) throws -> Void) throws {
    try CSV.save(columns, to: files.writer(path), delimiter: path.lowercased().hasSuffix(".tsv") ? "\t" : ",", lines)
  }

  /// Writes a value in the format of the path's ending, whole or not at all.
  /// - Parameter stored: the type that real numbers are written in, which only .safetensors leaves open.
  public static func save(_ value: any Value, as stored: StoredType? = nil, to path: String, files: Files) throws {
    let format = try Formats.known(path)
    guard stored == nil || format.name == Format.safetensors.name else {
      throw TensorError.value("dtype", "\(format.name) holds numbers in one way: only a .safetensors file can be written in another type")
    }
    try format.save(value, path, stored, files)
  }
}

extension LoadOptions {
  /// The options of the made sets, as arguments of a call.
  fileprivate var ofMade: [Passed] {
    let all: [(String, (any Value)?)] = [("n", n), ("noise", noise), ("factor", factor), ("classes", classes)]
    return all.compactMap { name, value in value.map { Passed(name, $0) } }
  }
}
