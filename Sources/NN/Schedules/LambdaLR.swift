import Builtins

extension Builtin<Void> {
  static let lambdaLR = Builtin(
    "LambdaLR", "The learning rate times what a function gives for the number of the epoch, counted from 0.",
    .required("lr_lambda", FactorFunction.self, "From the number of epochs that are done to a factor."),
    .option("per", ScheduleUnit.epoch, "Whether it counts epochs or steps."),
    formula: "lr lr_lambda(t)", source: .scheduler("LambdaLR"),
    examples: [Example("train net on iris.train epochs=3 lr=0.1 schedule=LambdaLR((t) -> 0.5^t)", gives: "0.025")]
  ) { (factor: FactorFunction, per: ScheduleUnit) in ScheduleValue(LambdaLR(factor: factor, per: per)) }
}

/// `lr f(t)`.
struct LambdaLR: FormulaSchedule {
  static let name = "LambdaLR"
  let factor: FactorFunction, per: ScheduleUnit
  var arguments: [(name: String, value: any Value)] { [("lr_lambda", factor.shownValue), ("per", per.rawValue)] }
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) throws -> Rate { Rate(base * (try factor(count))) }
}
