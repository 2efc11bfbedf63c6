import Builtins

/// One column of a table, its cells as text, before it is known how wide it may be.
struct TableColumn {
  /// `fixed` stands for shapes and flags: short text that says nothing when cut.
  enum Kind { case number, text, fixed, bar }
  enum Content { case text(String), bar(Double) }

  let name: String
  let kind: Kind
  let cells: [Content]
  /// The widths of the widest cell, and of that and the name.
  let content: Int, natural: Int
  let hasNegativeBars: Bool

  static let barWidth = 20

  init(_ name: String, _ column: [Cell]) {
    self.name = harmless(name)
    let numbers = NumberColumn(column)
    kind = Self.kind(of: column)
    var cells: [Content] = []
    for cell in column {
      switch cell {
      case .bar(let part): cells.append(.bar(part))
      default: cells.append(.text(numbers.text(of: cell)))
      }
    }
    self.cells = cells
    hasNegativeBars = cells.contains { if case .bar(let part) = $0 { part < 0 } else { false } }
    let texts = cells.map { if case .text(let text) = $0 { cellWidth(text) } else { 0 } }
    content = max(texts.max() ?? 0, kind == .bar ? Self.barWidth : 0)
    natural = max(content, cellWidth(self.name))
  }

  private static func kind(of column: [Cell]) -> Kind {
    var (numeric, other, free) = (0, 0, false)
    for cell in column {
      switch cell {
      case .bar: return .bar
      case .number, .integer, .share: numeric += 1
      case .shape, .flag: other += 1
      case .text: (other, free) = (other + 1, true)
      case .empty: break
      }
    }
    return numeric > other ? .number : free ? .text : .fixed
  }

  /// The cell as drawn in a place of this width, without what fills the place.
  func drawn(_ row: Int, width: Int, style: TextStyle) -> String {
    switch cells[row] {
    case .text(let text): shortened(text, to: width, mark: style.ellipsis)
    case .bar(let part): bar(part, width: width, signed: hasNegativeBars, style: style)
    }
  }
}

/// Numbers as a column of a table writes them.
public func columnText(of values: [Double]) -> [String] {
  let cells = values.map(Cell.number), column = NumberColumn(cells)
  return cells.map { cell in
    var text = column.text(of: cell)[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// The numbers of a column written alike: each with four significant digits, the points one under the other, and with
/// powers of ten where most of them ask for it.
private struct NumberColumn {
  private let isScientific: Bool
  private var decimals = 0
  private var before = 0, after = 0

  init(_ column: [Cell]) {
    let values = column.compactMap { if case .number(let value) = $0, value.isFinite { value } else { nil } }
    let scientific = values.count { NumberForm(DecimalDigits(exactly: $0), significant: 4).isScientific }
    isScientific = scientific * 2 > values.count
    let forms = values.map(form)
    decimals = forms.map(\.neededDecimals).max() ?? 0
    for (form, value) in zip(forms, values) { measure(signed(form, value)) }
    if before > 0 {
      for case .integer(let value) in column { measure(String(value)) }
    }
  }

  private func form(_ value: Double) -> NumberForm {
    let digits = DecimalDigits(exactly: value)
    return isScientific && value != 0 ? NumberForm(scientific: digits, significant: 4) : NumberForm(digits, significant: 4)
  }

  private func signed(_ form: NumberForm, _ value: Double) -> String { (value < 0 ? "-" : "") + form.text(decimals: decimals) }

  private mutating func measure(_ text: String) {
    let whole = text.prefix { $0 != "." && $0 != "e" }.count
    (before, after) = (max(before, whole), max(after, text.count - whole))
  }

  private func aligned(_ text: String) -> String {
    guard before > 0 else { return text }
    let whole = text.prefix { $0 != "." && $0 != "e" }.count
    return String(repeating: " ", count: before - whole) + text + String(repeating: " ", count: after - (text.count - whole))
  }

  func text(of cell: Cell) -> String {
    switch cell {
    case .empty, .bar: ""
    case .text(let text): harmless(text)
    case .integer(let value): aligned(String(value))
    case .number(let value): value.isFinite ? aligned(signed(form(value), value)) : Charts.number(value)
    case .share(let value): percent(value)
    case .shape(let sizes): "[" + sizes.map(String.init).joined(separator: ", ") + "]"
    case .flag(let value): value ? "yes" : "no"
    }
  }
}
