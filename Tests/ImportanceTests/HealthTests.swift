import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Each ailment is found in a model that has it and not in one that has not.
@Suite struct HealthTests {
  private func setting() throws -> (model: Sequential, request: HealthRequest) {
    let generator = Generator(seed: 2)
    let (x, y) = try Models.data(generator, 60)
    let model = try Models.mlp(generator)
    return (model, HealthRequest(model, on: x, y, in: Run(generator: generator)))
  }

  private func kinds(_ health: Health, at place: String) -> [String] { health.findings.filter { $0.place == place }.map(\.kind) }

  @Test func aFreshModelIsWell() throws {
    let (model, request) = try setting()
    let health = try health(request)
    #expect(health.isHealthy && health.rows.count == 5 && health.units.map(\.name) == ["act1", "act2"])
    #expect(health.verdict.hasPrefix("nothing is wrong") && model.isTraining)
    #expect(health.rows.allSatisfy { $0.gradient ?? 0 > 0 } && health.rows.allSatisfy { $0.relative.map { abs($0 - 1) < 0.4 } ?? true })
  }

  @Test("findings", arguments: [
    ("fc1.weight", "all-zero", 0.0), ("fc1.weight", "large", 30.0), ("fc1.weight", "exploding", 5000.0), ("fc1.weight", "small", 0.001),
    ("fc1.weight", "not finite", Double.nan),
  ])
  func findings(place: String, kind: String, factor: Double) throws {
    let (model, request) = try setting()
    let parameter = model.namedParameters[0].parameter
    try parameter.start(from: parameter.value.detached() * factor, Journal())
    let health = try health(request)
    #expect(kinds(health, at: place).contains(kind) && !health.isHealthy)
    #expect(!kinds(health, at: "fc3.weight").contains(kind))
  }

  @Test func frozenDeadAndSaturated() throws {
    let (model, request) = try setting()
    try model.namedParameters[2].parameter.value.setRequiresGrad(false)
    #expect(kinds(try health(request), at: "fc2.weight") == ["frozen"])
    let bias = model.namedParameters[1].parameter
    try bias.start(from: Tensor([Float](repeating: -100, count: 12)), Journal())
    let dead = try health(request)
    #expect(kinds(dead, at: "act1") == ["partly dead"] && dead.units[0].dead == 12 && kinds(dead, at: "fc1.weight").contains("no gradient"))
    try bias.start(from: Tensor([Float](repeating: 100, count: 12)), Journal())
    #expect(kinds(try health(request), at: "act2").contains("saturated"))
  }

  @Test("what a training left untouched is told")
  func updates() throws {
    let (model, request) = try setting()
    #expect(kinds(try health(request), at: "model") == ["untrained"])
    for (name, parameter) in model.namedParameters where name != "fc2.weight" {
      try parameter.write(Journal()) { try parameter.value.copyNumbers(of: parameter.value.detached() * 1.01) }
    }
    let after = try health(request)
    #expect(kinds(after, at: "fc2.weight") == ["never updated"] && kinds(after, at: "model").isEmpty)
  }

  @Test func unusedParametersAreTold() throws {
    let generator = Generator(seed: 4)
    let (x, y) = try Models.data(generator, 20)
    let health = try health(HealthRequest(try Models.Leaky(generator), on: x, y, in: Run(generator: generator)))
    #expect(kinds(health, at: "idle") == ["unused"])
  }

  @Test("a deep chain of small sigmoids fades on the way back")
  func fading() throws {
    let generator = Generator(seed: 4)
    let (x, y) = try Models.data(generator, 20)
    var layers: [Module] = [try Linear(6, 8, using: generator)]
    for _ in 0..<8 { layers += [Sigmoid(), try Linear(8, 8, using: generator)] }
    let model = Sequential(layers + [Sigmoid(), try Linear(8, 4, using: generator)])
    let found = try health(HealthRequest(model, on: x, y, in: Run(generator: generator)))
    #expect(kinds(found, at: "0.weight") == ["vanishing"])
  }
}
