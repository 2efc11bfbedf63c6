import Engine

/// How long a request is likely to take: it is run for some samples, and a line drawn through two such times; where that alone
/// would be much, by the speed of a backward pass and the work.
struct PlanTiming {
  let seconds: Double?

  /// Multiplications and additions that a trial may take.
  private static let budget = 5e8
  private static let most = 1024

  init(_ request: Scoring, _ plan: Plan) throws {
    let n = request.sampleCount
    guard let clock = request.clock, n > 0, plan.flops > 0 else {
      seconds = nil
      return
    }
    let position = request.run.generator.position
    defer { request.run.generator.position = position }
    let each = plan.flops / Double(n), some = min(n, Self.most, Int(min(1e9, Self.budget / each)))
    do {
      if some >= min(n, 2) {
        seconds = try Self.line(request, clock, some)
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

  private static func line(_ request: Scoring, _ clock: () -> Double, _ some: Int) throws -> Double {
    let n = request.sampleCount, few = max(min(n, 2), some / 4)
    // Once without looking at the clock: the first time of anything is slow.
    _ = try time(request, clock, few)
    let first = try best(request, clock, few), second = try best(request, clock, some)
    guard some > few else { return second * Double(n) / Double(some) }
    let slope = max((second - first) / Double(some - few), 0.1 * second / Double(some))
    return second + slope * Double(n - some)
  }

  /// The shortest of a few times, which other work on the machine lengthens least.
  private static func best(_ request: Scoring, _ clock: () -> Double, _ samples: Int) throws -> Double {
    var least = try time(request, clock, samples), rounds = 0
    while rounds < 3, least < 0.05 {
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
    let rows = 0..<min(2, request.sampleCount), values = request.model.namedParameters.map(\.parameter.value)
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
