import Builtins
@testable import Engine
import Testing

/// What every operation of the list obeys.
@Suite struct OperationLaws {
  static let differentiable: [String] = Operations.all.filter { gradientRange($0) != nil }.map(\.name)

  static func gradientRange(_ operation: Builtin<Void>) -> ClosedRange<Double>? {
    for case .gradient(let range) in operation.laws { return range }
    return nil
  }

  @Test("every operation has a summary, help for each argument, and an example that says what it prints")
  func documented() {
    for operation in Operations.all {
      #expect(!operation.summary.isEmpty, "\(operation.name)")
      #expect(operation.examples.contains { $0.code.contains(operation.name) && !$0.gives.isEmpty }, "\(operation.name)")
      for parameter in operation.parameters { #expect(!parameter.help.isEmpty, "\(operation.name) \(parameter.name)") }
    }
    for operation in RandomOperations.all {
      #expect(operation.examples.contains { $0.code.contains(operation.name) && !$0.gives.isEmpty }, "\(operation.name)")
    }
  }

  @Test("names are unique")
  func unique() {
    let names = Operations.all.map(\.name) + RandomOperations.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test("first and second derivatives agree with central differences", arguments: differentiable)
  func gradient(_ name: String) throws {
    let operation = try #require(builtin(name))
    let range = try #require(Self.gradientRange(operation))
    var numbers = Numbers(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let count = operation.parameters.count { $0.isRequired && ($0.expectation == Tensor.expectation || $0.gather == .positional) }
    let inputs = try (0..<count).map { _ in try numbers.tensor([3, 3], in: range).requiringGrad() }
    func run(_ x: [Tensor]) throws -> Tensor {
      let out = tensors(in: try operation.call((), x.map { Passed(nil, $0) }))
      return try weightedSum(out.filter { $0.dtype.isFloating })
    }
    try checkGradients(of: run, at: inputs, name)
  }

  @Test("operations with arguments beside tensors: derivatives agree with central differences", arguments: DifferentiableCase.all)
  func gradientOfCase(_ test: DifferentiableCase) throws {
    var numbers = Numbers(seed: 11)
    let inputs = try test.shapes.map { try numbers.tensor($0, in: test.range).requiringGrad() }
    try checkGradients(of: { try weightedSum(tensors(in: try test.body($0)).filter { $0.dtype.isFloating }) }, at: inputs, test.name)
  }
}

/// One number of several outputs, with a weight of its own for each element.
func weightedSum(_ outputs: [Tensor]) throws -> Tensor {
  var total = try Tensor.zeros([], .float64)
  for y in outputs {
    let weights = try Tensor((0..<y.count).map { 0.3 + Double($0 * 7 % 11) / 10 }, y.shape)
    total = try total + (y * weights).sum()
  }
  return total
}

/// float64: with a step of 1e-5 the differences are off by the step squared and by rounding over the step, about 1e-10 of
/// the size of the function in first order and the same of the gradient in second.
func checkGradients(of f: ([Tensor]) throws -> Tensor, at x: [Tensor], _ name: String, tolerance: Double = 2e-7) throws {
  func gradients(_ x: [Tensor]) throws -> [Tensor] {
    let g = try f(x).gradients(with: x, keepsHistory: true)
    return try zip(g, x).map { try $0 ?? Tensor.zeros($1.shape, .float64) }
  }
  // Once without history, where fused rules run, and once with it.
  let plain = try f(x).gradients(with: x), recorded = try gradients(x)
  for (i, (a, b)) in zip(plain, recorded).enumerated() {
    guard let a else { continue }
    #expect(try a.distance(to: b) < 1e-10, "\(name): the gradient of input \(i) depends on whether it is recorded")
  }
  let numeric = try differences(f, x)
  for (i, (a, b)) in zip(recorded, numeric).enumerated() {
    #expect(try a.distance(to: b) < tolerance * (1 + largest(b)), "\(name): gradient of input \(i)")
  }
  func projected(_ x: [Tensor]) throws -> Tensor { try weightedSum(gradients(x)) }
  let value = try projected(x)
  let second = try value.requiresGrad ? value.gradients(with: x) : x.map { _ in nil }
  for (i, (a, b)) in zip(second, try differences(projected, x)).enumerated() {
    let found = try a ?? Tensor.zeros(b.shape, .float64)
    #expect(try found.distance(to: b) < 10 * tolerance * (1 + largest(b)), "\(name): second derivative for input \(i)")
  }
}

private func largest(_ x: Tensor) throws -> Double { try x.doubles().map { Swift.abs($0) }.max() ?? 0 }

private func differences(_ f: ([Tensor]) throws -> Tensor, _ x: [Tensor]) throws -> [Tensor] {
  let step = 1e-5
  return try x.indices.map { i in
    let numbers = try x[i].doubles()
    let slopes = try numbers.indices.map { k in
      func value(_ shift: Double) throws -> Double {
        var moved = numbers
        moved[k] += shift
        var inputs = x
        inputs[i] = try Tensor(moved, x[i].shape).requiringGrad()
        return try f(inputs).item()
      }
      return try (value(step) - value(-step)) / (2 * step)
    }
    return try Tensor(slopes, x[i].shape)
  }
}
