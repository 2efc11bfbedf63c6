import Builtins

/// What a table looks like before its rows are read: delimiter, names, and what each column is for.
struct CSVLayout {
  enum Role { case skipped, feature, target }
  let delimiter: UInt8
  let hasHeader: Bool
  let names: [String]
  let roles: [Role]

  /// Rows that are looked at to tell the delimiter and the header.
  private static let looked = 30

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ options: LoadOptions) throws {
    let delimiter = try options.delimiter.map(CSVLayout.byte) ?? CSVLayout.sniffed(bytes)
    let rows = try CSVLayout.rows(bytes, delimiter)
    guard let first = rows.first else { throw CSVError.empty }
    self.delimiter = delimiter
    let hasHeader = options.header ?? CSVLayout.isHeader(first, over: Array(rows.dropFirst()))
    self.hasHeader = hasHeader
    names = CSVLayout.unique(first.enumerated().map { hasHeader && !$1.isEmpty ? $1 : "x\($0)" })
    if hasHeader, rows.count == 1 { throw CSVError.onlyHeader }
    roles = try CSVLayout.roles(names, options)
  }

  private static func byte(_ text: String) throws(DataError) -> UInt8 {
    let text = text == "tab" || text == "\\t" ? "\t" : text
    guard text.utf8.count == 1, let byte = text.utf8.first, byte < 128, !"\"\r\n".utf8.contains(byte) else {
      throw .option("delimiter", "one character that is no quote and no line break", met: text)
    }
    return byte
  }

  private static func rows(_ bytes: UnsafeBufferPointer<UInt8>, _ delimiter: UInt8) throws(CSVError) -> [[String]] {
    var scanner = CSVScanner(bytes, delimiter: delimiter)
    var rows: [[String]] = []
    while rows.count < looked, let row = try scanner.record() { rows.append(row) }
    return rows
  }

  /// The delimiter that cuts all rows into the same number of fields, and into the most; a comma where none does.
  private static func sniffed(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt8 {
    var best: (delimiter: UInt8, isEven: Bool, fields: Int)?
    for delimiter in ",;\t|".utf8 {
      guard let counts = try? rows(bytes, delimiter).map(\.count), let low = counts.min(), low > 1 else { continue }
      let isEven = counts.max() == low
      if let best, best.isEven && !isEven || best.isEven == isEven && best.fields >= low { continue }
      best = (delimiter, isEven, low)
    }
    return best?.delimiter ?? UInt8(ascii: ",")
  }

  /// True where the first row has text above numbers, or, in a table of texts alone, names that do not come again below.
  private static func isHeader(_ first: [String], over rows: [[String]]) -> Bool {
    var votes = 0, isNew = Set(first).count == first.count && !first.contains(where: CSVTable.isMissing)
    for (column, name) in first.enumerated() {
      let below = rows.compactMap { column < $0.count && !CSVTable.isMissing($0[column]) ? $0[column] : nil }
      if below.contains(name) { isNew = false }
      let isNumeric = !below.isEmpty && below.allSatisfy(CSVTable.isNumber)
      if CSVTable.isNumber(name) { votes -= isNumeric ? 1 : 0 } else if isNumeric, !CSVTable.isMissing(name) { votes += 1 }
    }
    if rows.isEmpty { return !first.contains(where: CSVTable.isNumber) }
    return votes > 0 || votes == 0 && isNew && !first.contains(where: CSVTable.isNumber)
  }

  /// Names that come twice get a number.
  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = [], out: [String] = []
    let given = Set(names)
    var next: [String: Int] = [:]
    for name in names {
      var chosen = name
      while !seen.insert(chosen).inserted || (chosen != name && given.contains(chosen)) {
        next[name, default: 1] += 1
        chosen = "\(name)_\(next[name, default: 1])"
      }
      out.append(chosen)
    }
    return out
  }

  private static func roles(_ names: [String], _ options: LoadOptions) throws(CSVError) -> [Role] {
    var roles = [Role](repeating: options.features == nil ? .feature : .skipped, count: names.count)
    for column in options.features ?? [] { roles[try place(column, names)] = .feature }
    switch options.target {
    case .column(let column)?: roles[try place(column, names)] = .target
    case TargetColumn.none?: break
    // The last column, unless it is the only one or was asked for as a feature.
    case nil: if names.count > 1, options.features == nil || roles[names.count - 1] == .skipped { roles[names.count - 1] = .target }
    }
    guard roles.contains(.feature) else { throw .noFeatures }
    return roles
  }

  static func place(_ column: ColumnName, _ names: [String]) throws(CSVError) -> Int {
    switch column {
    case .place(let place):
      let wrapped = place < 0 ? place + names.count : place
      guard names.indices.contains(wrapped) else { throw .position(place, columns: names.count) }
      return wrapped
    case .name(let name):
      guard let place = names.firstIndex(of: name) else {
        throw .unknownColumn(name, nearest: nearest(to: name, among: names), known: names)
      }
      return place
    }
  }
}
