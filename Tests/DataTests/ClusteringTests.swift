import Builtins
import Engine
import Testing

@testable import Data

@Suite struct ClusteringTests {
  private func labels(_ x: Tensor, _ k: Int, seed: UInt64 = 0) throws -> [Int] {
    let value = try Builtin<Generator>.kmeans.call(Generator(seed: seed), [Passed(nil, x), Passed(nil, k)])
    return try #require(value as? Tensor).ints()
  }

  @Test("heaps that lie apart are found, whatever the seed", arguments: 0..<5)
  func heaps(seed: Int) throws {
    let generator = Generator(seed: UInt64(seed))
    let noise = try generator.normal([60, 3]).floats()
    let x = try Tensor((0..<180).map { noise[$0] + Float(20 * ($0 / 3 % 3)) }, [60, 3])
    let found = try labels(x, 3, seed: UInt64(seed))
    #expect(found == (0..<60).map { $0 % 3 })
  }

  @Test func edges() throws {
    let same = try Tensor.ones([4, 2])
    #expect(try labels(same, 1) == [0, 0, 0, 0])
    #expect(try Set(labels(same, 3)) == [0])
    #expect(try Set(labels(Tensor([1.0, 2, 3], [3, 1]), 3)) == [0, 1, 2])
    #expect(throws: TensorError.self) { try labels(same, 5) }
    #expect(throws: TensorError.self) { try labels(Tensor([1.0, .nan], [2, 1]), 2) }
    #expect(throws: TensorError.self) { try labels(Tensor([Float]()), 1) }
  }
}
