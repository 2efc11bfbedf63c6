import Builtins
import Engine
import Glibc

extension Builtin<Void> {
  static let cyclicLR = Builtin(
    "CyclicLR", "The learning rate up and down between two bounds, again and again, while the momentum goes the other way.",
    .required("base_lr", Double.self, in: 0...1e6, "The smallest rate."),
    .required("max_lr", Double.self, in: 0...1e6, "The largest rate."),
    .option("step_size_up", 2000, in: 1...1e9, "The steps that it takes up."),
    .optional("step_size_down", Int.self, in: 1...1e9, "The steps that it takes down; as many as up where it is not said."),
    .option("mode", CyclicLR.Mode.triangular, "Whether the heights stay, halve with each cycle, or fall by gamma with each step."),
    .option("gamma", 1.0, in: 0...1e6, "The factor of exp_range."),
    .option("cycle_momentum", true, "Whether the momentum (of Adam, the first beta) goes the other way."),
    .option("base_momentum", 0.8, in: 0...1, "The momentum at the largest rate."),
    .option("max_momentum", 0.9, in: 0...1, "The momentum at the smallest rate."),
    .option("per", ScheduleUnit.step, "Whether it counts epochs or steps."),
    source: Source("Smith 2017", arXiv: "1506.01186"),
    examples: [Example("CyclicLR(0.01, 0.1, step_size_up=10)", gives: "CyclicLR(base_lr=0.01, max_lr=0.1")]
  ) {
    (
      base: Double, most: Double, up: Int, down: Int?, mode: CyclicLR.Mode, gamma: Double, cycles: Bool, low: Double, high: Double, per: ScheduleUnit
    ) in
    ScheduleValue(CyclicLR(base: base, most: most, up: up, down: down ?? up, mode: mode, gamma: gamma, momenta: cycles ? (low, high) : nil, per: per))
  }
}

/// `base + (max - base) h f`, with `h` from 0 to 1 and back in each cycle.
struct CyclicLR: FormulaSchedule {
  enum Mode: String, Choice { case triangular, triangular2, exp_range }
  static let name = "CyclicLR"
  let base: Double, most: Double, up: Int, down: Int, mode: Mode, gamma: Double
  /// The momentum at the largest and at the smallest rate; nil where it stays.
  let momenta: (low: Double, high: Double)?
  let per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] {
    [
      ("base_lr", base), ("max_lr", most), ("step_size_up", up), ("step_size_down", down), ("mode", mode.rawValue), ("gamma", gamma),
      ("cycle_momentum", momenta != nil), ("per", per.rawValue),
    ]
  }

  func rate(_ given: Double, after count: Int, _ plan: SchedulePlan) -> Rate {
    let length = Double(up) + Double(down), cycle = (Double(count) / length).rounded(.down)
    let place = Double(count) / length - cycle, share = Double(up) / length
    let height = place <= share ? place / share : (place - 1) / (share - 1)
    let factor = switch mode {
    case .triangular: 1.0
    case .triangular2: pow(0.5, cycle)
    case .exp_range: pow(gamma, Double(count))
    }
    return Rate(base + (most - base) * height * factor, momentum: momenta.map { $0.high - ($0.high - $0.low) * height * factor })
  }
}
