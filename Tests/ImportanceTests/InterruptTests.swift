import Engine
import NN
import Testing

@testable import Importance

/// The interrupt flag belongs to the process, which other tests share: the error that it leads to is thrown here by a hook.
@Suite struct InterruptTests {
  @Test("a request that is stopped says so and leaves the mode of the model as it was")
  func interrupted() throws {
    let generator = Generator(seed: 2), model = try Models.normed(generator)
    let (x, y) = try Models.data(generator)
    let table = HookTable()
    var calls = 0
    table.onForward(model) { _, _, _ in
      calls += 1
      if calls == 3 { throw TensorError.interrupted }
      return nil
    }
    let request = try Scoring(F.call("mean", F.g ^ 2), of: model, model.namedParameters, on: x, y, in: Run([table], generator: generator))
    #expect(throws: TensorError.interrupted) { try request.scores() }
    #expect(model.namedModules.allSatisfy { $0.module.isTraining })
  }
}
