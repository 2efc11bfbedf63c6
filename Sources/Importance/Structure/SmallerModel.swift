import Builtins
import Engine
import NN

/// Holds a model that was made smaller to what it put out when the inputs that went were 0. A forward pass may have places
/// of units written into it, as where it moves them about, and would go on with others without a word.
struct SmallerModel {
  /// Inputs that go of a layer, along a dimension.
  typealias Gone = (module: Module, axis: Int, places: Set<Int>)

  private let model: Module, x: Tensor
  /// Nil where the model gives something else than a tensor, or what is left computes something else by nature.
  private let expected: Tensor?

  /// Before anything goes.
  /// - Parameter isSame: whether what is left computes what it did.
  init(_ model: Module, _ x: Tensor, without gone: [Gone], isSame: Bool) throws {
    (self.model, self.x) = (model, try Self.sample(x))
    let table = HookTable()
    for (module, axis, places) in gone {
      table.add(Hook(module, .pre { _, inputs in
        guard let input = inputs.first as? Tensor, input.rank > 0 else { return nil }
        let dim = axis < 0 ? input.rank - 1 : axis
        guard dim < input.rank else { return nil }
        var shape = Array(repeating: 1, count: input.rank)
        shape[dim] = input.shape[dim]
        let stays = try Tensor((0..<input.shape[dim]).map { !places.contains($0) }, shape)
        return [try stays.selecting(input, Tensor.zeros([], input.dtype))] + inputs.dropFirst()
      }))
    }
    expected = isSame ? try Self.output(model, self.x, [table]) as? Tensor : nil
  }

  /// After it went.
  func check() throws {
    let out: any Value
    // What is written into the model itself, such as a fixed shape, shows only when it runs.
    do { out = try Self.output(model, x, []) } catch {
      throw UseError.cannotResize(model.typeName, "its forward pass does not take the smaller layers: \(error)")
    }
    guard let expected, let out = out as? Tensor else { return }
    guard out.shape == expected.shape, try isNear(out, expected) else {
      throw UseError.cannotResize(model.typeName, "its forward pass computes something else with smaller layers, as where places of units are written into it")
    }
  }

  private func isNear(_ a: Tensor, _ b: Tensor) throws -> Bool {
    guard b.count > 0, b.dtype.isFloating else { return true }
    return try Recording.with(.none) {
      let largest = try b.abs().amax().to(.float64).item(), distance = try (a - b).abs().amax().to(.float64).item()
      // Sums of fewer numbers round otherwise.
      return !largest.isFinite || distance <= 1e-3 * largest + 1e-6
    }
  }

  private static func output(_ model: Module, _ x: Tensor, _ tables: [HookTable]) throws -> any Value {
    try model.evaluating { try Run(tables, generator: Generator(seed: 0))(model, [x]) }
  }

  /// The first sample; made-up numbers where it says nothing.
  private static func sample(_ x: Tensor) throws -> Tensor {
    let first = try x.detached().narrow(0, 0, 1)
    guard first.dtype.isFloating, try !first.ne(Tensor.zeros([], first.dtype)).any().bools().contains(true) else { return first }
    return try Generator(seed: 1).normal(first.shape).to(first.dtype)
  }
}
