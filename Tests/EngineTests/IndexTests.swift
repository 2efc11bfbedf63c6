@testable import Engine
import Testing

/// Reads and writes by index against a slow reference.
@Suite struct IndexTests {
  private func grid() throws -> Tensor { try Tensor((0..<24).map { Double($0) }, [2, 3, 4]) }

  @Test("numbers and slices are views")
  func views() throws {
    let x = try grid(), y = try x.indexed([.at(-1), .slice(from: 0, to: nil, step: 2)])
    #expect(y.shape == [2, 4] && y.storage === x.storage)
    #expect(try y.doubles() == [12, 13, 14, 15, 20, 21, 22, 23])
    #expect(try x.indexed([.ellipsis, .at(1)]).doubles() == [1, 5, 9, 13, 17, 21])
    #expect(try x.indexed([.newAxis, .at(0), .ellipsis, .newAxis]).shape == [1, 3, 4, 1])
    #expect(try x.indexed([.slice(from: 5, to: nil, step: 1)]).shape == [0, 3, 4])
    #expect(try x.indexed([.slice(from: nil, to: nil, step: .max)]).shape == [1, 3, 4])
    #expect(try x.indexed([.slice(from: .min, to: .max, step: 1)]).shape == [2, 3, 4])
  }

  @Test("random slices agree with the reference")
  func randomSlices() throws {
    var numbers = Numbers(seed: 5)
    let shape = [3, 4, 5], x = try Tensor((0..<60).map { Double($0) }, shape)
    for _ in 0..<300 {
      var kept: [[Int]] = [], indices: [Index] = [], shapeOut: [Int] = []
      for size in shape {
        if numbers.below(3) == 0 {
          let i = numbers.below(2 * size) - size
          indices.append(.at(i))
          kept.append([(i + size) % size])
        } else {
          let (from, to, step) = (numbers.below(2 * size + 4) - size - 2, numbers.below(2 * size + 4) - size - 2, 1 + numbers.below(3))
          indices.append(.slice(from: from, to: to, step: step))
          func clamp(_ i: Int) -> Int { min(size, max(0, i < 0 ? i + size : i)) }
          kept.append(Array(stride(from: clamp(from), to: clamp(to), by: step)))
          shapeOut.append(kept[kept.count - 1].count)
        }
      }
      let expected = kept[0].flatMap { a in kept[1].flatMap { b in kept[2].map { Double(a * 20 + b * 5 + $0) } } }
      let y = try x.indexed(indices)
      #expect(y.shape == shapeOut)
      #expect(try y.doubles() == expected)

      let z = try x.clone()
      try z.assign(Tensor.number(-1.0), at: indices, journal: Journal())
      let written = Set(expected)
      #expect(try z.doubles() == (0..<60).map { written.contains(Double($0)) ? -1 : Double($0) })
    }
  }

  @Test("positions and masks follow PyTorch's rules")
  func advanced() throws {
    let x = try grid(), i = try Tensor([0, 2]), j = try Tensor([1, -1])
    #expect(try x.indexed([.tensor(Tensor([1, 0, 1]))]).shape == [3, 3, 4])
    #expect(try x.indexed([.at(0), .tensor(i), .tensor(j)]).doubles() == [1, 11])
    // Positions that stand together stay in place, those that are apart go to the front.
    #expect(try x.indexed([.slice(from: nil, to: nil, step: 1), .tensor(i)]).shape == [2, 2, 4])
    #expect(try x.indexed([.tensor(Tensor([[0], [1]].flatMap { $0 }, [2, 1])), .slice(from: nil, to: nil, step: 1), .tensor(j)]).shape == [2, 2, 3])
    let mask = try x.gt(20)
    #expect(try x.indexed([.tensor(mask)]).doubles() == [21, 22, 23])
    #expect(try x.indexed([.at(1), .tensor(Tensor([false, true, false]))]).doubles() == [16, 17, 18, 19])
    #expect(try x.indexed([.tensor(Tensor([Int](), [0]))]).shape == [0, 3, 4])
  }

  @Test("writes stretch, cast and reach through views")
  func writes() throws {
    let x = try Tensor.zeros([2, 3])
    try x.assign(Tensor([1.0, 2, 3]), at: [.at(1)], journal: Journal())
    try x.transpose(0, 1).assign(Tensor.number(7), at: [.at(0)], journal: Journal())
    #expect(try x.doubles() == [7, 0, 0, 7, 2, 3])
    try x.assign(Tensor([9.0, 8]), at: [.tensor(Tensor([0, 1])), .tensor(Tensor([2, 2]))], journal: Journal())
    #expect(try x.doubles() == [7, 0, 9, 7, 2, 8])
    try x.assign(Tensor.number(5.0), at: [.tensor(x.gt(7.5))], journal: Journal())
    #expect(try x.doubles() == [7, 0, 5, 7, 2, 5])
    #expect(error { try x.assign(Tensor([1.0, 2]), at: [.at(0)], journal: Journal()) } == .shapesDoNotBroadcast("assignment", [3], [2]))
  }

  @Test("what is outside is named")
  func outside() throws {
    let x = try grid()
    #expect(error { _ = try x.indexed([.at(2)]) } == .index(2, size: 2, dimension: 0))
    #expect(error { _ = try x.indexed([.at(.min)]) } == .index(.min, size: 2, dimension: 0))
    #expect(error { _ = try x.indexed([.tensor(Tensor([0, 3]))]) } == .index(3, size: 2, dimension: 0))
    #expect(error { _ = try x.indexed([.at(0), .at(0), .at(0), .at(0)]) } != nil)
    #expect(error { _ = try x.indexed([.ellipsis, .ellipsis]) } != nil)
    #expect(error { _ = try x.indexed([.tensor(Tensor([true, false, true]))]) } != nil)
    #expect(error { _ = try x.indexed([.tensor(Tensor([0.5]))]) } != nil)
    #expect(error { _ = try x.indexed([.slice(from: nil, to: nil, step: -1)]) } != nil)
  }
}
