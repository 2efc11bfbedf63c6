import Builtins
import Engine
import Glibc

extension Builtin<Void> {
  static let multiStepLR = Builtin(
    "MultiStepLR", "Multiplies the learning rate by gamma at each milestone.",
    .required("milestones", [Int].self, in: 0...1e12, "The epochs after which the rate changes."),
    .option("gamma", 0.1, in: 0...1e6, "The factor."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr gamma^(how many milestones are reached)", source: .scheduler("MultiStepLR"),
    examples: [Example("MultiStepLR([30, 80], gamma=0.1)", gives: "MultiStepLR(milestones=[30, 80]")]
  ) { (milestones: [Int], gamma: Double, per: ScheduleUnit) in ScheduleValue(MultiStepLR(milestones: milestones, gamma: gamma, per: per)) }
}

/// `lr gamma^k`, where `k` milestones are reached; one that stands twice counts twice.
struct MultiStepLR: FormulaSchedule {
  static let name = "MultiStepLR"
  let milestones: [Int], gamma: Double, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("milestones", List(milestones)), ("gamma", gamma), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate {
    Rate(base * pow(gamma, Double(milestones.count { $0 <= count })))
  }
}
