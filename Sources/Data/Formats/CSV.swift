import Builtins
import Engine

/// Tables as text (RFC 4180): a data set in or out.
///
/// Columns of numbers become float32 features. A column of texts becomes one feature `column=text` for each of its texts,
/// 1 where it stands and 0 elsewhere. The target's texts become classes, sorted; whole numbers that look like labels do too.
enum CSV {
  /// Columns that the texts of one feature may become.
  static let categoryLimit = 1000

  static func load(_ bytes: [UInt8], _ options: LoadOptions, name: String?) throws -> DataSet {
    try bytes.withUnsafeBufferPointer { buffer in
      let hasMark = buffer.starts(with: [0xef, 0xbb, 0xbf])
      let text = UnsafeBufferPointer(rebasing: buffer[(hasMark ? 3 : 0)...])
      try checkText(text)
      let layout = try CSVLayout(text, options)
      var table = try CSVTable(text, layout)
      guard table.rowCount > 0 else { throw CSVError.onlyHeader }
      try table.checkCategories(layout)
      var kept = Array(0..<table.rowCount)
      if table.missingCount > 0 { kept = try table.settle(options.missing ?? .error, layout) }
      return try assemble(table, layout, kept, options, name)
    }
  }

  /// No zero bytes, and UTF-8 throughout.
  private static func checkText(_ text: UnsafeBufferPointer<UInt8>) throws(CSVError) {
    if text.starts(with: [0xff, 0xfe]) || text.starts(with: [0xfe, 0xff]) { throw .utf16 }
    func line(_ place: Int) -> Int { text[..<place].count { $0 == UInt8(ascii: "\n") } + 1 }
    // Both in one pass without a branch, which the vector unit takes.
    var union: UInt8 = 0, zeros: UInt8 = 0
    for byte in text {
      union |= byte
      zeros |= byte == 0 ? 1 : 0
    }
    if zeros > 0, let place = text.firstIndex(of: 0) { throw .nulByte(line: line(place)) }
    if union < 128 || String(validating: text, as: UTF8.self) != nil { return }
    var start = 0
    for (place, byte) in text.enumerated() where byte == UInt8(ascii: "\n") || place == text.count - 1 {
      if String(validating: text[start...place], as: UTF8.self) == nil { throw .notUTF8(line: line(start)) }
      start = place + 1
    }
  }

  private static func assemble(_ table: CSVTable, _ layout: CSVLayout, _ kept: [Int], _ options: LoadOptions, _ name: String?) throws -> DataSet {
    let places = layout.roles.indices.filter { layout.roles[$0] == .feature }
    let (x, features) = try table.features(places, kept)
    guard let target = layout.roles.firstIndex(of: .target) else { return try DataSet(x, features: features, name: name) }
    let values = kept.count == table.rowCount ? table.targets : kept.map { table.targets[$0] }
    let (y, classes) = try table.labels(values, table.columns[target], options.labels)
    return try DataSet(x, y, features: features, classes: classes, target: layout.names[target], name: name)
  }
}
