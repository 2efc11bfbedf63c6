import Builtins
import Glibc

extension Builtin<Void> {
  static let cosineAnnealingWarmRestarts = Builtin(
    "CosineAnnealingWarmRestarts", "Half a cosine down again and again, each T_mult times as long as the one before.",
    .required("T_0", Int.self, in: 1...1e9, "The epochs of the first."),
    .option("T_mult", 1, in: 1...1e6, "How much longer each is than the one before."),
    .option("eta_min", 0.0, in: 0...1e6, "The rate that it comes to."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "eta_min + (lr - eta_min) (1 + cos(π T_cur / T_i)) / 2",
    source: Source("Loshchilov and Hutter 2017", arXiv: "1608.03983"),
    examples: [Example("CosineAnnealingWarmRestarts(10, T_mult=2)", gives: "T_mult=2")]
  ) { (first: Int, factor: Int, least: Double, per: ScheduleUnit) in
    ScheduleValue(CosineAnnealingWarmRestarts(first: first, factor: factor, least: least, per: per))
  }
}

/// `eta_min + (lr - eta_min) (1 + cos(π T_cur / T_i)) / 2`, where `T_cur` counts from the last restart.
struct CosineAnnealingWarmRestarts: FormulaSchedule {
  static let name = "CosineAnnealingWarmRestarts"
  let first: Int, factor: Int, least: Double, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("T_0", first), ("T_mult", factor), ("eta_min", least), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) -> Rate {
    var (place, length) = (count, first)
    if factor == 1 { place = count % first }
    while factor > 1, place >= length {
      place -= length
      let (longer, isTooLong) = length.multipliedReportingOverflow(by: factor)
      length = isTooLong ? .max : longer
    }
    return Rate(least + (base - least) * (1 + cos(.pi * Double(place) / Double(length))) / 2)
  }
}
