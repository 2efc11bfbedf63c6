@testable import Engine
import Testing

/// PyTorch's rules for the dtype and the shape of a result.
@Suite struct PromotionTests {
  static let names: [DType] = [.bool, .int64, .float32, .float64]

  private func make(_ dtype: DType, _ shape: [Int]) throws -> Tensor { try Tensor.ones(shape, dtype) }

  @Test("tensors with dimensions: the higher category, then the wider type")
  func dimensioned() throws {
    let table: [[DType]] = [
      [.bool, .int64, .float32, .float64],
      [.int64, .int64, .float32, .float64],
      [.float32, .float32, .float32, .float64],
      [.float64, .float64, .float64, .float64],
    ]
    for (i, a) in Self.names.enumerated() {
      for (j, b) in Self.names.enumerated() {
        #expect(try (make(a, [2]) + make(b, [2])).dtype == table[i][j], "\(a) + \(b)")
      }
    }
  }

  @Test("a tensor without dimensions counts only where its category is higher")
  func dimensionless() throws {
    let table: [[DType]] = [
      [.bool, .int64, .float32, .float64],
      [.int64, .int64, .float32, .float64],
      [.float32, .float32, .float32, .float32],
      [.float64, .float64, .float64, .float64],
    ]
    for (i, a) in Self.names.enumerated() {
      for (j, b) in Self.names.enumerated() {
        #expect(try (make(a, [2]) + make(b, [])).dtype == table[i][j], "\(a)[2] + \(b)[]")
      }
    }
  }

  @Test("a plain number gives way; a real one makes integers float32")
  func numbers() throws {
    #expect(try (make(.float32, [2]) * Tensor.number(2.5)).dtype == .float32)
    #expect(try (make(.float64, [2]) * Tensor.number(2.5)).dtype == .float64)
    #expect(try (make(.int64, [2]) * Tensor.number(2.5)).dtype == .float32)
    #expect(try (make(.int64, [2]) * Tensor.number(2)).dtype == .int64)
    #expect(try (make(.bool, [2]) * Tensor.number(2)).dtype == .int64)
    #expect(try (make(.int64, []) * Tensor.number(2.5)).dtype == .float32)
    #expect(try (Tensor.number(0.1) + Tensor.number(0.2)).item() == 0.1 + 0.2)
    #expect(try make(.bool, [1]).selecting(Tensor.number(1.0), Tensor.number(2)).dtype == .float32)
  }

  @Test("division of integers is real, functions of integers are float32")
  func real() throws {
    #expect(try (make(.int64, [2]) / make(.int64, [2])).dtype == .float32)
    #expect(try make(.int64, [2]).sqrt().dtype == .float32)
    #expect(try make(.bool, [2]).exp().dtype == .float32)
    #expect(try make(.int64, [2]).square().dtype == .int64)
    #expect(try make(.bool, [2]).sum().dtype == .int64)
  }

  @Test("shapes stretch from the right", arguments: [
    ([2, 3], [3], [2, 3]), ([2, 1], [1, 4], [2, 4]), ([], [3], [3]), ([5, 1, 2], [3, 1], [5, 3, 2]), ([0, 1], [1, 3], [0, 3]), ([1], [0], [0]),
  ])
  func broadcasting(_ a: [Int], _ b: [Int], _ result: [Int]) throws {
    #expect(try (make(.float32, a) + make(.float32, b)).shape == result)
    #expect(try (make(.float32, b) * make(.float32, a)).shape == result)
  }

  @Test("shapes that do not fit name both")
  func mismatch() throws {
    let met = error { _ = try make(.float32, [2, 3]) + make(.float32, [4]) }
    #expect(met == .shapesDoNotBroadcast("+", [2, 3], [4]))
    #expect(met?.description == "shapes do not fit: `+` of [2, 3] and [4]")
  }

  @Test("elements meet as the slow loop says")
  func values() throws {
    var numbers = Numbers(seed: 3)
    for _ in 0..<200 {
      let rank = numbers.below(4)
      let full = (0..<rank).map { _ in numbers.below(4) }
      func partial() -> [Int] { Array(full.map { numbers.below(3) == 0 ? 1 : $0 }.dropFirst(numbers.below(rank + 1))) }
      let (sa, sb) = (partial(), partial())
      let a = try numbers.tensor(sa), b = try numbers.tensor(sb)
      let y = try a * b, (x1, x2) = (try a.doubles(), try b.doubles())
      let expected = Reference.places(y.shape).map { place in x1[Reference.flat(place, in: sa)] * x2[Reference.flat(place, in: sb)] }
      #expect(try y.doubles() == expected, "\(sa) * \(sb)")
    }
  }
}

/// Slow, plain second versions.
enum Reference {
  /// All positions of a shape, the last dimension fastest.
  static func places(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { list, size in list.flatMap { head in (0..<size).map { head + [$0] } } }
  }

  /// Where the position of a stretched tensor lies in one of `shape`.
  static func flat(_ place: [Int], in shape: [Int]) -> Int {
    zip(place.suffix(shape.count), shape).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : $1.0) }
  }
}
