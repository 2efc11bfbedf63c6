import Engine
import NN

/// How long a request is likely to take: it is run for more and more samples, and a line drawn through two such times; where
/// two samples alone would be much, by the speed of a backward pass and the work.
struct PlanTiming {
  let seconds: Double?

  /// Multiplications and additions that the first trial may take, seconds of the last one, and of a first one that is followed by another.
  private static let budget = 2e9, enough = 0.1, patience = 2.0
  /// Numbers of parameters in a trial without samples.
  private static let numbers = 1 << 17

  init(_ request: Scoring, _ plan: Plan) throws {
    let n = request.sampleCount
    guard let clock = request.clock else {
      seconds = nil
      return
    }
    let position = request.run.generator.position
    defer { request.run.generator.position = position }
    do {
      if n == 0 || plan.flops <= 0 {
        seconds = try Self.byNumbers(request, clock)
      } else if plan.flops / Double(n) * Double(min(n, 2)) <= Self.budget {
        seconds = try Self.line(request, clock)
      } else {
        seconds = try Self.bySpeed(request, clock, plan)
      }
    } catch TensorError.interrupted {
      throw TensorError.interrupted
    } catch {
      // What fails will say so when it is run.
      seconds = nil
    }
  }

  /// From more and more samples, until one trial takes long enough to tell, a line through the last two.
  private static func line(_ request: Scoring, _ clock: () -> Double) throws -> Double {
    let n = request.sampleCount
    var count = min(n, 2), last = (samples: 0, seconds: 0.0)
    // Once without looking at the clock: the first time of anything is slow.
    _ = try time(request, clock, count)
    var now = try best(request, clock, count)
    // Of the first trial alone most may be what comes before any sample.
    while now < enough || last.samples == 0 && now < patience, count < n {
      last = (count, now)
      count = min(4 * count, n)
      now = try best(request, clock, count)
    }
    guard count < n else { return now }
    let slope = last.samples > 0 ? max((now - last.seconds) / Double(count - last.samples), 0.01 * now / Double(count)) : now / Double(count)
    return now + slope * Double(n - count)
  }

  /// Of what reads parameters alone, from some of them.
  private static func byNumbers(_ request: Scoring, _ clock: () -> Double) throws -> Double? {
    let all = request.parameters.sorted { $0.parameter.value.count < $1.parameter.value.count }
    var some: [(name: String, parameter: Parameter)] = [], count = 0
    for one in all where count < numbers {
      some.append(one)
      count += one.parameter.value.count
    }
    let whole = all.reduce(0) { $0 + $1.parameter.value.count }
    guard count > 0 else { return nil }
    let part = try request.part(request.formula, of: .parameters(some), rows: 0..<request.sampleCount)
    _ = try part.scores()
    let start = clock()
    _ = try part.scores()
    return (clock() - start) * Double(whole) / Double(count)
  }

  /// The shortest of a few times, which other work on the machine lengthens least. The first with so many samples also pays
  /// for the kernels that are made for them.
  private static func best(_ request: Scoring, _ clock: () -> Double, _ samples: Int) throws -> Double {
    var least = try time(request, clock, samples), rounds = 0
    while rounds < 2, least < 0.02 || rounds == 0 && least < 3 * enough {
      least = min(least, try time(request, clock, samples))
      rounds += 1
    }
    return least
  }

  private static func time(_ request: Scoring, _ clock: () -> Double, _ samples: Int) throws -> Double {
    var part = try request.part(request.formula, rows: 0..<samples)
    part.memory = request.memory
    let start = clock()
    _ = try part.scores()
    return clock() - start
  }

  /// By the work, and the speed of a forward and a backward pass over a sample or two.
  private static func bySpeed(_ request: Scoring, _ clock: () -> Double, _ plan: Plan) throws -> Double? {
    let rows = 0..<min(2, request.sampleCount), values = request.model.everyParameter.map(\.value)
    func pass() throws -> (seconds: Double, flops: Double) {
      let start = clock()
      let total = try request.total(rows, in: request.run).total
      let flops = 6 * SamplePlan.cost(total).multiplications
      _ = try total.gradients(with: values)
      return (clock() - start, flops)
    }
    _ = try pass()
    let (seconds, flops) = try pass()
    return flops > 0 ? plan.flops * seconds / flops : nil
  }
}
