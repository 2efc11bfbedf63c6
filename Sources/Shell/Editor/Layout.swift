import CEditline

/// Where libedit has put an entry on the screen: the wrapping rules of its refresh, in rows and columns from the
/// start of the prompt.
struct Layout: Equatable {
  struct Place: Equatable {
    var row = 0, column = 0
  }
  /// One code point's place; zero columns for those that are not drawn.
  struct Cell: Equatable {
    var place: Place, columns: Int
  }

  private(set) var cells: [Cell] = []
  private(set) var cursor = Place()
  private(set) var end = Place()
  let columns: Int

  /// - Parameter promptColumns: the prompt's width.
  init(_ entry: EditedText, promptColumns: Int, columns: Int) {
    self.columns = max(columns, 2)
    cells.reserveCapacity(entry.scalars.count)
    end = Place(row: promptColumns / self.columns, column: promptColumns % self.columns)
    for (index, scalar) in entry.scalars.enumerated() {
      if index == entry.cursor { cursor = end }
      place(scalar, isCursor: index == entry.cursor)
    }
    if entry.isAtEnd { cursor = end }
  }

  private mutating func place(_ scalar: Unicode.Scalar, isCursor: Bool) {
    if scalar == "\n" {
      cells.append(Cell(place: end, columns: 0))
      end = Place(row: end.row + 1)
      return
    }
    let width = scalar == "\t" ? min(8 - end.column % 8, columns - end.column) : Int(ced_width(scalar.value))
    // A wide letter does not split; what libedit spells out, such as ^X, does.
    if width == 2, end.column + width > columns, !PastedText.isControl(scalar) {
      end = Place(row: end.row + 1)
      if isCursor { cursor = end }
    }
    cells.append(Cell(place: end, columns: width))
    end.column += width
    while end.column >= columns { end = Place(row: end.row + 1, column: end.column - columns) }
  }

  /// How many columns a text takes on one row.
  static func width(of text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + Int(ced_width($1.value)) }
  }
}
