import Builtins
@testable import Engine
import Testing

/// Tensors whose channels lie last are the same tensors: only their order in memory differs.
@Suite struct LayoutTests {
  static let ofTensors: [String] = Operations.all.filter { operation in
    let required = operation.parameters.filter(\.isRequired)
    return !required.isEmpty && required.allSatisfy { $0.expectation == Tensor.expectation }
  }.map(\.name)

  /// The same numbers in both orders of memory.
  static func pair(_ shape: [Int], _ numbers: inout Numbers, in range: ClosedRange<Double> = 0.1...0.9) throws -> (plain: Tensor, last: Tensor) {
    let plain = try numbers.tensor(shape, in: range)
    return (plain, try plain.channelsLast())
  }

  @Test func knowsTheOrder() throws {
    var numbers = Numbers(seed: 3)
    let (plain, last) = try Self.pair([2, 3, 4, 5], &numbers)
    #expect(!plain.isChannelsLast && last.isChannelsLast && last.strides == [60, 1, 15, 3] && last.shape == plain.shape)
    #expect(try plain.doubles() == last.doubles())
    #expect(try Tensor.empty([2, 3, 4], channelsLast: true).strides == [12, 1, 3])
    #expect(try Tensor.empty([2, 1, 4, 4], channelsLast: true).isContiguous)
    #expect(try !plain.transpose(1, 2).isChannelsLast && !plain.slicedRows().isChannelsLast)
    #expect(try last.contiguous().isContiguous && last.contiguous().doubles() == plain.doubles())
  }

  @Test("operations give the same numbers and gradients in both orders", arguments: ofTensors)
  func sameNumbers(_ name: String) throws {
    let operation = try #require(builtin(name))
    let count = operation.parameters.count { $0.isRequired }
    var numbers = Numbers(seed: 5)
    let pairs = try (0..<count).map { _ in try Self.pair([2, 3, 4, 5], &numbers) }
    func run(_ x: [Tensor]) throws -> ([Tensor], [Tensor?]) {
      let inputs = x.map { $0.requiringGrad() }
      let out = tensors(in: try operation.call((), inputs.map { Passed(nil, $0) }))
      let real = out.filter { $0.dtype.isFloating && $0.requiresGrad }
      return (out, real.isEmpty ? [] : try weightedSum(real).gradients(with: inputs))
    }
    guard let (plain, slopes) = try? run(pairs.map(\.plain)) else { return }
    // Both, and one of each.
    for k in 0...count {
      let (last, found) = try run(pairs.enumerated().map { $0.offset == k ? $0.element.plain : $0.element.last })
      for (a, b) in zip(plain, last) { #expect(try a.distance(to: b) < 1e-12, "\(name)") }
      for case (let a?, let b?) in zip(slopes, found) { #expect(try a.distance(to: b) < 1e-10, "\(name)") }
    }
  }

  @Test func chainsStay() throws {
    var numbers = Numbers(seed: 7)
    for shape in [[2, 3, 4, 5], [2, 3, 4]] {
      let (_, x) = try Self.pair(shape, &numbers), (_, z) = try Self.pair(shape, &numbers)
      let bias = try numbers.tensor([3] + Array(repeating: 1, count: shape.count - 2))
      let x32 = try x.to(.float32), y = try ((x32 + z.to(.float32)).relu() * 2 + bias.to(.float32)).sigmoid().clamp(low: 0, high: 1)
      #expect(x32.isChannelsLast && y.isChannelsLast)
      #expect(try y.gt(0.5).isChannelsLast && y.gt(0.5).selecting(y, Tensor.zeros([1], .float32)).isChannelsLast)
      let leaf = x.requiringGrad()
      let gradient = try #require(try (leaf.relu() * z + leaf.tanh()).sum().gradients(with: [leaf])[0])
      #expect(gradient.shape == shape)
    }
  }

  @Test func reducesInEitherOrder() throws {
    var numbers = Numbers(seed: 9)
    for shape in [[2, 3, 4, 5], [2, 3, 4]] {
      let (plain, last) = try Self.pair(shape, &numbers)
      for mask in 0..<(1 << shape.count) {
        let dims = shape.indices.filter { mask >> $0 & 1 == 1 }
        for keepdim in [false, true] {
          #expect(try plain.sum(dims, keepdim: keepdim).distance(to: last.sum(dims, keepdim: keepdim)) < 1e-12, "\(dims)")
        }
      }
    }
  }
}

extension Tensor {
  fileprivate func slicedRows() throws -> Tensor { try indexed([.slice(from: nil, to: nil, step: 1), .slice(from: 0, to: 2, step: 1)]) }
}
