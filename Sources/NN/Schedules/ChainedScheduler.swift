import Builtins
import Engine

extension Builtin<Void> {
  static let chainedScheduler = Builtin(
    "ChainedScheduler", "Several schedules at the same time, whose factors are multiplied.",
    .required("schedulers", [ScheduleValue].self, "Schedules that multiply the rate, such as ConstantLR, LinearLR, ExponentialLR, StepLR."),
    source: .scheduler("ChainedScheduler"),
    examples: [Example("train net on iris.train epochs=3 lr=0.1 schedule=ChainedScheduler([ConstantLR(0.5, total_iters=1), ExponentialLR(0.5)])", gives: "0.025")]
  ) { (schedules: [ScheduleValue]) in ScheduleValue(try ChainedScheduler(schedules.map(\.schedule))) }
}

/// The product of the factors that schedules give.
struct ChainedScheduler: Schedule {
  static let name = "ChainedScheduler"
  let schedules: [any Schedule], per: ScheduleUnit

  /// Those whose rate is a factor of the rate before, so that they do not undo each other.
  private static func multiplies(_ schedule: any Schedule) -> Bool {
    schedule is ConstantLR || schedule is LinearLR || schedule is ExponentialLR || schedule is StepLR || schedule is MultiStepLR
      || schedule is PolynomialLR || schedule is MultiplicativeLR
  }

  init(_ schedules: [any Schedule]) throws(TensorError) {
    guard let first = schedules.first else { throw .value("ChainedScheduler", "needs at least one schedule") }
    if let other = schedules.first(where: { !Self.multiplies($0) }) {
      throw .value("ChainedScheduler", "\(type(of: other).name) sets the rate itself, so there is nothing to multiply: SequentialLR puts schedules one after the other")
    }
    if let other = schedules.first(where: { $0.per != first.per }) {
      throw .value("ChainedScheduler", "\(type(of: first).name) counts by the \(first.per.rawValue) and \(type(of: other).name) by the \(other.per.rawValue): give both the same `per`")
    }
    (self.schedules, per) = (schedules, first.per)
  }

  var arguments: [(name: String, value: any Value)] { [("schedulers", List(schedules.map(ScheduleValue.init)))] }
  func running(_ plan: SchedulePlan) throws -> any RunningSchedule { Running(parts: try schedules.map { try $0.running(plan) }) }

  private struct Running: RunningSchedule {
    var parts: [any RunningSchedule]
    mutating func rates(_ bases: [Double], after count: Int, watched: Double?) throws -> [Rate] {
      var factor = 1.0
      for i in parts.indices { factor *= try parts[i].rates([1], after: count, watched: watched)[0].lr }
      return bases.map { Rate($0 * factor) }
    }
  }
}
