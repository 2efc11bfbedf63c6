import Builtins
import Engine
import NN

/// Which end of the ranking goes first.
public enum RemovalOrder: String, Choice { case most, least }

/// What `ablate` works on.
public struct AblationRequest {
  public var model: Module
  public var importance: ImportanceValue
  public var x: Tensor
  public var y: Tensor
  /// How many are removed one after the other; nil where a share is.
  public var top: Int?
  public var share = 0.1
  public var steps = 10
  public var order = RemovalOrder.most
  public var fill = RemovalFill.zero
  public var includeBias = false
  public var loss = LossName.auto
  public var run: Run
  /// Where the removal of weights is to stay: the door for it.
  public var keeping: Journal?

  public init(_ model: Module, _ importance: ImportanceValue, on x: Tensor, _ y: Tensor, in run: Run) {
    (self.model, self.importance, self.x, self.y, self.run) = (model, importance, x, y, run)
  }
}

/// What happens to a model as what is ranked first is taken out.
public struct Ablation: Value {
  public struct Row {
    /// How many are out.
    public let count: Int
    public let share: Double
    /// The last one that went, where they go one by one.
    public let name: String?
    public let loss: Double, accuracy: Double?
    /// The loss where that one alone is out.
    public let alone: Double?
  }

  public let title: String, noun: String
  /// The whole model first.
  public let rows: [Row]
  public let isKept: Bool

  public static let kind = "ablation"

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "loss": List(rows.map(\.loss))
    case "accuracy": rows.contains { $0.accuracy == nil } ? None() : List(rows.compactMap(\.accuracy))
    case "count": List(rows.map(\.count))
    case "share": List(rows.map(\.share))
    case "names": List(rows.compactMap(\.name))
    case "alone": List(rows.compactMap(\.alone))
    case "verdict": verdict
    default: nil
    }
  }
  public var fields: [String] { ["loss", "accuracy", "count", "share", "names", "alone", "verdict"] }

  public var verdict: String {
    guard let first = rows.first, let last = rows.last, rows.count > 1 else {
      return "nothing was taken out: that share of them is less than one (`top=1` takes one)"
    }
    let accuracy = first.accuracy.flatMap { a in last.accuracy.map { ", and the accuracy is \(percent($0)) instead of \(percent(a))" } } ?? ""
    let change = last.loss - first.loss
    return "without \(last.count) of the \(noun) the loss is \(change < 0 ? "lower" : "higher") by \(short(abs(change)))\(accuracy)"
      + (isKept ? "; they stay 0 (`undo` takes it back)" : "; the model is as it was")
  }

  private func percent(_ share: Double) -> String { "\(((share * 1000).rounded() / 10).formulaText) %" }
  private func short(_ value: Double) -> String { value.isFinite && value < 1e9 ? ((value * 10_000).rounded() / 10_000).formulaText : value.shortText }

  public var shown: Shown {
    let isSingle = rows.contains { $0.name != nil }, whole = rows.first?.loss ?? 0
    let most = rows.map { abs($0.loss - whole) }.filter(\.isFinite).max() ?? 0
    let cells: [[Cell]] = rows.map { row in
      let rise = row.loss - whole
      var cells: [Cell] = [.integer(row.count), isSingle ? row.name.map(Cell.text) ?? .text("none") : .share(row.share), .number(row.loss), .number(rise)]
      cells.append(most > 0 && rise.isFinite ? .bar(rise / most) : .empty)
      if rows.contains(where: { $0.accuracy != nil }) { cells.append(row.accuracy.map(Cell.share) ?? .empty) }
      if isSingle { cells.append(row.alone.map { .number($0 - whole) } ?? .empty) }
      return cells
    }
    let hasAccuracy = rows.contains { $0.accuracy != nil }
    let columns = ["out", isSingle ? "last out" : "share", "loss", "rise", ""] + (hasAccuracy ? ["accuracy"] : []) + (isSingle ? ["rise alone"] : [])
    return .several([.table(Table(columns, cells, title: "without what \(title) ranks")), .text(verdict)])
  }

  public var json: JSON {
    .object([
      "importance": .string(title), "removed": .string(noun), "kept": .bool(isKept), "verdict": .string(verdict),
      "rows": .array(rows.map { row in
        .object([
          "out": .integer(row.count), "share": .number(row.share), "last": row.name.map(JSON.string) ?? .null, "loss": .number(row.loss),
          "accuracy": row.accuracy.map(JSON.number) ?? .null, "alone": row.alone.map(JSON.number) ?? .null,
        ])
      }),
    ])
  }
}

