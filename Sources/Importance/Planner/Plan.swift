import Builtins
import Engine

/// How an importance is computed: what `plan` prints before, and `.plan` after.
public struct Plan: Value {
  public struct Step: Sendable {
    /// What is done, in one sentence.
    public let words: String
    /// For which parameters, or empty for all at once.
    public let parameters: [String]
    /// What its time is counted with.
    var part = Part.formula
  }

  /// What is timed by itself.
  enum Part: String, CaseIterable, Sendable {
    case together = "the passes over many samples"
    case alone = "the passes over single samples"
    case gradient = "the gradient over all data"
    case statistics = "what goes through the layers"
    case method = "the method"
    case curvature = "second derivatives"
    case effects = "the changes"
    case averages = "the averages"
    case formula = "the formula"
  }

  /// What is scored: a formula, or several that share the passes.
  public let formula: String
  public let objective: String
  public let samples: Int
  /// How many samples go through the model at once.
  public let batch: Int
  /// Passes over the model, each of one batch or of one sample.
  public let forwardPasses: Int, backwardPasses: Int
  public let steps: [Step]
  /// Multiplications and additions: of products and convolutions exactly, of any other step one for each number.
  public let flops: Double
  /// Bytes that the largest step takes at once.
  public let bytes: Double
  /// Seconds that it is likely to take, or that it took; nil where no clock ran.
  public internal(set) var seconds: Double?
  /// What each part took, once it is done.
  var times: [Part: Double]?

  public static let kind = "plan"

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "formula": formula
    case "steps": List(steps.map(\.words))
    case "samples": samples
    case "batch": batch
    case "forward_passes": forwardPasses
    case "backward_passes": backwardPasses
    case "flops": flops
    case "bytes": bytes
    case "seconds": seconds ?? None()
    case "times": timesValue
    default: nil
    }
  }
  public var fields: [String] { ["formula", "steps", "samples", "batch", "forward_passes", "backward_passes", "flops", "bytes", "seconds", "times"] }

  /// Seconds by part.
  private var timesValue: any Value {
    guard let times else { return None() }
    return Record(Part.allCases.compactMap { part in times[part].map { (part.rawValue, $0) } })
  }

  /// Lines rather than a table: a step is a sentence, and none of it may be cut.
  public var shown: Shown {
    let lines = steps.enumerated().map { i, step in "  \(i + 1). \(step.words)\(step.names.isEmpty ? "" : ": \(step.names)")" }
    return .text((["\(formula) for \(objective)"] + lines + [note]).joined(separator: "\n"))
  }

  private var note: String {
    guard samples > 0, forwardPasses + backwardPasses > 0 else { return "no pass over any data, about \(memoryText(bytes))" + (seconds.map { times == nil ? ", likely \(timeText($0))" : ", took \(timeText($0))" } ?? "") }
    let passes = "\(forwardPasses) forward and \(backwardPasses) backward \(forwardPasses + backwardPasses == 2 ? "pass" : "passes") over \(samples) samples"
    let size = "about \(flopText) and \(memoryText(bytes))"
    guard let times else { return "\(passes), \(size)" + (seconds.map { ", likely \(timeText($0))" } ?? "") }
    return ["\(passes), \(size)", seconds.map { "took \(timeText($0))" + took(times) }].compactMap { $0 }.joined(separator: "; ")
  }

  /// The time of each part, with its steps.
  private func took(_ times: [Part: Double]) -> String {
    let parts = Part.allCases.compactMap { part -> String? in
      guard let seconds = times[part] else { return nil }
      let places = steps.indices.filter { steps[$0].part == part }.map { $0 + 1 }
      let numbers = places.count > 1 ? " (\(places[0]) to \(places[places.count - 1]))" : places.map { " (\($0))" }.joined()
      return "\(part.rawValue)\(numbers) \(timeText(seconds))"
    }
    return parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
  }

  private var flopText: String {
    let (size, unit) = flops >= 1e12 ? (1e12, "TFLOP") : flops >= 1e9 ? (1e9, "GFLOP") : flops >= 1e6 ? (1e6, "MFLOP") : (1e3, "kFLOP")
    let tenths = (flops / size * 10).rounded() / 10
    return "\(tenths.formulaText) \(unit)"
  }

  public var json: JSON {
    .object([
      "formula": .string(formula), "objective": .string(objective), "samples": .integer(samples), "batch": .integer(batch),
      "forward_passes": .integer(forwardPasses), "backward_passes": .integer(backwardPasses), "flops": .number(flops), "bytes": .number(bytes),
      "seconds": seconds.map(JSON.number) ?? .null, "is_done": .bool(times != nil),
      "steps": .array(steps.map { .object(["what": .string($0.words), "parameters": .array($0.parameters.map(JSON.string))]) }),
    ])
  }
}

extension Plan.Step {
  /// The first parameters, and how many more.
  fileprivate var names: String {
    let some = parameters.prefix(4).joined(separator: ", ")
    return parameters.count > 4 ? "\(some) and \(parameters.count - 4) more" : some
  }
}

/// A time as one says it: `240 ms`, `1.3 s`, `2 h 5 min`.
private func timeText(_ seconds: Double) -> String {
  func rounded(_ x: Double) -> String { x < 9.95 ? ((x * 10).rounded() / 10).formulaText : x.rounded().formulaText }
  switch seconds {
  case ..<1e-3: return rounded(seconds * 1e6) + " µs"
  case ..<1: return rounded(seconds * 1e3) + " ms"
  case ..<120: return rounded(seconds) + " s"
  case ..<7200: return rounded(seconds / 60) + " min"
  case ..<172_800: return rounded(seconds / 3600) + " h"
  default: return rounded(min(seconds / 86_400, 1e12)) + " days"
  }
}

/// Adds up the time of parts of the work.
final class PartClock {
  private let now: (() -> Double)?
  private(set) var times: [Plan.Part: Double] = [:]

  init(_ now: (() -> Double)?) { self.now = now }

  func measure<T>(_ part: Plan.Part, _ body: () throws -> T) rethrows -> T {
    guard let now else { return try body() }
    let start = now()
    defer { times[part, default: 0] += now() - start }
    return try body()
  }
}

extension Plan {
  /// The same once it is done.
  func done(_ clock: PartClock, seconds: Double?) -> Plan {
    guard let seconds else { return self }
    var plan = self
    (plan.seconds, plan.times) = (seconds, clock.times)
    return plan
  }
}
