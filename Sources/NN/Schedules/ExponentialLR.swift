import Builtins
import Glibc

extension Builtin<Void> {
  static let exponentialLR = Builtin(
    "ExponentialLR", "Multiplies the learning rate by gamma after every epoch.",
    .required("gamma", Double.self, in: 0...1e6, "The factor."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr gamma^t", source: .scheduler("ExponentialLR"),
    examples: [Example("ExponentialLR(0.9)", gives: "ExponentialLR(gamma=0.9")]
  ) { (gamma: Double, per: ScheduleUnit) in ScheduleValue(ExponentialLR(gamma: gamma, per: per)) }
}

/// `lr gamma^t`.
struct ExponentialLR: FormulaSchedule {
  static let name = "ExponentialLR"
  let gamma: Double, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("gamma", gamma), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate { Rate(base * pow(gamma, Double(count))) }
}
