import Builtins
import Engine

extension Builtin<Void> {
  static let sequentialLR = Builtin(
    "SequentialLR", "Several schedules, one after the other, such as a warm-up and then a cosine.",
    .required("schedulers", [ScheduleValue].self, "The schedules."),
    .required("milestones", [Int].self, in: 1...1e12, "The epochs after which the next one begins, one fewer than schedules."),
    source: .scheduler("SequentialLR"),
    examples: [Example("SequentialLR([LinearLR(0.1, total_iters=5), CosineAnnealingLR()], [5])", gives: "milestones=[5]")]
  ) { (schedules: [ScheduleValue], milestones: [Int]) in ScheduleValue(try SequentialLR(schedules.map(\.schedule), milestones)) }
}

/// Schedules one after the other, each of which begins anew with the training's rate.
struct SequentialLR: Schedule {
  static let name = "SequentialLR"
  let schedules: [any Schedule], milestones: [Int], per: ScheduleUnit

  init(_ schedules: [any Schedule], _ milestones: [Int]) throws(TensorError) {
    guard let first = schedules.first else { throw .value("SequentialLR", "needs at least one schedule") }
    guard milestones.count == schedules.count - 1 else {
      throw .value("SequentialLR", "\(schedules.count) schedules have \(schedules.count - 1) milestones between them, got \(milestones.count)")
    }
    guard zip(milestones, milestones.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .value("SequentialLR", "the milestones must rise, got \(milestones)") }
    if let other = schedules.first(where: { $0.per != first.per }) {
      throw .value("SequentialLR", "\(type(of: first).name) counts by the \(first.per.rawValue) and \(type(of: other).name) by the \(other.per.rawValue): give both the same `per`")
    }
    if schedules.contains(where: { $0 is ReduceLROnPlateau }) {
      throw .value("SequentialLR", "ReduceLROnPlateau does not go into a sequence: it follows what is watched, not the count")
    }
    (self.schedules, self.milestones, per) = (schedules, milestones, first.per)
  }

  var arguments: [(name: String, value: any Value)] { [("schedulers", List(schedules.map(ScheduleValue.init))), ("milestones", List(milestones))] }

  func running(_ plan: SchedulePlan) throws -> any RunningSchedule {
    var parts: [any RunningSchedule] = []
    for (i, schedule) in schedules.enumerated() {
      var own = plan.after(i == 0 ? 0 : milestones[i - 1], per)
      // What ends at a milestone has no more than its own stretch.
      if i < milestones.count {
        let stretch = milestones[i] - (i == 0 ? 0 : milestones[i - 1])
        if per == .epoch { own.epochs = min(own.epochs, stretch) } else { own.steps = min(own.steps, stretch) }
      }
      parts.append(try schedule.running(own))
    }
    return Running(parts: parts, milestones: milestones)
  }

  private struct Running: RunningSchedule {
    var parts: [any RunningSchedule]
    let milestones: [Int]
    mutating func rates(_ bases: [Double], after count: Int, watched: Double?) throws -> [Rate] {
      let place = milestones.count { $0 <= count }
      return try parts[place].rates(bases, after: count - (place == 0 ? 0 : milestones[place - 1]), watched: watched)
    }
  }
}
