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
    var names: [String] = [], sums: [String: Double] = [:], counts: [String: Int] = [:], squares: [String: Double] = [:]
    func add(_ name: String, _ numbers: ArraySlice<Double>, _ errors: ArraySlice<Double>?) {
      if sums[name] == nil { names.append(name) }
      sums[name, default: 0] += numbers.reduce(0, +)
      counts[name, default: 0] += numbers.count
      // Of parts that were drawn apart.
      squares[name, default: 0] += errors?.reduce(0) { $0 + $1 * $1 } ?? 0
    }
    for (i, (name, tensor)) in scores.enumerated() {
      let layer = name.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: ".")
      let numbers = try tensor.doubles(), errors = try errors?[i].doubles()
      switch group {
      case .tensor: add(name, numbers[...], errors?[...])
      case .layer: add(layer.isEmpty ? name : layer, numbers[...], errors?[...])
      case .unit:
        let units = tensor.shape.first ?? 1, size = units == 0 ? 0 : numbers.count / units
        for unit in 0..<units {
          let range = (unit * size)..<((unit + 1) * size)
          add("\(layer.isEmpty ? name : layer)[\(unit)]", numbers[range], errors?[range])
        }
      }
    }
    let values = names.map { sums[$0] ?? 0 }
    let order = group == .unit ? Ranking(values).order : Array(values.indices)
    let columns = [group.rawValue, "scores", "sum"] + (errors == nil ? [] : ["± error"]) + ["share", ""]
    let rows = order.map { i in row(names[i], counts[names[i]] ?? 0, values[i], errors == nil ? nil : squares[names[i], default: 0].squareRoot(), values) }
    return Table(columns, rows, title: title)
  }

  private func row(_ name: String, _ count: Int, _ sum: Double, _ error: Double?, _ all: [Double]) -> [Cell] {
    let total = all.reduce(0) { $0 + abs($1) }, largest = all.reduce(0) { max($0, abs($1)) }
    let hasShare = total > 0 && total.isFinite
    return [.text(name), .integer(count), .number(sum)] + (error.map { [.number($0)] } ?? []) + [hasShare ? .share(abs(sum) / total) : .empty, hasShare ? .bar(sum / largest) : .empty]
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

/// Over what scores are brought to shares, ranked, or sought for the highest.
public enum ImportanceScope: String, Choice {
  case all
  /// All parameters of a module together, each module for itself.
  case layer
  /// Each parameter for itself.
  case tensor
}

extension ImportanceValue {
  /// The places in `scores` of what belongs together.
  func groups(_ scope: ImportanceScope) -> [(name: String, places: [Int])] {
    guard scope != .all else { return [("all", Array(scores.indices))] }
    var groups: [(name: String, places: [Int])] = []
    for (i, score) in scores.enumerated() {
      let name = scope == .layer ? layerName(score.name) : score.name
      if let there = groups.firstIndex(where: { $0.name == name }) { groups[there].places.append(i) } else { groups.append((name, [i])) }
    }
    return groups
  }

  /// The scores divided by one number for all, or for each layer or parameter; unchanged where that is 0.
  public func normalized(by norm: ImportanceNorm, per scope: ImportanceScope = .all) throws(TensorError) -> ImportanceValue {
    var scores = scores, errors = errors, hasChanged = false
    for group in groups(scope) {
      var flat: [Double] = []
      for place in group.places { flat += try scores[place].tensor.doubles() }
      let size = switch norm {
      case .sum: flat.reduce(0) { $0 + abs($1) }
      case .max: flat.reduce(0) { Swift.max($0, abs($1)) }
      case .l2: flat.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      guard size > 0 else { continue }
      hasChanged = true
      for place in group.places {
        scores[place].tensor = try scores[place].tensor / size
        if let error = errors?[place] { errors?[place] = try error / size }
      }
    }
    let whole = scope == .all ? "" : " per \(scope.rawValue)"
    guard hasChanged else { return self }
    var result = changed(scores, "divided by their \(norm == .sum ? "sum" : norm == .max ? "largest" : "l2 norm")\(whole)")
    result.errors = errors
    return result
  }

  /// The rank of each score among all, or among those of its layer or parameter, 1 the highest.
  public func ranks(per scope: ImportanceScope = .all) throws(TensorError) -> [(name: String, tensor: Tensor)] {
    var out = scores
    for group in groups(scope) {
      var flat: [Double] = []
      for place in group.places { flat += try scores[place].tensor.doubles() }
      let places = Ranking(flat).places
      var start = 0
      for place in group.places {
        let tensor = scores[place].tensor
        out[place].tensor = try Tensor(places[start..<(start + tensor.count)].map { $0 + 1 }, tensor.shape)
        start += tensor.count
      }
    }
    return out
  }
}
