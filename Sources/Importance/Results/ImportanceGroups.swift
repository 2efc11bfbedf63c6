import Builtins
import Engine

/// What scores are added up over.
public enum ImportanceGroup: String, Choice {
  /// All parameters of a module.
  case layer
  /// A row of a weight with its entry of the bias.
  case unit
  /// One parameter.
  case tensor
}

extension ImportanceValue {
  /// The sums of the scores over groups: layers and tensors in the order of the model, units with the largest first.
  public func sums(by group: ImportanceGroup) throws(TensorError) -> Table {
    var names: [String] = [], sums: [String: Double] = [:], counts: [String: Int] = [:]
    func add(_ name: String, _ sum: Double, _ count: Int) {
      if sums[name] == nil { names.append(name) }
      sums[name, default: 0] += sum
      counts[name, default: 0] += count
    }
    for (name, tensor) in scores {
      let layer = name.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: ".")
      let numbers = try tensor.doubles()
      switch group {
      case .tensor: add(name, numbers.reduce(0, +), numbers.count)
      case .layer: add(layer.isEmpty ? name : layer, numbers.reduce(0, +), numbers.count)
      case .unit:
        let units = tensor.shape.first ?? 1, size = units == 0 ? 0 : numbers.count / units
        for unit in 0..<units {
          add("\(layer.isEmpty ? name : layer)[\(unit)]", numbers[(unit * size)..<((unit + 1) * size)].reduce(0, +), size)
        }
      }
    }
    let values = names.map { sums[$0] ?? 0 }
    let order = group == .unit ? Ranking(values).order : Array(values.indices)
    return Table([group.rawValue, "scores", "sum", "share", ""], order.map { row(names[$0], counts[names[$0]] ?? 0, values[$0], values) }, title: title)
  }

  private func row(_ name: String, _ count: Int, _ sum: Double, _ all: [Double]) -> [Cell] {
    let total = all.reduce(0) { $0 + abs($1) }, largest = all.reduce(0) { max($0, abs($1)) }
    let hasShare = total > 0 && total.isFinite
    return [.text(name), .integer(count), .number(sum), hasShare ? .share(abs(sum) / total) : .empty, hasShare ? .bar(sum / largest) : .empty]
  }
}

/// What scores are divided by.
public enum ImportanceNorm: String, Choice {
  /// The sum of their sizes, over all parameters: a score is then a share.
  case sum
  /// The largest size.
  case max
  /// The root of the sum of squares.
  case l2
}

extension ImportanceValue {
  /// The scores divided by one number for all; unchanged where that is 0.
  public func normalized(by norm: ImportanceNorm) throws(TensorError) -> ImportanceValue {
    let flat = try flatScores()
    let size = switch norm {
    case .sum: flat.reduce(0) { $0 + abs($1) }
    case .max: flat.reduce(0) { Swift.max($0, abs($1)) }
    case .l2: flat.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    guard size > 0 else { return self }
    let divided = try scores.map { score throws(TensorError) in (name: score.name, tensor: try score.tensor / size) }
    return changed(divided, "divided by their \(norm == .sum ? "sum" : norm == .max ? "largest" : "l2 norm")")
  }

  /// The rank of each score among all, 1 the highest.
  public func ranks() throws(TensorError) -> [(name: String, tensor: Tensor)] {
    let places = Ranking(try flatScores()).places
    var start = 0
    return try scores.map { score throws(TensorError) in
      defer { start += score.tensor.count }
      return (name: score.name, tensor: try Tensor(places[start..<(start + score.tensor.count)].map { $0 + 1 }, score.tensor.shape))
    }
  }
}
