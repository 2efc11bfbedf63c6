import Builtins
import Engine

/// How an importance is computed: what `plan` prints before, and `.plan` after.
public struct Plan: Value {
  public struct Step: Sendable {
    /// What is done, in one sentence.
    public let words: String
    /// For which parameters, or empty for all at once.
    public let parameters: [String]
  }

  public let formula: Formula
  public let objective: String
  public let samples: Int
  /// How many samples go through the model at once.
  public let batch: Int
  /// Passes over the model, each of one batch or of one sample.
  public let forwardPasses: Int, backwardPasses: Int
  public let steps: [Step]
  /// Multiplications and additions, as far as linear layers go.
  public let flops: Double
  /// Bytes that the largest step takes at once.
  public let bytes: Double

  public static let kind = "plan"

  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "formula": formula.description
    case "steps": List(steps.map(\.words))
    case "samples": samples
    case "batch": batch
    case "forward_passes": forwardPasses
    case "backward_passes": backwardPasses
    case "flops": flops
    case "bytes": bytes
    default: nil
    }
  }
  public var fields: [String] { ["formula", "steps", "samples", "batch", "forward_passes", "backward_passes", "flops", "bytes"] }

  /// Lines rather than a table: a step is a sentence, and none of it may be cut.
  public var shown: Shown {
    let lines = steps.enumerated().map { i, step in "  \(i + 1). \(step.words)\(step.names.isEmpty ? "" : ": \(step.names)")" }
    return .text((["\(formula) for \(objective)"] + lines + [note]).joined(separator: "\n"))
  }

  private var note: String {
    guard samples > 0 else { return "no pass over any data" }
    return "\(forwardPasses) forward and \(backwardPasses) backward \(forwardPasses + backwardPasses == 2 ? "pass" : "passes") over \(samples) samples, about \(flopText) and \(memoryText(bytes))"
  }

  private var flopText: String {
    let (size, unit) = flops >= 1e12 ? (1e12, "TFLOP") : flops >= 1e9 ? (1e9, "GFLOP") : (1e6, "MFLOP")
    let tenths = (flops / size * 10).rounded() / 10
    return "\(tenths.formulaText) \(unit)"
  }

  public var json: JSON {
    .object([
      "formula": .string(formula.description), "objective": .string(objective), "samples": .integer(samples), "batch": .integer(batch),
      "forward_passes": .integer(forwardPasses), "backward_passes": .integer(backwardPasses), "flops": .number(flops), "bytes": .number(bytes),
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
