/// The cells of a table: numbers as they are, texts as the numbers of their categories.
struct CSVTable {
  /// What was met in one column.
  struct Column {
    let name: String
    var isText = false
    var categories = CategoryTable()
    var texts = 0, missing = 0
    /// The first text among numbers.
    var firstText: (line: Int, text: String)?
  }
  private let layout: CSVLayout
  private let features: Int
  private(set) var columns: [Column]
  /// True for the columns that hold numbers as far as is known: what the fast way asks of each cell.
  private var isPlain: [Bool]
  /// Row after row, the features; NaN where a cell is missing.
  fileprivate(set) var cells: [Float] = []
  private(set) var targets: [Double] = []
  private(set) var rowCount = 0
  private(set) var missing: [CSVError.Place] = []
  private(set) var missingCount = 0, missingTargets = 0
  private static let told = 5

  /// Reads all rows. A column in which a text follows numbers is read anew as text.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ layout: CSVLayout) throws(CSVError) {
    self.layout = layout
    features = layout.roles.count { $0 == .feature }
    columns = layout.names.map { Column(name: $0) }
    isPlain = layout.roles.map { $0 == .feature }
    try read(bytes)
    let late = columns.map { !$0.isText && $0.texts > 0 }
    guard late.contains(true) else { return }
    try checkMixed()
    let isText = zip(columns, late).map { $0.isText || $1 }
    columns = layout.names.enumerated().map { Column(name: $1, isText: isText[$0]) }
    isPlain = zip(layout.roles, isText).map { $0 == .feature && !$1 }
    (cells, targets, rowCount, missing, missingCount, missingTargets) = ([], [], 0, [], 0, 0)
    try read(bytes)
  }

  /// The cells of a column that are numbers, among the rows that were read.
  private func numbers(_ column: Int) -> Int { rowCount - columns[column].texts - columns[column].missing }

  /// - Throws: `textAmongNumbers` for a feature of which more than nine cells of ten are numbers and others are not.
  func checkMixed() throws(CSVError) {
    for (place, column) in columns.enumerated() where layout.roles[place] == .feature && numbers(place) > 9 * column.texts {
      guard let first = column.firstText else { continue }
      throw .textAmongNumbers(.init(line: first.line, column: column.name), text: first.text, total: column.texts)
    }
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(CSVError) {
    var scanner = CSVScanner(bytes, delimiter: layout.delimiter)
    if layout.hasHeader { _ = try scanner.record() }
    let width = layout.names.count
    while scanner.startRecord() {
      let line = scanner.line
      var column = 0, end = CSVScanner.End.field
      while end == .field, column < width {
        end = try cell(&scanner, column)
        column += 1
      }
      if column < width || end == .field {
        while end == .field {
          end = try scanner.field().end
          column += 1
        }
        throw .ragged(line: line, expected: width, met: column)
      }
      rowCount += 1
      if rowCount == 64 { reserve(bytes.count, read: scanner.at) }
    }
  }

  /// Makes room for as many rows as the first ones let expect.
  private mutating func reserve(_ total: Int, read: Int) {
    let rows = total / max(read / rowCount, 1) * 17 / 16
    cells.reserveCapacity(rows * features)
    if targets.count > 0 { targets.reserveCapacity(rows) }
  }

  @inline(__always)
  private mutating func cell(_ scanner: inout CSVScanner, _ column: Int) throws(CSVError) -> CSVScanner.End {
    if isPlain[column] {
      let line = scanner.line
      if let (value, text, end) = scanner.number() {
        if let float = value.float { cells.append(float) } else { try append(value, scanner.bytes[text], .feature, column, line) }
        return end
      }
    }
    return try other(&scanner, column)
  }

  /// A cell that is no number, or that stands in a column of another kind.
  private mutating func other(_ scanner: inout CSVScanner, _ column: Int) throws(CSVError) -> CSVScanner.End {
    let role = layout.roles[column], field = try scanner.field()
    if role == .skipped { return field.end }
    if let bytes = field.unquoted {
      try bytes.withUnsafeBufferPointer { (text) throws(CSVError) in try put(text, field.line, column, role) }
    } else {
      try put(UnsafeBufferPointer(rebasing: scanner.bytes[field.text]), field.line, column, role)
    }
    return field.end
  }

  /// A number that needs a closer look: a target, or one that the fast way does not tell.
  private mutating func append(_ value: Decimal, _ text: Slice<UnsafeBufferPointer<UInt8>>, _ role: CSVLayout.Role, _ column: Int, _ line: Int) throws(CSVError) {
    let written = String(decoding: text, as: UTF8.self)
    // The exact reading; Swift's own rounds to the nearest always.
    let exact = value.isExact ? value.value : Double(written) ?? .nan
    let float = value.float ?? Float(written) ?? Float(exact)
    guard float.isFinite || value.isInfinity else {
      throw .numberTooLarge(.init(line: line, column: layout.names[column]), text: String(written.prefix(40)))
    }
    if role == .target { targets.append(exact) } else { cells.append(float) }
  }

  private mutating func put(_ text: UnsafeBufferPointer<UInt8>, _ line: Int, _ column: Int, _ role: CSVLayout.Role) throws(CSVError) {
    if CSVTable.isMissing(text) { return noteMissing(line, column, role) }
    if let value = CSVTable.number(text) {
      if !columns[column].isText { return try append(value, text[...], role, column, line) }
    } else {
      // With a text before any number the column is one of texts; later it is decided at the end.
      if numbers(column) == 0 { (columns[column].isText, isPlain[column]) = (true, false) }
      columns[column].texts += 1
      if columns[column].firstText == nil { columns[column].firstText = (line, String(decoding: text.prefix(40), as: UTF8.self)) }
    }
    let code = columns[column].isText ? columns[column].categories.number(of: text) : 0
    if role == .target { targets.append(Double(code)) } else { cells.append(Float(code)) }
  }

  private mutating func noteMissing(_ line: Int, _ column: Int, _ role: CSVLayout.Role) {
    missingCount += 1
    columns[column].missing += 1
    if missing.count < CSVTable.told { missing.append(.init(line: line, column: layout.names[column])) }
    if role == .target {
      missingTargets += 1
      targets.append(.nan)
    } else {
      cells.append(.nan)
    }
  }
}

extension CSVTable {
  mutating func setCells(_ places: [Int], _ value: Float) {
    for place in places { cells[place] = value }
  }

  private static let missingTexts = ["na", "n/a", "nan", "null", "?"].map { Array($0.utf8) }

  /// True for what stands for the absence of a value: nothing, NA, N/A, NaN, null, ?.
  static func isMissing(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = text.first else { return true }
    guard text.count <= 4, first | 0x20 == UInt8(ascii: "n") || first == UInt8(ascii: "?") else { return false }
    return missingTexts.contains { $0.count == text.count && zip($0, text).allSatisfy { $0 == ($1 &- 65 < 26 ? $1 | 0x20 : $1) } }
  }

  static func isMissing(_ text: String) -> Bool { Array(text.utf8).withUnsafeBufferPointer { isMissing($0) } }

  /// The number that a whole text is.
  static func number(_ text: UnsafeBufferPointer<UInt8>) -> Decimal? {
    var at = 0
    guard let value = Decimal.read(text, &at), at == text.count else { return nil }
    return value
  }

  static func isNumber(_ text: String) -> Bool { Array(text.utf8).withUnsafeBufferPointer { number($0) != nil } }
}
