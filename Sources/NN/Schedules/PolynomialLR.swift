import Builtins
import Glibc

extension Builtin<Void> {
  static let polynomialLR = Builtin(
    "PolynomialLR", "The learning rate down to 0 along a power.",
    .option("total_iters", 5, in: 1...1e9, "The epochs that it takes."),
    .option("power", 1.0, in: 0...1e3, "The power."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr (1 - min(t, total_iters) / total_iters)^power", source: .scheduler("PolynomialLR"),
    examples: [Example("PolynomialLR(10, power=2)", gives: "PolynomialLR(total_iters=10")]
  ) { (iterations: Int, power: Double, per: ScheduleUnit) in ScheduleValue(PolynomialLR(totalIters: iterations, power: power, per: per)) }
}

/// `lr (1 - min(t, n) / n)^power`.
struct PolynomialLR: FormulaSchedule {
  static let name = "PolynomialLR"
  let totalIters: Int, power: Double, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("total_iters", totalIters), ("power", power), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate {
    let total = max(totalIters, 1)
    return Rate(base * pow(1 - Double(min(count, total)) / Double(total), power))
  }
}
