import Builtins
import Engine
import NN
import Testing

@Suite struct SequentialTests {
  @Test("is built by place, by name, mixed and from a list")
  func building() throws {
    let a = ReLU(), b = Tanh(), c = Sigmoid()
    func names(_ arguments: [Passed]) throws -> [String] { try #require(try built("Sequential", arguments) as? Sequential).layers.map(\.name) }
    #expect(try names([Passed(nil, a), Passed(nil, b)]) == ["0", "1"])
    #expect(try names([Passed("act", a), Passed("out", b)]) == ["act", "out"])
    #expect(try Set(names([Passed(nil, a), Passed("act", b)])) == ["0", "act"])
    #expect(try names([Passed(nil, List([a, b, c]))]) == ["0", "1", "2"])
    #expect(try names([Passed(nil, Record([("x", a), ("y", b)]))]) == ["x", "y"])
    #expect(throws: TensorError.self) { try names([Passed(nil, 3)]) }
    #expect(throws: TensorError.self) { try names([Passed("a", a), Passed(nil, Record([("a", b)]))]) }
  }

  @Test("places count from either end, slices keep names and share parameters")
  func places() throws {
    let g = Generator(seed: 0), net = Sequential([try Linear(2, 3, using: g), ReLU(), try Linear(3, 1, using: g)])
    #expect(try net.module(at: 0) === net.layers[0].module)
    #expect(try net.module(at: -1) === net.layers[2].module)
    #expect(throws: TensorError.index(3, size: 3, dimension: 0)) { try net.module(at: 3) }
    #expect(throws: TensorError.index(-4, size: 3, dimension: 0)) { try net.module(at: -4) }
    #expect(throws: TensorError.self) { try net.module(at: .min) }
    #expect(try net.sliced(from: 1, to: nil).layers.map(\.name) == ["1", "2"])
    #expect(try net.sliced(from: 0, to: -1).layers.map(\.name) == ["0", "1"])
    #expect(try net.sliced(from: 2, to: 1).count == 0)
    #expect(try net.sliced(from: nil, to: nil, step: 2).module(at: 1) === net.layers[2].module)
  }

  @Test("a module used twice has its gradients added")
  func reuse() throws {
    let g = Generator(seed: 0), linear = try Linear(2, 2, dtype: .float64, using: g), net = Sequential([linear, Tanh(), linear])
    #expect(net.namedParameters.map(\.name) == ["0.weight", "0.bias"])
    #expect(try net.stateDict().keys == ["0.weight", "0.bias", "2.weight", "2.bias"])
    let x = try Tensor([0.3, -0.7], [1, 2]), run = Run(generator: g)
    func loss() throws -> Tensor { try run(net, x).sum() }
    let gradient = try #require(try loss().gradients(with: [linear.weight.value])[0]).doubles()
    for i in 0..<4 {
      let step = 1e-6
      func moved(_ d: Double) throws -> Double {
        var numbers = try linear.weight.value.doubles()
        numbers[i] += d
        let journal = Journal()
        try linear.weight.write(journal) { try linear.weight.value.copyNumbers(of: Tensor(numbers, [2, 2])) }
        defer { journal.rollBack() }
        return try loss().item()
      }
      // The error of a central difference is about the step squared and the rounding over the step.
      #expect(try abs((moved(step) - moved(-step)) / (2 * step) - gradient[i]) < 1e-8)
    }
  }

  @Test("NaN goes through layers that run as one with their ReLU, as it goes through them one at a time", arguments: [1, 2, 40, 400])
  func notANumber(_ rows: Int) throws {
    let g = Generator(seed: 9), run = Run(generator: g)
    let linear = try Sequential([Linear(4, 8, using: g), ReLU(), Linear(8, 8, using: g), ReLU()]), one = try Sequential([Linear(4, 8, using: g), ReLU()])
    let conv = try Sequential([Conv2d(16, 4, kernel: 3, padding: 1, using: g), ReLU()]), few = try Sequential([Conv2d(1, 4, kernel: 3, padding: 1, using: g), ReLU()])
    for (net, shape) in [(linear, [rows, 4]), (one, [rows, 4]), (conv, [min(rows, 3), 16, 6, 6]), (few, [min(rows, 3), 1, 6, 6])] {
      net.setTraining(false)
      let numbers = try g.normal(shape).doubles()
      for odd in [Float.nan, .infinity] {
        let x = try Tensor(numbers.enumerated().map { $0.offset == 1 ? odd : Float($0.element) }, shape)
        let made = try run(net, x).doubles(), apart = try net.layers.reduce(x) { try run($1.module, $0) }.doubles()
        #expect(zip(made, apart).allSatisfy { $0.isNaN == $1.isNaN && ($0.isNaN || $0 == $1 || abs($0 - $1) < 1e-4) })
        #expect(odd.isInfinite || made.contains(where: \.isNaN))
      }
    }
  }
}
