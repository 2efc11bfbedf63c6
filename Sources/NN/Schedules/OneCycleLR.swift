import Builtins
import Engine
import Glibc

extension Builtin<Void> {
  static let oneCycleLR = Builtin(
    "OneCycleLR", "The learning rate up to max_lr and down to almost nothing, step by step, while the momentum goes the other way.",
    .optional("max_lr", Double.self, in: 0...1e6, "The largest rate; the training's lr where it is not said."),
    .optional("total_steps", Int.self, in: 1...1e12, "The steps of the cycle; all of the training where it is not said."),
    .option("pct_start", 0.3, in: 0...1, "The share of the steps that go up."),
    .option("anneal_strategy", OneCycleLR.Curve.cos, "The curve."),
    .option("cycle_momentum", true, "Whether the momentum (of Adam, the first beta) goes the other way."),
    .option("base_momentum", 0.85, in: 0...1, "The momentum at the largest rate."),
    .option("max_momentum", 0.95, in: 0...1, "The momentum at the smallest rate."),
    .option("div_factor", 25.0, in: 1e-30...1e30, "How much smaller than max_lr the first rate is."),
    .option("final_div_factor", 1e4, in: 1e-30...1e30, "How much smaller than the first the last rate is."),
    .option("three_phase", false, "Comes back to the first rate before it goes down to the last."),
    source: Source("Smith and Topin 2018; PyTorch's torch.optim.lr_scheduler.OneCycleLR", arXiv: "1708.07120"),
    examples: [Example("train net on iris.train epochs=2 lr=0.1 schedule=OneCycleLR", gives: "epoch 2/2")]
  ) {
    (
      most: Double?, steps: Int?, share: Double, curve: OneCycleLR.Curve, cycles: Bool, base: Double, top: Double, division: Double,
      finalDivision: Double, hasThree: Bool
    ) in
    ScheduleValue(OneCycleLR(
      most: most, steps: steps, share: share, curve: curve, momenta: cycles ? (base, top) : nil, division: division,
      finalDivision: finalDivision, hasThree: hasThree))
  }
}

/// One cycle of the learning rate, in two phases or three.
struct OneCycleLR: FormulaSchedule {
  enum Curve: String, Choice { case cos, linear }
  static let name = "OneCycleLR"
  let most: Double?, steps: Int?, share: Double, curve: Curve
  /// The momentum at the largest and at the smallest rate; nil where it stays.
  let momenta: (base: Double, top: Double)?
  let division: Double, finalDivision: Double, hasThree: Bool
  var per: ScheduleUnit { .step }
  var arguments: [(name: String, value: any Value)] {
    [
      ("max_lr", most ?? None()), ("total_steps", steps ?? None()), ("pct_start", share), ("anneal_strategy", curve.rawValue),
      ("cycle_momentum", momenta != nil), ("div_factor", division), ("final_div_factor", finalDivision), ("three_phase", hasThree),
    ]
  }

  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) throws -> Rate {
    let total = Double(steps ?? plan.steps)
    guard plan.steps <= Int(total) else {
      throw TensorError.value("OneCycleLR", "the cycle has total_steps=\(Int(total)), and the training \(plan.steps): leave total_steps out")
    }
    let top = most ?? base, start = top / division, end = start / finalDivision
    let (low, high) = momenta.map { (Optional($0.base), Optional($0.top)) } ?? (nil, nil)
    let phases: [(end: Double, from: Rate, to: Rate)] = hasThree
      ? [
        (share * total - 1, Rate(start, momentum: high), Rate(top, momentum: low)),
        (2 * share * total - 2, Rate(top, momentum: low), Rate(start, momentum: high)),
        (total - 1, Rate(start, momentum: high), Rate(end, momentum: high)),
      ]
      : [(share * total - 1, Rate(start, momentum: high), Rate(top, momentum: low)), (total - 1, Rate(top, momentum: low), Rate(end, momentum: high))]
    var begin = 0.0
    for (i, phase) in phases.enumerated() {
      if Double(count) <= phase.end || i == phases.count - 1 {
        let span = phase.end - begin, done = span > 0 ? min((Double(count) - begin) / span, 1) : 1
        return Rate(
          bent(phase.from.lr, phase.to.lr, done), momentum: phase.from.momentum.flatMap { from in phase.to.momentum.map { bent(from, $0, done) } })
      }
      begin = phase.end
    }
    return Rate(end, momentum: high)
  }

  private func bent(_ from: Double, _ to: Double, _ done: Double) -> Double {
    curve == .linear ? (to - from) * done + from : to + (from - to) / 2 * (cos(.pi * done) + 1)
  }
}
