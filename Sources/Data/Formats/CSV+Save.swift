import Builtins
import Engine

extension CSV {
  /// A data set with a header, its labels by the names of their classes in the last column; or the rows of a tensor alone.
  static func save(_ value: any Value, to writer: FileWriter, delimiter: String = ",") throws {
    switch value {
    case let data as DataSet: try save(data, to: writer, delimiter)
    case let tensor as Tensor: try save(tensor, to: writer, delimiter)
    case let table as Table: try save(table, to: writer, delimiter)
    default: throw DataError.cannotSave(kind: type(of: value).kind, format: "CSV", takes: "a data set, a table or a tensor")
    }
    try writer.finish()
  }

  /// A header, and then the lines that `lines` hands over.
  static func save(_ columns: [String], to writer: FileWriter, delimiter: String, _ lines: ((_ fields: [String]) throws -> Void) throws -> Void) throws {
    try writer.append(columns.map(quoted).joined(separator: delimiter) + "\n")
    try lines { fields in try writer.append(fields.map(quoted).joined(separator: delimiter) + "\n") }
    try writer.finish()
  }

  /// The rows of a table under the names of its columns; bars, which have none, are left out.
  private static func save(_ table: Table, to writer: FileWriter, _ delimiter: String) throws {
    let places = table.columns.indices.filter { !table.columns[$0].isEmpty }
    try writer.append(places.map { quoted(table.columns[$0]) }.joined(separator: delimiter) + "\n")
    for row in table.rows {
      let fields = places.map { $0 < row.count ? text(row[$0]) : "" }
      try writer.append(fields.map(quoted).joined(separator: delimiter) + "\n")
    }
  }

  private static func text(_ cell: Cell) -> String {
    switch cell {
    case .empty: ""
    case .text(let text): text
    case .integer(let number): String(number)
    case .number(let number), .share(let number), .bar(let number): number.shortText
    case .shape(let sizes): "[" + sizes.map(String.init).joined(separator: ", ") + "]"
    case .flag(let flag): flag ? "true" : "false"
    }
  }

  private static func save(_ data: DataSet, to writer: FileWriter, _ delimiter: String) throws {
    guard data.x.rank == 2 else { throw DataError.noFeatureNames(shape: data.x.shape) }
    if let y = data.y, y.rank != 1 { throw DataError.labels(shape: y.shape) }
    try writer.append((data.features + (data.target.map { [$0] } ?? [])).map(quoted).joined(separator: delimiter) + "\n")
    let numbers = Texts(data.x), labels = data.y.map(Texts.init), places = data.hasLabels ? try data.y?.ints() : nil
    let width = data.features.count
    for row in 0..<data.count {
      var fields = try (0..<width).map { try numbers[row * width + $0] }
      if let labels {
        let name = places.flatMap { places in data.classes.map { $0[places[row]] } }
        fields.append(try name.map(quoted) ?? labels[row])
      }
      try writer.append(fields.joined(separator: delimiter) + "\n")
    }
  }

  private static func save(_ tensor: Tensor, to writer: FileWriter, _ delimiter: String) throws {
    guard tensor.rank <= 2 else { throw TensorError.shape("CSV", expected: "a tensor of at most 2 dimensions", met: tensor.shape, operand: 0) }
    let width = tensor.rank == 2 ? tensor.shape[1] : 1, rows = tensor.rank == 0 ? 1 : tensor.shape[0]
    let numbers = Texts(tensor)
    for row in 0..<rows {
      try writer.append((0..<width).map { try numbers[row * width + $0] }.joined(separator: delimiter) + "\n")
    }
  }

  /// The text of a field, in quotes where it would else be read as something else.
  private static func quoted(_ text: String) -> String {
    let isPlain = !text.utf8.contains { ",;\t|\"\r\n".utf8.contains($0) } && text.first != " " && text.last != " "
    return isPlain ? text : "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}

/// The numbers of a tensor as the shortest texts that read back the same.
private struct Texts {
  private let floats: [Float]?, doubles: [Double]?, ints: [Int]?

  init(_ tensor: Tensor) {
    floats = tensor.dtype == .float32 ? try? tensor.floats() : nil
    doubles = tensor.dtype == .float64 ? try? tensor.doubles() : nil
    ints = tensor.dtype.isFloating ? nil : try? tensor.ints()
  }

  subscript(_ place: Int) -> String {
    get throws {
      let text = floats.map { "\($0[place])" } ?? doubles.map { "\($0[place])" } ?? ints.map { "\($0[place])" } ?? ""
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
  }
}
