import Builtins
@testable import Engine
import Testing

/// The stream of PyTorch's generator, through the operations. The numbers are what PyTorch 2.13 prints for the seed.
@Suite struct RandomTests {
  private func draw(_ name: String, _ passed: [Passed], seed: UInt64 = 0) throws -> Tensor {
    let operation = try #require(RandomOperations.all.first { $0.name == name })
    return try #require(try operation.call(Generator(seed: seed), passed) as? Tensor)
  }

  @Test("rand")
  func rand() throws {
    let expected = [0.49625658988952637, 0.7682217955589294, 0.08847743272781372, 0.13203048706054688, 0.30742281675338745]
    let found = try draw("rand", [Passed(nil, 5)]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("randn of a few")
  func randn() throws {
    let expected = [1.5409960746765137, -0.293428897857666, -2.1787893772125244]
    let found = try draw("randn", [Passed(nil, 3)]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("randn of a block and more")
  func randnBlock() throws {
    let expected = [-1.1258398294448853, -1.6959311962127686, 0.5666506290435791, 0.7935083508491516, 0.5988394618034363, -1.5550950765609741, -0.3413603901863098, 1.85300612449646, 0.46809640526771545, -0.5854975581169128, -0.1733967512845993, 0.18347793817520142, 1.3893661499023438, 1.586334228515625, 0.946298360824585, -0.843676745891571, 0.9318265914916992]
    let found = try draw("randn", [Passed(nil, 17)]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 } && found.count == expected.count, "\(found)")
  }

  @Test("randint")
  func randint() throws {
    let expected = [4.0, 9.0, 3.0, 0.0, 3.0, 9.0]
    let found = try draw("randint", [Passed(nil, 0), Passed(nil, 10), Passed(nil, List([6]))]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("randperm")
  func randperm() throws {
    let expected = [4.0, 0.0, 5.0, 3.0, 2.0, 6.0, 1.0]
    let found = try draw("randperm", [Passed(nil, 7)]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("bernoulli of a tensor")
  func bernoulli() throws {
    let expected = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    let found = try draw("bernoulli", [Passed(nil, Tensor.full([8], 0.3))]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("normal of tensors")
  func normalOfTensors() throws {
    let expected = [1.1540995836257935, 1.9413142204284668, 2.346363067626953]
    let found = try draw("normal", [Passed(nil, Tensor.of([1, 2, 3])), Passed(nil, Tensor.of([0.1, 0.2, 0.3]))]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("dropout")
  func dropped() throws {
    let expected = [0.0, 0.0, 1.6666666269302368, 0.0, 0.0, 0.0, 1.6666666269302368, 1.6666666269302368]
    let found = try draw("dropout", [Passed(nil, Tensor.ones([8])), Passed(nil, 0.4)]).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(found)")
  }

  @Test("randint takes its bounds as PyTorch does")
  func bounds() throws {
    let size = List([4])
    #expect(try draw("randint", [Passed(nil, 10), Passed(nil, size)]).doubles() == draw("randint", [Passed(nil, 0), Passed(nil, 10), Passed(nil, size)]).doubles())
    #expect(try draw("randint", [Passed("high", 10), Passed("size", size)]).shape == [4])
    #expect(error { _ = try draw("randint", [Passed(nil, 3), Passed(nil, 3), Passed(nil, size)]) } != nil)
    #expect(error { _ = try draw("rand", [Passed(nil, List([-1]))]) } != nil)
    #expect(error { _ = try draw("randperm", [Passed(nil, 1 << 49)]) } != nil)
  }

  @Test("dropout keeps the mean, and does nothing outside training")
  func dropout() throws {
    let x = try Tensor.ones([1000]), y = try x.dropout(0.25, using: Generator(seed: 1))
    #expect(try Set(y.floats()) == [0, Float(1 / 0.75)])
    #expect(try x.dropout(0.25, isTraining: false, using: Generator(seed: 1)) === x)
    #expect(try x.dropout(1, using: Generator(seed: 1)).sum().item() == 0)
  }
}
