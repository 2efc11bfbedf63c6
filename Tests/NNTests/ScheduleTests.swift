import Builtins
import NN
import Testing

/// A function from a count to 0.5 + count / 10.
private struct Growing: Callable {
  static let kind = "function"
  var shown: Shown { .text("growing") }
  var json: JSON { .null }
  func call(_ arguments: [any Value]) throws -> any Value { try 0.5 + Double(#require(arguments[0] as? Int)) / 10 }
}

/// Rates before each of twelve epochs (or steps), from `lr=0.1` and `momentum=0.9`, as PyTorch 2.13 gives them.
@Suite struct ScheduleTests {
  struct Case: Sendable {
    let name: String
    let make: @Sendable () throws -> any Value
    let expected: [Double]
    var momenta: [Double] = []
  }

  private static func called(_ name: String, _ arguments: [Passed]) throws -> any Value {
    let declared = try #require(Schedules.all.first { $0.name == name })
    return try declared.call((), arguments)
  }

  static let cases: [Case] = [
    Case(name: "StepLR", make: { try called("StepLR", [Passed(nil, 3), Passed("gamma", 0.5)]) },
      expected: [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125]),
    Case(name: "MultiStepLR", make: { try called("MultiStepLR", [Passed(nil, List([2, 5, 5])), Passed("gamma", 0.5)]) },
      expected: [0.1, 0.1, 0.05, 0.05, 0.05, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125]),
    Case(name: "ExponentialLR", make: { try called("ExponentialLR", [Passed(nil, 0.9)]) },
      expected: [0.1, 0.09, 0.081, 0.0729, 0.06561, 0.059049, 0.0531441, 0.04782969, 0.043046721, 0.0387420489, 0.03486784401, 0.031381059609]),
    Case(name: "ConstantLR", make: { try called("ConstantLR", [Passed(nil, 0.25), Passed(nil, 4)]) },
      expected: [0.025, 0.025, 0.025, 0.025, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]),
    Case(name: "LinearLR", make: { try called("LinearLR", [Passed(nil, 0.1), Passed(nil, 0.8), Passed(nil, 4)]) },
      expected: [0.01, 0.0275, 0.045, 0.0625, 0.08, 0.08, 0.08, 0.08, 0.08, 0.08, 0.08, 0.08]),
    Case(name: "PolynomialLR", make: { try called("PolynomialLR", [Passed(nil, 8), Passed(nil, 2.0)]) },
      expected: [0.1, 0.0765625, 0.05625, 0.0390625, 0.025, 0.0140625, 0.00625, 0.0015625, 0, 0, 0, 0]),
    Case(name: "CosineAnnealingLR", make: { try called("CosineAnnealingLR", [Passed(nil, 5), Passed(nil, 0.01)]) },
      expected: [
        0.1, 0.09140576474687263, 0.06890576474687263, 0.04109423525312736, 0.018594235253127367, 0.01, 0.018594235253127367, 0.04109423525312739,
        0.06890576474687267, 0.09140576474687269, 0.1, 0.09140576474687272,
      ]),
    Case(name: "CosineAnnealingWarmRestarts", make: { try called("CosineAnnealingWarmRestarts", [Passed(nil, 2), Passed(nil, 2), Passed(nil, 0.01)]) },
      expected: [
        0.1, 0.055, 0.1, 0.08681980515339464, 0.055, 0.023180194846605363, 0.1, 0.0965745789630079, 0.08681980515339464, 0.07222075445642905, 0.055,
        0.03777924554357097,
      ]),
    Case(name: "OneCycleLR", make: { try called("OneCycleLR", []) },
      expected: [
        0.004, 0.0349789654219583, 0.08792851591221287, 0.09944154354509119, 0.09330129698414118, 0.0811745653949763, 0.06473789976951033,
        0.046263710266697504, 0.028306099820869922, 0.01334775301888306, 0.0034566987425395223, 4e-07,
      ],
      momenta: [
        0.95, 0.9177302443521267, 0.8625744625914449, 0.8505584586887436, 0.856698729810778, 0.8688255099070633, 0.8852622412794547,
        0.9037365046793212, 0.9216941869558779, 0.9366525935914912, 0.9465436874322102, 0.95,
      ]),
    Case(name: "OneCycleLR in three phases",
      make: { try called("OneCycleLR", [Passed("three_phase", true), Passed("anneal_strategy", "linear"), Passed("pct_start", 0.4)]) },
      expected: [
        0.004, 0.029263157894736835, 0.05452631578947367, 0.07978947368421052, 0.09494736842105266, 0.06968421052631582, 0.04442105263157898,
        0.01915789473684215, 0.003529458823529413, 0.0023531058823529423, 0.0011767529411764715, 4e-07,
      ],
      momenta: [
        0.95, 0.9236842105263158, 0.8973684210526316, 0.8710526315789473, 0.8552631578947368, 0.881578947368421, 0.9078947368421052,
        0.9342105263157894, 0.95, 0.95, 0.95, 0.95,
      ]),
    Case(name: "CyclicLR", make: { try called("CyclicLR", [Passed(nil, 0.01), Passed(nil, 0.1), Passed("step_size_up", 3), Passed("step_size_down", 2)]) },
      expected: [0.01, 0.04, 0.07, 0.1, 0.055, 0.01, 0.04, 0.07, 0.1, 0.055, 0.01, 0.04],
      momenta: [0.9, 0.8666666666666667, 0.8333333333333334, 0.8, 0.85, 0.9, 0.8666666666666667, 0.8333333333333334, 0.8, 0.85, 0.9, 0.8666666666666667]),
    Case(name: "CyclicLR that halves", make: { try called("CyclicLR", [Passed(nil, 0.01), Passed(nil, 0.1), Passed(nil, 2), Passed("mode", "triangular2")]) },
      expected: [0.01, 0.055, 0.1, 0.055, 0.01, 0.0325, 0.055, 0.0325, 0.01, 0.02125, 0.0325, 0.02125],
      momenta: [0.9, 0.85, 0.8, 0.85, 0.9, 0.875, 0.85, 0.875, 0.9, 0.8875, 0.875, 0.8875]),
    Case(name: "CyclicLR that falls",
      make: { try called("CyclicLR", [Passed(nil, 0.01), Passed(nil, 0.1), Passed(nil, 2), Passed("mode", "exp_range"), Passed("gamma", 0.9)]) },
      expected: [
        0.01, 0.0505, 0.0829, 0.042805, 0.01, 0.03657205, 0.05782969, 0.0315233605, 0.01, 0.027433922005, 0.041381059609, 0.02412147682405,
      ],
      momenta: [
        0.9, 0.855, 0.819, 0.86355, 0.9, 0.8704755, 0.8468559, 0.876085155, 0.9, 0.88062897555, 0.86513215599, 0.8843094701955,
      ]),
    Case(name: "MultiplicativeLR", make: { try called("MultiplicativeLR", [Passed(nil, Growing())]) },
      expected: [0.1, 0.06, 0.042, 0.0336, 0.03024, 0.03024, 0.033264, 0.0399168, 0.05189184, 0.072648576, 0.108972864, 0.1743565824]),
    Case(name: "ChainedScheduler",
      make: {
        try called("ChainedScheduler", [Passed(nil, List([
          try called("ConstantLR", [Passed(nil, 0.1), Passed(nil, 2)]), try called("ExponentialLR", [Passed(nil, 0.9)]),
          try called("LinearLR", [Passed(nil, 0.5), Passed("total_iters", 4)]),
        ]))])
      },
      expected: [
        0.005, 0.005625, 0.06075, 0.0637875, 0.06561, 0.059049, 0.0531441, 0.04782969, 0.043046721, 0.0387420489, 0.03486784401, 0.031381059609,
      ]),
    Case(name: "SequentialLR",
      make: {
        try called("SequentialLR", [
          Passed(nil, List([try called("LinearLR", [Passed(nil, 0.1), Passed("total_iters", 4)]), try called("CosineAnnealingLR", [])])), Passed(nil, 4),
        ])
      },
      expected: [
        0.01, 0.0325, 0.055, 0.0775, 0.1, 0.09619397662556434, 0.08535533905932738, 0.0691341716182545, 0.05, 0.030865828381745515,
        0.014644660940672627, 0.0038060233744356634,
      ]),
  ]

  @Test("rates are PyTorch's", arguments: cases)
  func rates(_ c: Case) throws {
    let value = try c.make()
    let schedule = try #require(value as? ScheduleValue).schedule
    var running = try schedule.running(SchedulePlan(epochs: 12, steps: 12))
    for (i, expected) in c.expected.enumerated() {
      let rate = try running.rates([0.1], after: i, watched: nil)[0]
      // PyTorch multiplies from step to step; the distance is that of a dozen roundings.
      #expect(abs(rate.lr - expected) < 1e-15 && (c.momenta.isEmpty || abs((rate.momentum ?? 0) - c.momenta[i]) < 1e-14), "\(c.name), \(i)")
    }
  }

  static let watched = [1.0, 0.9, 0.9, 0.9, 0.95, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]

  @Test("a plateau lowers the rate when PyTorch does", arguments: [
    (["factor": 0.5, "patience": 1, "cooldown": 1] as [String: any Value & Sendable], [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125]),
    (
      ["mode": "max", "factor": 0.5, "patience": 0, "threshold": 0.1, "threshold_mode": "abs", "min_lr": 0.03],
      [0.1, 0.1, 0.05, 0.03, 0.03, 0.03, 0.03, 0.03, 0.03, 0.03, 0.03, 0.03]
    ),
  ])
  func plateau(_ arguments: [String: any Value & Sendable], _ expected: [Double]) throws {
    let value = try Self.called("ReduceLROnPlateau", arguments.map { Passed($0.key, $0.value) })
    var running = try #require(value as? ScheduleValue).schedule.running(SchedulePlan(epochs: 12, steps: 12))
    var rates = [try running.rates([0.1], after: 0, watched: nil)[0].lr]
    for (i, number) in Self.watched.enumerated() { rates.append(try running.rates([0.1], after: i + 1, watched: number)[0].lr) }
    #expect(zip(rates, expected).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test("what does not go together is said")
  func refusals() throws {
    func fails(_ name: String, _ arguments: [Passed]) -> Bool { (try? Self.called(name, arguments)) == nil }
    let linear = try Self.called("LinearLR", []), steps = try Self.called("LinearLR", [Passed("per", "step")]), plateau = try Self.called("ReduceLROnPlateau", [])
    #expect(fails("StepLR", [Passed(nil, 0)]))
    #expect(fails("SequentialLR", [Passed(nil, List([linear, linear])), Passed(nil, List([]))]))
    #expect(fails("SequentialLR", [Passed(nil, List([linear, linear, linear])), Passed(nil, List([4, 2]))]))
    #expect(fails("SequentialLR", [Passed(nil, List([linear, steps])), Passed(nil, List([4]))]))
    #expect(fails("SequentialLR", [Passed(nil, List([linear, plateau])), Passed(nil, List([4]))]))
    #expect(fails("ChainedScheduler", [Passed(nil, List([linear, try Self.called("CosineAnnealingLR", [])]))]))
    #expect(fails("ChainedScheduler", [Passed(nil, List([linear, steps]))]))
    #expect(fails("ChainedScheduler", [Passed(nil, List([]))]))
    let cycle = try Self.called("OneCycleLR", [Passed("total_steps", 5)])
    let short = try #require(cycle as? ScheduleValue)
    var running = try short.schedule.running(SchedulePlan(epochs: 2, steps: 6))
    #expect(throws: (any Error).self) { try running.rates([0.1], after: 0, watched: nil) }
  }

  @Test("a schedule of restarts that grow without end stays a number")
  func endless() throws {
    let value = try Self.called("CosineAnnealingWarmRestarts", [Passed(nil, 1_000_000_000), Passed(nil, 1_000_000)])
    var running = try #require(value as? ScheduleValue).schedule.running(SchedulePlan(epochs: 1, steps: 1))
    #expect(try running.rates([0.1], after: .max, watched: nil)[0].lr.isFinite)
  }

  @Test("every schedule prints what it was built with, and the folder and the list agree")
  func list() throws {
    #expect(Schedules.all.map(\.name) == Schedules.all.map(\.name).sorted())
    #expect(try Self.called("StepLR", [Passed(nil, 3)]).shown == .text("StepLR(step_size=3, gamma=0.1, per=\"epoch\")"))
    #expect(try fileNames("NN/Schedules").subtracting(["Schedule", "Schedules"]) == Set(Schedules.all.map(\.name)))
    #expect(try fileNames("NN/Optimisers").subtracting(["LineSearch", "Optimiser", "OptimiserArguments", "OptimiserKind"]).union(["AdamW"]) == Set(Optimisers.all.map(\.name)))
    #expect(Optimisers.all.count == OptimiserKind.allCases.count)
  }
}
