import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct CumulativeTests {
  @Test("cumulative effects set all that matter more to the same, in their order")
  func order() throws {
    let generator = Generator(seed: 51), model = try Models.mlp(generator), (x, y) = try Models.data(generator)
    let layer = try #require(model.layers.first { $0.name == "act1" }).module
    for keeps in [false, true] {
      var request = EffectRequest(FormulaEffect(.cumulative(.zero, .a), of: .loss), of: model, on: x, y, for: .loss(.auto), in: Run(generator: generator))
      request.memory = keeps ? 1e9 : 3000
      let made = try request.result(on: .module("act1", layer), keepsSamples: keeps).value
      let single = EffectRequest(FormulaEffect(.rise(.zero, .a), of: .loss), of: model, on: x, y, for: .loss(.auto), in: Run(generator: generator))
      let alone = try single.result(on: .module("act1", layer)).value.doubles()
      let order = alone.indices.sorted { alone[$0] > alone[$1] }
      func loss(_ gone: [Int]) throws -> [Double] {
        let table = HookTable(), mask = try Tensor((0..<12).map { gone.contains($0) ? 0.0 : 1 }, [1, 12]).to(.float32)
        table.onForward(layer) { _, _, out in try Tensor.accept(out).map { try $0 * mask } }
        return try Objective.loss(.auto).perSample(Run([table], generator: generator)(model, x), y).doubles()
      }
      let base = try loss([]), numbers = try made.doubles()
      for (k, unit) in order.enumerated() {
        let rises = zip(try loss(Array(order[...k])), base).map { $0 - $1 }
        if keeps {
          for (i, rise) in rises.enumerated() { #expect(abs(numbers[i * 12 + unit] - rise) < 1e-5) }
        } else {
          #expect(abs(numbers[unit] - rises.reduce(0, +) / 10) < 1e-5)
        }
      }
    }
  }
}
