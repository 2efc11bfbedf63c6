import Builtins
import Engine

/// One way to lay values out in a file, known by the ending of its name.
public struct Format: Sendable {
  public let name: String, summary: String
  /// With their dots, in small letters.
  public let endings: [String]
  /// The options of `load` that it has a use for.
  let options: [String]
  let load: @Sendable (_ path: String, LoadOptions, Files) throws -> any Value
  let save: @Sendable (any Value, _ path: String, StoredType?, Files) throws -> Void
}

/// Every file format, by name.
public enum Formats {
  public static let all: [Format] = [.csv, .npy, .safetensors]

  /// The format of a path's ending, or nil.
  public static func format(of path: String) -> Format? {
    let name = Files.parted(path).name.lowercased()
    return all.first { $0.endings.contains { name.hasSuffix($0) } }
  }

  static func known(_ path: String) throws(DataError) -> Format {
    guard let format = format(of: path) else { throw .unknownEnding(path: path, known: all.flatMap(\.endings)) }
    return format
  }
}

extension Format {
  static let csv = Format(
    name: "CSV", summary: "A table as text, one row a line.", endings: [".csv", ".tsv"], options: LoadOptions.ofTables,
    load: { path, options, files in
      let name = Files.parted(path).name
      var options = options
      if isTabbed(path), options.delimiter == nil { options.delimiter = "\t" }
      return try CSV.load(files.read(path), options, name: String(name.dropLast(4)))
    },
    save: { value, path, _, files in try CSV.save(value, to: files.writer(path), delimiter: isTabbed(path) ? "\t" : ",") })

  private static func isTabbed(_ path: String) -> Bool { path.lowercased().hasSuffix(".tsv") }

  static let npy = Format(
    name: "NumPy array", summary: "One array, as `numpy.save` writes it.", endings: [".npy"], options: [],
    load: { path, _, files in try Npy.load(files.open(path)) },
    save: { value, path, _, files in
      guard let tensor = try Tensor.accept(value) else {
        throw DataError.cannotSave(kind: type(of: value).kind, format: "a NumPy array", takes: "a tensor")
      }
      try Npy.save(tensor, to: files.writer(path))
    })

  static let safetensors = Format(
    name: "safetensors", summary: "Tensors by name, as Hugging Face writes them.", endings: [".safetensors"], options: [],
    load: { path, _, files in try Safetensors.load(files.open(path)) },
    save: { value, path, stored, files in try Safetensors.save(named(value), as: stored, to: files.writer(path)) })

  /// The tensors of a value under their names: of a record its own, of a data set x and y.
  private static func named(_ value: any Value) throws -> [(name: String, tensor: Tensor)] {
    func refuse(_ kind: String) -> DataError { .cannotSave(kind: kind, format: "safetensors", takes: "a tensor, or a record of tensors") }
    switch value {
    case let record as Record:
      return try record.members.map { name, value in
        guard let tensor = try Tensor.accept(value) else { throw refuse("record whose `\(name)` is \(type(of: value).aKind)") }
        return (name, tensor)
      }
    case let data as DataSet: return [("x", data.x)] + (data.y.map { [("y", $0)] } ?? [])
    default:
      guard let tensor = try Tensor.accept(value) else { throw refuse(type(of: value).kind) }
      return [("tensor", tensor)]
    }
  }
}
