import Builtins
import Engine
import NN
import Testing

@testable import Importance

@Suite struct AttributionTests {
  private func call(_ name: String, _ arguments: [any Value], in run: Run) throws -> any Value {
    try #require(Methods.all.first { $0.name == name }).call(run, arguments.map { Passed(nil, $0) })
  }

  /// Row by row and output by output, by central differences in double precision.
  private func plain(_ model: Module, _ x: Tensor, _ targets: [Int], _ run: Run) throws -> [Double] {
    let numbers = try x.doubles(), width = x.count / x.shape[0], step = 1e-6
    return try numbers.indices.map { i in
      func value(_ shift: Double) throws -> Double {
        var moved = numbers
        moved[i] += shift
        let y = try run(model, Tensor(moved, x.shape))
        return try y.reshape([y.count]).doubles()[i / width * (y.count / x.shape[0]) + targets[i / width]]
      }
      return try (value(step) - value(-step)) / (2 * step)
    }
  }

  private func setting() throws -> (model: Module, x: Tensor, run: Run) {
    let generator = Generator(seed: 4)
    let model = try Sequential(named: [
      ("fc1", Linear(3, 5, dtype: .float64, using: generator)), ("act", Tanh()), ("fc2", Linear(5, 4, dtype: .float64, using: generator)),
    ])
    return (model, try generator.normal([3, 3], mean: 0, std: 1, .float64), Run(generator: generator))
  }

  @Test("saliency is the size of the gradient of each row's own target, and input times gradient its product")
  func rows() throws {
    let (model, x, run) = try setting()
    let targets: [(any Value, [Int])] = [(2, [2, 2, 2]), (List([0, 3, 1]), [0, 3, 1]), (try Tensor([1, 1, 2]), [1, 1, 2]), (try Tensor([3], []), [3, 3, 3])]
    for (target, positions) in targets {
      let expected = try plain(model, x, positions, run)
      let found = try #require(try call("saliency", [model, x, target], in: run) as? Tensor).doubles()
      #expect(zip(found, expected).allSatisfy { abs($0 - abs($1)) < 1e-8 })
      let signed = try #require(try call("saliency", [model, x, target, None(), false], in: run) as? Tensor).doubles()
      #expect(zip(signed, expected).allSatisfy { abs($0 - $1) < 1e-8 })
      let products = try #require(try call("input_x_gradient", [model, x, target], in: run) as? Tensor).doubles()
      #expect(try zip(products, zip(expected, x.doubles())).allSatisfy { abs($0 - $1.0 * $1.1) < 1e-8 })
    }
    #expect(x.isLeaf && !x.requiresGrad && model.namedParameters.allSatisfy { $0.parameter.value.grad == nil })
  }

  /// Outputs of several dimensions, and inputs beside the one that is explained.
  private final class Several: Module {
    override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
      guard let a = inputs[0] as? Tensor, let b = inputs[1] as? Tensor else { return None() }
      let y = try (a * b).unsqueeze(1) * Tensor([1.0, 10], [1, 2, 1])
      return inputs.count > 2 ? try y * (Tensor.accept(inputs[2]) ?? y) : y
    }
  }

  @Test("outputs of several dimensions, several inputs and further arguments")
  func several() throws {
    let run = Run(generator: Generator(seed: 0)), model = Several()
    let a = try Tensor([1.0, 2, 3, 4], [2, 2]), b = try Tensor([5.0, 6, 7, 8], [2, 2])
    let both = try #require(try call("saliency", [model, List([a, b]), List([1, 0])], in: run) as? List)
    #expect(try (both.items[0] as? Tensor)?.doubles() == [50, 0, 70, 0])
    #expect(try (both.items[1] as? Tensor)?.doubles() == [10, 0, 30, 0])
    let each = try call("saliency", [model, a, List([List([0, 1]), List([1, 0])]), List([b])], in: run)
    #expect(try (each as? Tensor)?.doubles() == [0, 6, 70, 0])
    let scaled = try call("saliency", [model, a, List([0, 1]), List([b, 2.0])], in: run)
    #expect(try (scaled as? Tensor)?.doubles() == [0, 12, 0, 16])
  }

  @Test("what does not fit is said")
  func errors() throws {
    let (model, x, run) = try setting()
    func fails(_ arguments: [any Value], _ expected: AttributionError) {
      #expect(throws: expected) { try call("saliency", arguments, in: run) }
    }
    fails([model, x], .needsTarget([3, 4]))
    fails([model, x, 4], .outside(4, size: 4, [3, 4]))
    fails([model, x, List([0, 1])], .count(2, rows: 3))
    fails([model, x, List([List([0, 1]), List([0, 1]), List([0, 1])])], .dimensions([0, 1], [3, 4]))
    fails([model, try Tensor([1, 2, 3], [1, 3]), 0], .input(0, .int64))
    fails([model, List([])], .noInputs)
    #expect(throws: ArgumentError.self) { try call("saliency", [model, x, "all"], in: run) }
  }

  @Test("one output for each row needs no target")
  func single() throws {
    let generator = Generator(seed: 1), model = try Sequential([Linear(2, 1, using: generator)])
    let found = try call("saliency", [model, Tensor.ones([2, 2])], in: Run(generator: generator))
    let weight = try model.namedParameters[0].parameter.value.doubles().map { abs($0) }
    #expect(try (found as? Tensor)?.doubles() == weight + weight)
  }
}
