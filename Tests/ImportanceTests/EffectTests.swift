import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// Effects against the plain definition: change one thing, run the whole model over all data, put it back.
@Suite struct EffectTests {
  /// The metric of each sample with the numbers at some flat places of a subject replaced.
  private func plain(_ c: EffectModels.Case, _ subject: EffectSubject, input: Bool, _ places: [Int], _ new: @escaping (Tensor) throws -> Tensor, _ metric: (Tensor) throws -> Tensor) throws -> [Double] {
    func replaced(_ old: Tensor, perSample: Bool) throws -> Tensor {
      let width = perSample ? old.count / old.shape[0] : old.count
      let mask = try Tensor((0..<width).map { places.contains($0) }, [1, width])
      let rows = [old.count / width, width]
      return try mask.selecting(new(old).reshape(rows), old.reshape(rows)).reshape(old.shape)
    }
    let generator = Generator(seed: 0), table = HookTable(), run = Run([table], generator: generator)
    switch subject {
    case .parameter(_, let parameter):
      let journal = Journal(), changed = try replaced(parameter.value.detached(), perSample: false)
      defer { journal.rollBack() }
      try journal.write(parameter.value) { try parameter.value.copyNumbers(of: changed) }
      return try metric(run(c.model, c.x)).doubles()
    case .module(_, let module):
      if input {
        table.add(Hook(module, .pre { _, inputs in
          guard let first = inputs.first as? Tensor else { return nil }
          return [try replaced(first, perSample: true)] + inputs.dropFirst()
        }))
      } else {
        table.onForward(module) { _, _, out in
          if let tensor = out as? Tensor { return try replaced(tensor, perSample: true) }
          guard var list = out as? List, let first = list.items.first as? Tensor else { return nil }
          list.items[0] = try replaced(first, perSample: true)
          return list
        }
      }
      return try metric(run(c.model, c.x)).doubles()
    case .features: return try metric(run(c.model, replaced(c.x, perSample: true))).doubles()
    }
  }

  private func subjects(_ model: Module) -> [(EffectSubject, EffectPlace)] {
    model.namedParameters.map { (.parameter($0.name, $0.parameter), .w) }
      + model.namedModules.dropFirst().flatMap { [(.module($0.name, $0.module), .a), (.module($0.name, $0.module), .z)] } + [(.features, .x)]
  }

  private func request(_ effect: FormulaEffect, _ c: EffectModels.Case) -> EffectRequest {
    EffectRequest(effect, of: c.model, on: c.x, c.y, for: .loss(.auto), in: Run(generator: Generator(seed: 1)))
  }

  /// What is measured, and the same written out.
  private let metrics: [(EffectMetric, (Tensor, Tensor) throws -> Tensor)] = [
    (.loss, { out, y in try out.logSoftmax(1).gather(1, y.reshape([-1, 1])).reshape([-1]) * -1 }),
    (.accuracy, { out, y in try out.argmax(1).eq(y).to(.float32) }),
    (.logprob, { out, y in try out.logSoftmax(1).gather(1, y.reshape([-1, 1])).reshape([-1]) }),
    (.classLogit(1), { out, _ in try out.select(1, 1) }),
  ]

  @Test("every plan gives the numbers of the plain definition", arguments: 0..<100)
  func plans(number: Int) throws {
    try Recording.with(.none) {
      let c = try EffectModels.model(number), generator = Generator(seed: UInt64(1000 + number))
      c.model.setTraining(false)
      let before = try c.model.namedParameters.map { try $0.parameter.value.doubles() }
      let all = subjects(c.model)
      for _ in 0..<3 {
        let (subject, place) = all[try EffectModels.draw(generator, all.count)]
        let (metric, values) = metrics[try EffectModels.draw(generator, metrics.count)]
        let number = try EffectModels.draw(generator, 3), set = Double(number) - 0.7
        let action = number == 0 ? EffectAction.zero : number == 1 ? .mean : .set(.number(set))
        var request = request(FormulaEffect(.rise(action, place), of: metric), c)
        let each: [ScoreEach] = [.element, .element, .element, .tensor, .unit, .channel]
        request.each = each[try EffectModels.draw(generator, each.count)]
        if try EffectModels.draw(generator, 4) == 0 { request.memory = 2000 }
        let site = try request.site(subject), isWeight = site.isWeight
        let runner: EffectRunner
        var roomy = request
        roomy.memory = 1e9
        do { runner = try EffectRunner(roomy, site) } catch EffectError.notCalled(let name) where name.hasSuffix("out_proj") {
          // Attention reads the weights of its projection without calling it.
          continue
        }
        let value = try request.result(on: subject), rows = try request.result(on: subject, keepsSamples: true).value
        let base = try values(Run(generator: generator)(c.model, c.x), c.y).doubles(), groups = runner.groups, n = c.x.shape[0]
        func new(_ old: Tensor) throws -> Tensor {
          if number == 0 { return try old * 0 }
          if number == 1 { return try isWeight ? old * 0 + old.mean() : old * 0 + old.mean([0], keepdim: true) }
          return try old * 0 + set
        }
        let samples = try rows.doubles(), means = try value.value.doubles()
        for g in 0..<groups.count {
          let changed = try plain(c, subject, input: place == .z, groups.places(g), new) { try values($0, c.y) }
          let rises = zip(changed, base).map { $0 - $1 }
          // Outputs of about 1 in float32, through some layers.
          let near = 3e-6 * (1 + rises.reduce(0) { max($0, abs($1)) })
          #expect(abs(means[g] - rises.reduce(0, +) / Double(n)) < near, "\(c.name) \(subject.words) \(place) \(request.effect) group \(g)")
          for i in 0..<n { #expect(abs(samples[i * groups.count + g] - rises[i]) < near, "\(c.name) \(subject.words) \(place) sample \(i) group \(g)") }
        }
      }
      #expect(try c.model.namedParameters.map { try $0.parameter.value.doubles() } == before)
    }
  }

  @Test("more units than a vector and more classes than a tile, before the last layer")
  func lastLayer() throws {
    try Recording.with(.none) {
      let generator = Generator(seed: 5)
      let layers: [Module] = try [Linear(6, 40, using: generator), ReLU(), Linear(40, 37, using: generator), ReLU(), Linear(37, 15, using: generator)]
      let model = Sequential(layers), x = try generator.normal([50, 6], mean: 0, std: 2, .float32)
      let c = EffectModels.Case(name: "wide", model: model, x: x, y: try generator.integers([50], from: 0, to: 15))
      let base = try metrics[0].1(Run(generator: generator)(model, x), c.y).doubles()
      let subjects: [(EffectSubject, EffectPlace)] = try [(.module("1", layers[1]), .a)] + model.namedParameters.prefix(2).map { (.parameter($0.name, $0.parameter), .w) }
      for (subject, place) in subjects {
        for metric in [0, 2] {
          let request = request(FormulaEffect(.rise(.zero, place), of: metrics[metric].0), c)
          let means = try request.result(on: subject).value.doubles()
          for g in stride(from: 0, to: means.count, by: place == .w ? 7 : 1) {
            let changed = try plain(c, subject, input: false, [g], { try $0 * 0 }) { try metrics[0].1($0, c.y) }
            let rise = zip(changed, base).map { $0 - $1 }.reduce(0, +) / 50
            #expect(abs(means[g] - (metric == 0 ? rise : -rise)) < 3e-6, "\(subject.words) \(metric) \(g)")
          }
        }
      }
    }
  }
}
