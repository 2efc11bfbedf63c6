import Builtins
import Glibc

extension Builtin<Void> {
  static let stepLR = Builtin(
    "StepLR", "Multiplies the learning rate by gamma every step_size epochs.",
    .required("step_size", Int.self, in: 1...1e9, "Epochs between two changes."),
    .option("gamma", 0.1, in: 0...1e6, "The factor."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr gamma^⌊t / step_size⌋", source: .scheduler("StepLR"),
    examples: [Example("train net on iris.train epochs=4 lr=0.1 schedule=StepLR(2, gamma=0.5)", gives: "0.05")]
  ) { (size: Int, gamma: Double, per: ScheduleUnit) in ScheduleValue(StepLR(stepSize: size, gamma: gamma, per: per)) }
}

/// `lr gamma^⌊t / step_size⌋`.
struct StepLR: FormulaSchedule {
  static let name = "StepLR"
  let stepSize: Int, gamma: Double, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("step_size", stepSize), ("gamma", gamma), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate { Rate(base * pow(gamma, Double(count / stepSize))) }
}
