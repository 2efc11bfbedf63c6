import Builtins
import Engine
import NN

/// Which group each sample belongs to.
public struct SampleGroups {
  /// What the groups are called where results say so: `label`.
  let name: String
  /// The samples of each group, by its number.
  let rows: [[Int]]
  /// That number for each sample.
  let numbers: Tensor
  /// More groups than this are a mistake: numbers that are no groups.
  private static let most = 100_000

  /// - Shape: `groups [samples]`, integers from 0 on.
  /// - Throws: `groups` where they are no whole numbers, or not one a sample.
  public init(_ groups: Tensor, samples: Int, called name: String) throws {
    guard !groups.dtype.isFloating, groups.count == samples else { throw ScoringError.groups(samples: samples, met: groups.shape, groups.dtype) }
    var rows: [[Int]] = []
    for (sample, group) in try groups.detached().to(.int64).reshape([samples]).ints().enumerated() {
      guard group >= 0, group < Self.most else { throw ScoringError.groupNumber(group) }
      while rows.count <= group { rows.append([]) }
      rows[group].append(sample)
    }
    (self.name, self.rows, numbers) = (name, rows, groups.detached())
  }
}

extension Scoring {
  /// The groups that the labels of the data make.
  /// - Throws: `needsLabels` where it has no class labels.
  public func labels() throws -> SampleGroups {
    guard let y, y.dtype == .int64, y.count == sampleCount else { throw ScoringError.needsLabels }
    return try SampleGroups(y, samples: sampleCount, called: "label")
  }

  /// The groups that the model's own predictions make.
  public func predictions() throws -> SampleGroups {
    let modes = Journal()
    defer { modes.rollBack() }
    model.setTraining(false, journal: modes)
    return try SampleGroups(predictedClasses(), samples: sampleCount, called: "predicted")
  }

  /// The scores of each formula for each group by itself: DATA is then its samples alone.
  /// - Parameter formulas: those of which the request's own is made by `Formula.together`.
  public func scores(of formulas: [Formula], per groups: SampleGroups) throws -> [GroupedImportance] {
    guard let x else { throw ScoringError.needsData(formula.description) }
    let whole = Double(max(1, sampleCount))
    var values: [[ImportanceValue?]] = formulas.map { _ in [] }, done = 0.0, first = 0
    if let (next, state) = try kept?.state("groups", (Int, [[ImportanceValue?]]).self, run.generator) {
      (first, values) = (next, state)
      done = groups.rows[..<first].reduce(0) { $0 + Double($1.count) }
    }
    for (group, rows) in groups.rows.enumerated().dropFirst(first) {
      guard !rows.isEmpty else {
        for i in values.indices { values[i].append(nil) }
        continue
      }
      let chosen = try Tensor(rows)
      let part = { (t: Tensor?) throws(TensorError) -> Tensor? in
        guard let t, t.rank == x.rank, t.shape[0] == x.shape[0], x.shape[0] > 1 else { return t }
        return try t.indexSelect(0, chosen)
      }
      var request = try Scoring(formula, of: model, subject, on: x.indexSelect(0, chosen), y?.indexSelect(0, chosen), for: objective, in: run)
      request.baseline = try part(baseline)
      (request.each, request.functions, request.values) = (each, functions, self.values)
      request.provenance = provenance
      request.kept = kept
      (request.memory, request.clock, request.data) = (memory, clock, "\(data), \(groups.name) \(group)")
      request.progress = progress.map { report in { [done] share in report((done + share * Double(rows.count)) / whole) } }
      for (i, value) in try request.scores(of: formulas).enumerated() { values[i].append(value) }
      done += Double(rows.count)
      kept?.renew("groups", run.generator, (group + 1, values))
    }
    return values.map { GroupedImportance(name: groups.name, values: $0, counts: groups.rows.map(\.count)) }
  }
}

/// One importance for each group of samples.
public struct GroupedImportance: Indexed {
  let name: String
  /// By the number of the group; nil for one without samples.
  let values: [ImportanceValue?]
  let counts: [Int]

  public static let kind = "importance per group"
  public var count: Int { values.count }

  public func element(_ position: Int) throws -> any Value {
    guard let value = values[position] else { throw ScoringError.emptyGroup(name, position, known: groups) }
    return value
  }

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "counts": List(groups.map { counts[$0] })
    case "groups": List(groups)
    default: nil
    }
  }
  public var fields: [String] { ["groups", "counts"] }

  /// Those that have samples.
  private var groups: [Int] { values.indices.filter { values[$0] != nil } }

  /// The highest score of each group, and how much of its whole the top ten take.
  public var shown: Shown {
    let rows: [[Cell]] = values.indices.compactMap { i in
      guard let value = values[i], let top = try? value.topRows(3) else { return nil }
      let places = top.map(\.place).joined(separator: ", ")
      return [.integer(i), .integer(counts[i]), .text(places), top.first.map { .number($0.score) } ?? .empty]
    }
    let title = values.lazy.compactMap { $0 }.first.map { "\($0.formula) per \(name)" } ?? "no group has samples"
    return .table(Table([name, "samples", "highest", "score"], rows, title: title, note: groups.first.map { "a group by its number: [\($0)]" }))
  }

  public var json: JSON {
    .object([
      "per": .string(name),
      "groups": .array(values.indices.compactMap { i in values[i].map { .object(["group": .integer(i), "samples": .integer(counts[i]), "importance": $0.json]) } }),
    ])
  }
}
