import Builtins

extension Builtin<Void> {
  static let multiplicativeLR = Builtin(
    "MultiplicativeLR", "Multiplies the learning rate after every epoch by what a function gives for the number of the epoch.",
    .required("lr_lambda", FactorFunction.self, "From the number of epochs that are done to a factor."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr Π lr_lambda(k), k from 1 to t", source: .scheduler("MultiplicativeLR"),
    examples: [Example("train net on iris.train epochs=3 lr=0.1 schedule=MultiplicativeLR((t) -> 0.5)", gives: "0.025")]
  ) { (factor: FactorFunction, per: ScheduleUnit) in ScheduleValue(MultiplicativeLR(factor: factor, per: per)) }
}

/// `lr Π f(k)`.
struct MultiplicativeLR: Schedule {
  static let name = "MultiplicativeLR"
  let factor: FactorFunction, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("lr_lambda", factor.shownValue), ("per", per.rawValue)] }
  func running(_ plan: SchedulePlan) -> any RunningSchedule { Running(factor: factor) }

  private struct Running: RunningSchedule {
    let factor: FactorFunction
    /// The product of the factors up to the last count that was asked for.
    var count = 0, product = 1.0

    mutating func rates(_ bases: [Double], after wanted: Int, watched: Double?) throws -> [Rate] {
      if wanted < count { (count, product) = (0, 1) }
      while count < wanted {
        count += 1
        product *= try factor(count)
      }
      return bases.map { Rate($0 * product) }
    }
  }
}
