import Engine

extension CSVTable {
  func checkCategories(_ layout: CSVLayout) throws(CSVError) {
    try checkMixed()
    for (place, column) in columns.enumerated() where layout.roles[place] == .feature && column.isText {
      let count = column.categories.names.count
      guard count <= CSV.categoryLimit else { throw .tooManyCategories(column.name, count: count, limit: CSV.categoryLimit) }
    }
  }

  /// The features of the kept rows, and their names: numbers as they are, texts as one column for each.
  func features(_ places: [Int], _ kept: [Int]) throws -> (Tensor, [String]) {
    let width = places.count
    if kept.count == rowCount, !places.contains(where: { columns[$0].isText }) {
      return (try Tensor(cells, [rowCount, width]), places.map { columns[$0].name })
    }
    var names: [String] = [], starts: [Int] = [], ranks: [[Int]] = []
    for place in places {
      starts.append(names.count)
      let sorted = columns[place].isText ? columns[place].sortedCategories() : nil
      names += sorted?.names.map { columns[place].name + "=" + $0 } ?? [columns[place].name]
      ranks.append(sorted?.ranks ?? [])
    }
    // Checked by the tensor before any memory is asked for here.
    let x = try Tensor.zeros([kept.count, names.count])
    var numbers = [Float](repeating: 0, count: x.count)
    for (row, from) in kept.enumerated() {
      for (k, place) in places.enumerated() {
        let cell = cells[from * width + k]
        if !columns[place].isText {
          numbers[row * names.count + starts[k]] = cell
        } else if !cell.isNaN {
          numbers[row * names.count + starts[k] + ranks[k][Int(cell)]] = 1
        }
      }
    }
    return (try Tensor(numbers, x.shape), names)
  }

  /// Labels with the names of their classes, or numbers.
  func labels(_ values: [Double], _ column: Column, _ asked: Bool?) throws -> (Tensor, [String]?) {
    if column.isText {
      let (names, ranks) = column.sortedCategories()
      return (try Tensor(values.map { ranks[Int($0)] }), names)
    }
    guard asked != false, let labels = CSVTable.labels(values, isSure: asked == true) else {
      if asked == true, let bad = values.first(where: { Int(exactly: $0) == nil }) {
        throw CSVError.notLabels(column: column.name, text: "\(bad)")
      }
      return (try Tensor(values.map { Float($0) }), nil)
    }
    let rank = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    return (try Tensor(values.map { rank[Int($0)] ?? 0 }), labels.map(String.init))
  }

  /// The different labels, in order, where whole numbers look like such: they come again, and are few or leave no gap.
  private static func labels(_ values: [Double], isSure: Bool) -> [Int]? {
    var met: Set<Int> = []
    for value in values {
      guard let label = Int(exactly: value) else { return nil }
      met.insert(label)
    }
    let sorted = met.sorted()
    guard let low = sorted.first, let high = sorted.last else { return nil }
    if isSure { return sorted }
    let isRun = (low == 0 || low == 1) && high - low == met.count - 1 && met.count <= 100 && met.count < values.count
    return isRun || met.count <= max(2, min(100, values.count / 5)) ? sorted : nil
  }
}

extension CSVTable.Column {
  /// The texts in the order of their bytes, and for each as it was met its place among them.
  func sortedCategories() -> (names: [String], ranks: [Int]) {
    let met = categories.names
    let order = met.indices.sorted { met[$0].lexicographicallyPrecedes(met[$1]) }
    var ranks = [Int](repeating: 0, count: met.count)
    for (rank, place) in order.enumerated() { ranks[place] = rank }
    return (order.map { String(decoding: met[$0], as: UTF8.self) }, ranks)
  }
}
