import Builtins

extension Builtin<Void> {
  static let constantLR = Builtin(
    "ConstantLR", "A part of the learning rate for the first epochs, all of it from then on.",
    .option("factor", 1.0 / 3, in: 0...1, "The part."),
    .option("total_iters", 5, in: 0...1e9, "The epochs that it lasts."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "t < total_iters ? factor lr : lr", source: .scheduler("ConstantLR"),
    examples: [Example("ConstantLR(0.5, total_iters=4)", gives: "ConstantLR(factor=0.5")]
  ) { (factor: Double, iterations: Int, per: ScheduleUnit) in ScheduleValue(ConstantLR(factor: factor, totalIters: iterations, per: per)) }
}

/// `factor lr` for the first `total_iters`, then `lr`.
struct ConstantLR: FormulaSchedule {
  static let name = "ConstantLR"
  let factor: Double, totalIters: Int, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("factor", factor), ("total_iters", totalIters), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate { Rate(count < totalIters ? base * factor : base) }
}
