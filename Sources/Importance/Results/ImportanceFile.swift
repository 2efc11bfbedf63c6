import Builtins
import Engine

/// Where scores come from, beyond formula, objective and data.
public struct Provenance: Equatable, Sendable {
  /// The model, as it is called and built.
  public var model: String?
  /// The last seed that was given.
  public var seed: UInt64?
  /// What computed them.
  public var versions = ""
  public init(model: String? = nil, seed: UInt64? = nil, versions: String = "") { (self.model, self.seed, self.versions) = (model, seed, versions) }
}

extension ImportanceValue {
  /// What a file says of scores, by name.
  public var metadata: [(name: String, text: String)] {
    var texts = [(name: Self.marker, text: "1"), ("formula", formula.description)]
    let known: [(String, String?)] = [
      ("objective", objective), ("data", data), ("model", provenance.model), ("seed", provenance.seed.map { String($0) }),
      ("versions", provenance.versions), ("seconds", seconds.map { "\($0)" }), ("plan", plan.steps.map(\.words).joined(separator: "\n")),
    ]
    for (name, text) in known { if let text, !text.isEmpty { texts.append((name, text)) } }
    // One line each, and no text has a line break in it.
    if !changes.isEmpty { texts.append(("changes", changes.joined(separator: "\n"))) }
    texts.append(("names", names.joined(separator: "\n")))
    return texts
  }

  private static let marker = "pith.importance"
  /// Stands before the name of the scores whose standard errors a tensor holds.
  private static let errorMark = "error:"

  /// What a file holds: the scores, and their standard errors where there are any.
  public var tensors: [(name: String, tensor: Tensor)] {
    scores + zip(names, errors ?? []).map { (name: Self.errorMark + $0, tensor: $1) }
  }

  /// Whether a file with these texts holds scores.
  public static func isDescribed(by metadata: [String: String]) -> Bool { metadata[marker] != nil }

  /// Scores as a file has them. They know no model: what changes one needs it named.
  /// - Parameter formula: makes a formula of its text.
  /// - Throws: `UseError.file` for what is no importance.
  public init(_ record: Record, metadata: [String: String], formula: (String) throws -> Formula) throws {
    guard let text = metadata["formula"] else { throw UseError.file("it names no formula") }
    let names = metadata["names"].map { $0.split(separator: "\n").map(String.init) } ?? record.keys
    let marked = names.map { Self.errorMark + $0 }, hasErrors = record.keys.contains { $0.hasPrefix(Self.errorMark) && !names.contains($0) }
    let all = names + (hasErrors ? marked : [])
    guard Set(all) == Set(record.keys), all.count == record.keys.count else { throw UseError.file("its names are not those of its tensors") }
    func tensor(_ name: String) throws -> Tensor {
      guard let tensor = try record[name].flatMap({ try Tensor.accept($0) }), tensor.dtype.isFloating else {
        throw UseError.file("`\(name)` is no tensor of real numbers")
      }
      return tensor
    }
    let scores = try names.map { (name: $0, tensor: try tensor($0)) }
    let errors = hasErrors ? try marked.map(tensor) : nil
    if let errors, let (score, error) = zip(scores, errors).first(where: { $0.tensor.shape != $1.shape }) {
      throw UseError.file("the errors of `\(score.name)` are \(error.shape), and its scores \(score.tensor.shape)")
    }
    let formula = try formula(text)
    let steps = metadata["plan"].map { $0.split(separator: "\n").map { Plan.Step(words: String($0), parameters: []) } } ?? []
    let plan = Plan(
      formula: formula.description, objective: metadata["objective"] ?? "", samples: 0, batch: 0, forwardPasses: 0, backwardPasses: 0, steps: steps, flops: 0,
      bytes: 0)
    self.init(
      scores, formula: formula, objective: metadata["objective"], data: metadata["data"], plan: plan,
      seconds: metadata["seconds"].flatMap(Double.init), changes: metadata["changes"].map { $0.split(separator: "\n").map(String.init) } ?? [])
    self.errors = errors
    provenance = Provenance(
      model: metadata["model"], seed: metadata["seed"].flatMap { UInt64($0) }, versions: metadata["versions"] ?? "")
  }

  /// One line a score: its name, its index and itself.
  public func lines(_ write: ([String]) throws -> Void) throws {
    for (name, tensor) in scores {
      let texts = tensor.dtype == .float32 ? try tensor.floats().map { "\($0)" } : try tensor.doubles().map { "\($0)" }
      for (i, text) in texts.enumerated() { try write([name, Self.indexText(i, tensor.shape), text]) }
    }
  }
}
