import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// A plan says what will be done, and what was.
@Suite struct PlanTests {
  private func scoring(_ formula: Formula, _ model: Module, _ x: Tensor, _ y: Tensor, _ subject: Subject? = nil) throws -> Scoring {
    try Scoring(formula, of: model, subject ?? .parameters(model.namedParameters), on: x, y, in: Run(generator: Generator(seed: 1)))
  }

  @Test("work is counted on every kind of layer")
  func work() throws {
    let g = Generator(seed: 41)
    let mean = try F.call("mean", F.g ^ 2)
    for item in try LayerModels.all(g) {
      item.model.setTraining(false)
      let plan = try scoring(mean, item.model, item.x, item.y).plan()
      // Each weight of a matrix meets each sample once at least, there and back.
      let weights = item.model.namedParameters.filter { $0.parameter.value.rank > 1 && !$0.name.contains("table") && !$0.name.contains("gpt") }.reduce(0) { $0 + $1.parameter.value.count }
      #expect(plan.flops >= 2 * Double(weights * item.x.shape[0]) * 0.5, "\(item.name): \(plan.flops) for \(weights)")
    }
    // A convolution of 3 × 3 over 8 × 8 places: 2 · 64 · 9 · 3 · 4 each way.
    let conv = try Sequential([Conv2d(3, 4, kernel: 3, padding: 1, using: g), Flatten(), Linear(256, 4, using: g)])
    let x = try g.normal([5, 3, 8, 8]), y = try g.integers([5], from: 0, to: 4)
    let forward = 5 * 2.0 * (64 * 9 * 3 * 4 + 256 * 4), flops = try scoring(.symbol(.g), conv, x, y).plan().flops
    #expect(flops >= 3 * forward && flops < 3.4 * forward)
  }

  @Test("changes say how they will run")
  func effects() throws {
    let g = Generator(seed: 42), (x, y) = try Models.data(g), model = try Models.mlp(g)
    let rise = Formula.effect(FormulaEffect(.rise(.zero, .w), of: .loss))
    let steps = try scoring(rise, model, x, y).plan().steps
    // fc2 moves units before a Tanh and fc3, whose scores give the loss, and fc3 those themselves; fc1 moves units two layers before.
    #expect(steps.contains { $0.words.contains("128 changes") && $0.words.contains("one kernel") && $0.parameters == ["fc2.weight", "fc3.weight"] }, "\(steps)")
    #expect(steps.contains { $0.words.contains("what follows runs") && $0.parameters.contains("fc1.weight") })
    let accuracy = Formula.effect(FormulaEffect(.drop(.zero, .w), of: .accuracy))
    #expect(try !scoring(accuracy, model, x, y).plan().steps.contains { $0.words.contains("kernel") })
    let mixing = try Models.Mixing(g)
    #expect(try scoring(rise, mixing, x, y).plan().steps[0].words.contains("one after the other"))
  }

  @Test("averages are counted point by point and draw by draw")
  func averages() throws {
    let g = Generator(seed: 44), (x, y) = try Models.data(g), model = try Models.mlp(g), n = x.shape[0]
    func plan(_ formula: Formula, _ subject: Subject? = nil) throws -> Plan { try scoring(formula, model, x, y, subject).plan() }
    let inside = F.abs(F.w * F.g), one = try plan(inside)
    let smooth = try plan(.averaged(.smooth(draws: 7, std: 0.1), inside))
    #expect(smooth.forwardPasses == 7 && smooth.backwardPasses == 7 && smooth.flops == 7 * one.flops && smooth.bytes > one.bytes)
    let both = try plan(F.g + .averaged(.path(steps: 3, .gausslegendre), inside))
    #expect(both.forwardPasses == 4 && both.flops > 4 * 0.99 * one.flops && both.steps.count == 3)
    let largest = try plan(F.call("max", .averaged(.path(steps: 3, .gausslegendre), inside)))
    #expect(largest.forwardPasses == 3 * n && largest.backwardPasses == 3 * n)
    // A mean of averages goes over all samples at each point.
    #expect(try plan(F.call("mean", .averaged(.path(steps: 3, .gausslegendre), F.abs(F.g)))).forwardPasses == 3)
    let layer = Subject.modules([("act", model.layers[1].module)]), rise = Formula.effect(FormulaEffect(.rise(.zero, .a), of: .loss))
    let changes = try plan(.averaged(.smooth(draws: 4, std: 0.1), rise), layer)
    #expect(try changes.forwardPasses == 4 * plan(rise, layer).forwardPasses && changes.steps.count == 1)
  }

  @Test("times: before it runs a guess, after it what each part took")
  func times() throws {
    let g = Generator(seed: 43), (x, y) = try Models.data(g, 40), model = try Models.mlp(g)
    var request = try scoring(F.abs(F.w * F.g) + F.call("mean", Formula.h), model, x, y)
    #expect(try request.plan().seconds == nil)
    let clock = Ticks()
    request.clock = { clock.next() }
    let plan = try request.plan()
    #expect(plan.seconds.map { $0 > 0 } == true && plan.times == nil)
    guard case .text(let before) = plan.shown else { return }
    #expect(before.contains("likely"))
    let done = try request.scores().plan
    #expect(done.times?[.gradient] != nil && done.times?[.curvature] != nil && done.times?[.formula] != nil && done.times?[.effects] == nil)
    guard case .text(let after) = done.shown else { return }
    #expect(after.contains("took") && after.contains("second derivatives (2)") && !after.contains("likely"), "\(after)")
  }

  @Test("every criterion has bytes and a likely time before it runs")
  func complete() throws {
    let g = Generator(seed: 44), model = try Models.mlp(g), x = try g.normal([40, 6]), y = try g.integers([40], from: 0, to: 4)
    let act = Subject.modules([("act1", model.layers[1].module)])
    for criterion in Criteria.all {
      let place = try criterion.formula.place()
      // What training left is not there to be tried.
      if ["movement_pruning", "rwalk", "synaptic_intelligence"].contains(criterion.name) { continue }
      var request = try scoring(criterion.formula, model, x, y, criterion.formula.isOpenPlace || place == .units ? act : place == .inputs ? .input : nil)
      if criterion.formula.hasTotal { request.each = criterion.each ?? .unit } else if let each = criterion.each { request.each = each }
      if case .modules = request.subject, request.isGrouped { request.each = .unit }
      let clock = Ticks()
      request.clock = { clock.next() }
      let plan = try request.plan()
      #expect(plan.bytes > 0, "\(criterion.name)")
      #expect(plan.seconds.map { $0 > 0 } == true, "\(criterion.name)")
    }
  }

  /// A clock that goes on by one at each look.
  private final class Ticks {
    private var now = 0.0
    func next() -> Double {
      now += 1
      return now
    }
  }
}
