import Builtins

extension Builtin<Void> {
  static let linearLR = Builtin(
    "LinearLR", "The learning rate along a straight line from one part of it to another: a warm-up, as it stands.",
    .option("start_factor", 1.0 / 3, in: 1e-30...1, "The part that it starts with."),
    .option("end_factor", 1.0, in: 0...1, "The part that it comes to."),
    .option("total_iters", 5, in: 0...1e9, "The epochs that it takes."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr (start_factor + (end_factor - start_factor) min(t, total_iters) / total_iters)", source: .scheduler("LinearLR"),
    examples: [Example("train net on iris.train epochs=2 lr=0.1 schedule=LinearLR(0.1, total_iters=4, per=\"step\")", gives: "epoch 2/2")]
  ) { (start: Double, end: Double, iterations: Int, per: ScheduleUnit) in
    ScheduleValue(LinearLR(startFactor: start, endFactor: end, totalIters: iterations, per: per))
  }
}

/// `lr (start + (end - start) min(t, n) / n)`.
struct LinearLR: FormulaSchedule {
  static let name = "LinearLR"
  let startFactor: Double, endFactor: Double, totalIters: Int, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] {
    [("start_factor", startFactor), ("end_factor", endFactor), ("total_iters", totalIters), ("per", per.rawValue)]
  }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate {
    let share = totalIters == 0 ? 1 : Double(min(count, totalIters)) / Double(totalIters)
    return Rate(base * (startFactor + (endFactor - startFactor) * share))
  }
}
