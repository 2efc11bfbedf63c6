import Builtins
import Engine

extension Builtin<Void> {
  static let reduceLROnPlateau = Builtin(
    "ReduceLROnPlateau", "Multiplies the learning rate by a factor where what the training watches has stopped to get better.",
    .optional("mode", ReduceLROnPlateau.Mode.self, "Whether smaller is better, or larger; by what is watched where it is not said."),
    .option("factor", 0.1, in: 0...0.999999, "The factor."),
    .option("patience", 10, in: 0...1e9, "Epochs without progress that are let pass."),
    .option("threshold", 1e-4, in: 0...1e6, "By how much it must be better to count."),
    .option("threshold_mode", ReduceLROnPlateau.Threshold.rel, "Whether the threshold is a share of the best or a distance from it."),
    .option("cooldown", 0, in: 0...1e9, "Epochs after a change in which none is counted."),
    .option("min_lr", 0.0, in: 0...1e6, "The least rate."),
    .option("eps", 1e-8, in: 0...1e6, "Changes smaller than this are not made."),
    source: .scheduler("ReduceLROnPlateau"),
    examples: [Example("train net on iris.train test=iris.test epochs=2 schedule=ReduceLROnPlateau(patience=3)", gives: "epoch 2/2")]
  ) {
    (
      mode: ReduceLROnPlateau.Mode?, factor: Double, patience: Int, threshold: Double, how: ReduceLROnPlateau.Threshold, cooldown: Int, least: Double,
      eps: Double
    ) in
    ScheduleValue(ReduceLROnPlateau(
      mode: mode, factor: factor, patience: patience, threshold: threshold, how: how, cooldown: cooldown, least: least, eps: eps))
  }
}

/// Lowers the rate after `patience` epochs without progress.
struct ReduceLROnPlateau: Schedule {
  enum Mode: String, Choice { case min, max }
  enum Threshold: String, Choice { case rel, abs }
  static let name = "ReduceLROnPlateau"
  let mode: Mode?, factor: Double, patience: Int, threshold: Double, how: Threshold, cooldown: Int, least: Double, eps: Double
  var per: ScheduleUnit { .epoch }
  var arguments: [(name: String, value: any Value)] {
    [
      ("mode", mode?.rawValue ?? None()), ("factor", factor), ("patience", patience), ("threshold", threshold), ("threshold_mode", how.rawValue),
      ("cooldown", cooldown), ("min_lr", least), ("eps", eps),
    ]
  }
  func running(_ plan: SchedulePlan) -> any RunningSchedule { Running(schedule: self, isRising: mode.map { $0 == .max } ?? plan.isRising) }

  private struct Running: RunningSchedule {
    let schedule: ReduceLROnPlateau, isRising: Bool
    var best: Double?, bad = 0, cooling = 0, now: [Double] = []

    init(schedule: ReduceLROnPlateau, isRising: Bool) { (self.schedule, self.isRising) = (schedule, isRising) }

    mutating func rates(_ bases: [Double], after count: Int, watched: Double?) -> [Rate] {
      if now.isEmpty { now = bases }
      if let watched { take(watched) }
      return now.map { Rate($0) }
    }

    private mutating func take(_ value: Double) {
      if isBetter(value) { (best, bad) = (value, 0) } else { bad += 1 }
      if cooling > 0 { (cooling, bad) = (cooling - 1, 0) }
      guard bad > schedule.patience else { return }
      for i in now.indices {
        let lower = Swift.max(now[i] * schedule.factor, schedule.least)
        if now[i] - lower > schedule.eps { now[i] = lower }
      }
      (cooling, bad) = (schedule.cooldown, 0)
    }

    private func isBetter(_ value: Double) -> Bool {
      let best = best ?? (isRising ? -.infinity : .infinity), t = schedule.threshold
      return switch (isRising, schedule.how) {
      case (false, .rel): value < best * (1 - t)
      case (false, .abs): value < best - t
      case (true, .rel): value > best * (1 + t)
      case (true, .abs): value > best + t
      }
    }
  }
}
