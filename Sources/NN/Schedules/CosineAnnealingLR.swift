import Builtins
import Glibc

extension Builtin<Void> {
  static let cosineAnnealingLR = Builtin(
    "CosineAnnealingLR", "The learning rate down to eta_min along half a cosine, and up again after T_max.",
    .optional("T_max", Int.self, in: 1...1e9, "The epochs that it takes; all of the training where it is not said."),
    .option("eta_min", 0.0, in: 0...1e6, "The rate that it comes to."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "eta_min + (lr - eta_min) (1 + cos(π t / T_max)) / 2",
    source: Source("Loshchilov and Hutter 2017", arXiv: "1608.03983"),
    examples: [Example("train net on iris.train epochs=3 lr=0.1 schedule=CosineAnnealingLR", gives: "0.025")]
  ) { (length: Int?, least: Double, per: ScheduleUnit) in ScheduleValue(CosineAnnealingLR(length: length, least: least, per: per)) }
}

/// `eta_min + (lr - eta_min) (1 + cos(π t / T_max)) / 2`.
struct CosineAnnealingLR: FormulaSchedule {
  static let name = "CosineAnnealingLR"
  let length: Int?, least: Double, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("T_max", length ?? None()), ("eta_min", least), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate {
    let turn = Double(count) / Double(max(length ?? plan.length(per), 1))
    return Rate(least + (base - least) * (1 + cos(.pi * turn)) / 2)
  }
}
