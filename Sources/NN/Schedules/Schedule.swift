import Builtins
import Engine

/// What a schedule counts.
public enum ScheduleUnit: String, Choice { case epoch, step }

/// What a training is to be, as far as a schedule asks: how long, and whether what it watches should rise.
public struct SchedulePlan {
  public var epochs: Int, steps: Int
  /// True where the watched number is better when it is larger.
  public var isRising: Bool
  public init(epochs: Int, steps: Int, isRising: Bool = false) { (self.epochs, self.steps, self.isRising) = (epochs, steps, isRising) }

  /// How many units the training has.
  func length(_ unit: ScheduleUnit) -> Int { unit == .epoch ? epochs : steps }

  /// The plan of what is left after some units.
  func after(_ count: Int, _ unit: ScheduleUnit) -> SchedulePlan {
    var rest = self
    if unit == .epoch { rest.epochs = max(epochs - count, 0) } else { rest.steps = max(steps - count, 0) }
    return rest
  }
}

/// What a schedule sets before the next step.
public struct Rate: Equatable, Sendable {
  public var lr: Double
  /// Nil where the schedule leaves the momentum alone.
  public var momentum: Double?
  public init(_ lr: Double, momentum: Double? = nil) { (self.lr, self.momentum) = (lr, momentum) }
}

/// How the learning rate changes in a training.
public protocol Schedule {
  /// PyTorch's name.
  static var name: String { get }
  /// What it was built with, by PyTorch's names.
  var arguments: [(name: String, value: any Value)] { get }
  /// After what it changes the rate.
  var per: ScheduleUnit { get }
  /// The schedule at the start of a training.
  /// - Throws: what of its arguments does not go with the plan.
  func running(_ plan: SchedulePlan) throws -> any RunningSchedule
}

/// A schedule at work.
public protocol RunningSchedule {
  /// The rates after so many epochs or steps.
  /// - Parameters:
  ///   - bases: the rates that the training was given, one for each group of parameters.
  ///   - watched: what the training watches, at the end of the last epoch; nil before that.
  mutating func rates(_ bases: [Double], after count: Int, watched: Double?) throws -> [Rate]
}

/// A schedule whose rate is a formula of the count alone.
public protocol FormulaSchedule: Schedule {
  func rate(_ base: Double, after count: Int, _ plan: SchedulePlan) throws -> Rate
}

extension FormulaSchedule {
  public func running(_ plan: SchedulePlan) throws -> any RunningSchedule { RunningFormula(schedule: self, plan: plan) }
}

private struct RunningFormula: RunningSchedule {
  let schedule: any FormulaSchedule, plan: SchedulePlan
  func rates(_ bases: [Double], after count: Int, watched: Double?) throws -> [Rate] {
    try bases.map { try schedule.rate($0, after: count, plan) }
  }
}

/// A schedule as a value of the language: `StepLR(30, gamma=0.1)`.
public struct ScheduleValue: Value {
  public let schedule: any Schedule
  public init(_ schedule: any Schedule) { self.schedule = schedule }

  public static let kind = "schedule"
  public var shown: Shown {
    .text(type(of: schedule).name + "(" + schedule.arguments.map { "\($0.name)=\($0.value.inlineText)" }.joined(separator: ", ") + ")")
  }
  public var json: JSON { .object([JSON.Member("type", .string(type(of: schedule).name))] + schedule.arguments.map { JSON.Member($0.name, $0.value.json) }) }
}

extension ScheduleValue: Accepted {
  public static let expectation = "a schedule such as StepLR(30, gamma=0.1), or a function of the epoch that gives a factor of lr"
  public static let form = ArgumentForm.choice(Schedules.bare)
  /// A schedule, the name of one that needs no arguments, or a function, which stands for `LambdaLR`.
  public static func accept(_ value: any Value) throws -> ScheduleValue? {
    if let schedule = value as? ScheduleValue { return schedule }
    if let name = value as? String { return try Schedules.all.first { $0.name == name }?.call((), []) as? ScheduleValue }
    return FactorFunction.accept(value).map { ScheduleValue(LambdaLR(factor: $0, per: .epoch)) }
  }
}

/// A function of a user's from a count to a factor.
public struct FactorFunction: Accepted {
  private let value: any Callable
  public static let expectation = "a function such as (epoch) -> 0.95^epoch"
  public static func accept(_ value: any Value) -> FactorFunction? { (value as? any Callable).map(FactorFunction.init) }

  var shownValue: any Value { value }

  func callAsFunction(_ count: Int) throws -> Double {
    let result = try value.call([count])
    let number = try Double.accept(result) ?? (result as? Tensor).flatMap { $0.count == 1 ? try $0.item() : nil }
    guard let number else { throw TensorError.value("LambdaLR", "the function gave \(type(of: result).aKind), and a factor of lr is needed") }
    return number
  }
}
