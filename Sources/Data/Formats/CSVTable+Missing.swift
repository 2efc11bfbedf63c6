extension CSVTable {
  /// Does what was asked for where cells are missing, and tells the rows that stay. In a column of texts a cell that is
  /// missing is none of the texts, whatever numbers are filled with.
  mutating func settle(_ policy: Missing, _ layout: CSVLayout) throws(CSVError) -> [Int] {
    let width = layout.roles.count { $0 == .feature }
    let hasTarget = !targets.isEmpty
    switch policy {
    case .error: throw .missing(missing, total: missingCount, isTarget: false)
    case .drop:
      let kept = (0..<rowCount).filter { row in
        !(hasTarget && targets[row].isNaN) && !(row * width..<(row + 1) * width).contains { cells[$0].isNaN }
      }
      guard !kept.isEmpty else { throw .missing(missing, total: missingCount, isTarget: false) }
      return kept
    case .mean, .median, .zero, .number:
      if missingTargets > 0 {
        throw .missing(missing.filter { place in layout.names.firstIndex(of: place.column).map { layout.roles[$0] } == .target }, total: missingTargets, isTarget: true)
      }
      try fill(policy, layout, width)
      return Array(0..<rowCount)
    }
  }

  private mutating func fill(_ policy: Missing, _ layout: CSVLayout, _ width: Int) throws(CSVError) {
    let places = layout.roles.indices.filter { layout.roles[$0] == .feature }
    for (k, place) in places.enumerated() where !columns[place].isText {
      let rows = (0..<rowCount).filter { cells[$0 * width + k].isNaN }
      guard !rows.isEmpty else { continue }
      let value: Float
      switch policy {
      case .number(let number): value = Float(number)
      case .zero, .error, .drop: value = 0
      case .mean, .median:
        var known = (0..<rowCount).map { cells[$0 * width + k] }.filter { !$0.isNaN }
        guard !known.isEmpty else { throw .emptyColumn(columns[place].name) }
        if policy == .mean {
          value = Float(known.reduce(0.0) { $0 + Double($1) } / Double(known.count))
        } else {
          known.sort()
          let half = known.count / 2
          value = known.count % 2 == 1 ? known[half] : Float((Double(known[half - 1]) + Double(known[half])) / 2)
        }
      }
      setCells(rows.map { $0 * width + k }, value)
    }
  }
}
