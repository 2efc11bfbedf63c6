import Builtins
import Engine
import NN

/// A way in which scores mislead, and how it shows in a request and its result.
struct WarningRule: Sendable {
  /// Nil where the scores do not have it.
  let check: @Sendable (WarningCheck) throws -> ImportanceWarning?

  static let all: [WarningRule] = [
    .notANumber, .trainingMode, .probabilities, .saturated, .constantObjective, .cancellation, .cancellingDraws, .lossSign, .direction, .sides, .baseline, .deadUnits,
    .layerScales, .empiricalFisher, .negativeCurvature, .fewSamples, .synflow, .tiedWeights, .samplingError, .place,
  ]
}

/// What the rules look at. Passes over some samples are made when a rule asks for them, and the rules run when a reader asks
/// for the warnings: scores that nobody looks at cost nothing more.
final class WarningCheck {
  let request: Scoring
  let value: ImportanceValue
  private let versions: [Int]
  private var found: [ImportanceWarning]?
  /// Samples that the rules look at.
  static let most = 256

  init(_ request: Scoring, _ value: ImportanceValue) {
    (self.request, self.value) = (request, value)
    versions = Self.versions(request.model)
  }

  private static func versions(_ model: Module) -> [Int] { model.everyParameter.map(\.value.storage.version) }

  /// Whether the model still is what was scored.
  var isCurrent: Bool { Self.versions(request.model) == versions }

  /// The warnings, worked out once.
  func warnings() -> [ImportanceWarning] {
    if let found { return found }
    // A rule that cannot be checked here has nothing to say.
    let list = WarningRule.all.compactMap { rule in (try? rule.check(self)) ?? nil }
    found = list
    return list
  }

  lazy var scores: [Double] = (try? value.flatScores()) ?? []

  /// Some samples, and what the model puts out for them in evaluation mode. Nil where it has changed since, or there is
  /// no data.
  lazy var probe: (x: Tensor, y: Tensor?, out: Tensor)? = try? ran()

  private func ran() throws -> (x: Tensor, y: Tensor?, out: Tensor)? {
    guard isCurrent, let x = request.x else { return nil }
    let rows = try Self.rows(Self.most, of: x)
    let (part, targets) = (try x.indexSelect(0, rows), try request.y?.indexSelect(0, rows))
    let out = try request.model.evaluating { try request.run(request.model, part) }
    return out.shape.first == rows.count ? (part, targets, out) : nil
  }

  /// The outputs as probabilities: as they are where they are such, else by softmax. Nil where they are no classes.
  lazy var probabilities: (values: Tensor, areOutputs: Bool)? = {
    guard let probe, probe.out.rank == 2, probe.out.shape[1] > 1, probe.out.dtype.isFloating else { return nil }
    return try? Recording.with(.none) {
      let out = probe.out.detached()
      let isOne = try (out.sum([1]) - 1).abs().amax().item() < 1e-4
      if isOne, try out.amin().item() >= 0 { return (out, true) }
      return (try out.softmax(1), false)
    }
  }()

  /// Whether the targets are class labels.
  var hasLabels: Bool { request.y?.dtype == .int64 && request.y?.rank == 1 }

  /// Whether the objective is a loss, which is better when it is smaller.
  var isLoss: Bool { if case .loss = request.objective { true } else { false } }

  /// So many samples, spread over all of them: data is often sorted by its labels.
  private static func rows(_ most: Int, of x: Tensor) throws -> Tensor {
    let n = x.shape[0], count = min(most, n)
    return try Tensor((0..<count).map { $0 * n / count })
  }

  /// The same request for another formula, over some samples.
  func scores(_ formula: Formula, samples: Int) throws -> [Double]? {
    guard isCurrent, let x = request.x else { return nil }
    let rows = try Self.rows(samples, of: x)
    var part = try Scoring(
      formula, of: request.model, request.subject, on: x.indexSelect(0, rows), request.y?.indexSelect(0, rows), for: request.objective,
      in: Run(request.run.tables, generator: Generator(seed: 0), journal: request.run.journal))
    if let baseline = request.baseline {
      let isOfEach = baseline.rank == x.rank && baseline.shape[0] == x.shape[0] && x.shape[0] > 1
      part.baseline = isOfEach ? try baseline.indexSelect(0, rows) : baseline
    }
    return try part.scores().flatScores()
  }
}

extension ImportanceValue {
  /// What a reader should know before trusting the scores.
  public var allWarnings: [ImportanceWarning] { warnings + (check?.warnings() ?? []) }
}

/// A value that comes with warnings.
public protocol Warned: Value {
  var allWarnings: [ImportanceWarning] { get }
}

extension ImportanceValue: Warned {}

extension GroupedImportance: Warned {
  /// Those of the groups, each once.
  public var allWarnings: [ImportanceWarning] {
    var out: [ImportanceWarning] = []
    for (group, value) in values.enumerated() {
      for warning in value?.allWarnings ?? [] where !out.contains(where: { $0.help == warning.help }) {
        out.append(ImportanceWarning("\(name) \(group): \(warning.text)", help: warning.help))
      }
    }
    return out
  }
}