/// Takes out what is ranked first, step by step, and measures. The model is afterwards as it was, unless `keeping` says
/// otherwise.
/// - Cost: one forward pass over the data a step, and one more for each that goes alone.
/// - Source: Morcos et al. 2018, cumulative ablation of units, here of anything that has scores.
public func ablate(_ request: AblationRequest) throws -> Ablation {
  guard request.x.rank > 0, request.x.shape[0] > 0 else { throw ScoringError.noSamples(request.x.shape) }
  guard request.y.rank > 0, request.y.shape[0] == request.x.shape[0] else {
    throw ScoringError.targetsDiffer(samples: request.x.shape[0], targets: request.y.shape)
  }
  let changes = Journal()
  defer { changes.rollBack() }
  request.model.setTraining(false, journal: changes)
  return try Recording.with(.none) {
    let elements = try Removable(
      request.importance, in: request.model, samples: request.x.shape[0], includeBias: request.includeBias, run: request.run, x: request.x)
    let removal = try Removal(elements, request.model, fill: request.fill, on: request.x, run: request.run, changes: changes)
    let rows = try AblationSteps(request, removal).rows()
    if let journal = request.keeping { try removal.keep(journal, after: changes) }
    return Ablation(title: request.importance.title, noun: elements.noun, rows: rows, isKept: request.keeping != nil)
  }
}

private struct AblationSteps {
  let request: AblationRequest
  let removal: Removal
  let places: [Int], split: [Tensor]
  let measuring: Measuring
  let hasAccuracy: Bool

  init(_ request: AblationRequest, _ removal: Removal) throws {
    (self.request, self.removal) = (request, removal)
    let elements = removal.elements
    if request.top != nil, elements.samples != nil {
      throw UseError.option("top", "needs one order for all samples, and here each has its own: give `share`")
    }
    if request.keeping != nil, elements.noun != "weights" {
      throw UseError.option("keep", "is for weights: \(elements.noun) are taken out only while the model runs")
    }
    var places = elements.places(by: elements.scores)
    if request.order == .least { places = places.map { elements.count - 1 - $0 } }
    (self.places, split) = (places, try elements.split(places))
    hasAccuracy = request.y.dtype == .int64 && request.loss.isOfClasses
    measuring = Measuring(metrics: hasAccuracy ? [.loss, .accuracy] : [.loss], loss: request.loss)
  }

  func rows() throws -> [Ablation.Row] {
    let count = removal.elements.count
    var rows = [row(0, nil, try measured(0), nil)]
    if let top = request.top {
      var order = [Int](repeating: 0, count: count)
      for (position, place) in places.enumerated() { order[place] = position }
      for k in 1..<(min(top, count) + 1) {
        let position = order[k - 1]
        // Alone: everything else stays.
        let only = try removal.elements.split((0..<count).map { $0 == position ? 0 : 1 })
        try removal.remove(1, only)
        let alone = try measuring(removal, request.x, request.y)[0]
        rows.append(row(k, removal.elements.name(of: position), try measured(k), alone))
      }
    } else {
      for step in 1..<(max(request.steps, 1) + 1) {
        let k = Int((request.share * Double(step) / Double(max(request.steps, 1)) * Double(count)).rounded())
        if rows.last?.count != k { rows.append(row(k, nil, try measured(k), nil)) }
      }
    }
    return rows
  }

  private func measured(_ k: Int) throws -> [Double] {
    try removal.remove(k, split)
    return try measuring(removal, request.x, request.y)
  }

  private func row(_ k: Int, _ name: String?, _ values: [Double], _ alone: Double?) -> Ablation.Row {
    Ablation.Row(
      count: k, share: Double(k) / Double(max(removal.elements.count, 1)), name: name, loss: values[0], accuracy: hasAccuracy ? values[1] : nil, alone: alone)
  }
}

extension LossName {
  /// Whether its targets are classes, one a sample.
  fileprivate var isOfClasses: Bool { self == .auto || self == .cross_entropy || self == .nll_loss || self == .multi_margin_loss }
}

extension Removable {
  /// Where an element lies: `fc1.weight[3, 2]`.
  fileprivate func name(of position: Int) -> String {
    var rest = position
    for slot in slots {
      if rest < slot.count { return slot.name + ImportanceValue.indexText(rest, slot.shape) }
      rest -= slot.count
    }
    return ""
  }
}

extension Removal {
  /// Leaves the weights without those that are out now, through a journal of its own, once the changes made for measuring
  /// are taken back.
  fileprivate func keep(_ journal: Journal, after changes: Journal) throws {
    let numbers = try elements.slots.map { slot -> (NN.Parameter, Tensor)? in
      guard case .parameter(let parameter) = slot.place else { return nil }
      return (parameter, try parameter.value.detached().copied())
    }
    changes.rollBack()
    for case let (parameter, left)? in numbers { try parameter.write(journal) { try parameter.value.copyNumbers(of: left) } }
  }
}
