@testable import Engine
import Testing

/// The history and the backward pass.
@Suite struct AutogradTests {
  @Test("gradients gather over passes and are kept at leaves alone")
  func accumulation() throws {
    let x = try Tensor([1.0, 2]).requiringGrad(), y = try x * x
    try y.sum().backward()
    try (x * 3).sum().backward()
    #expect(try x.grad?.doubles() == [5, 7])
    #expect(y.grad == nil && x.isLeaf && !y.isLeaf)
  }

  @Test("a value used twice gets both gradients")
  func sharing() throws {
    let x = try Tensor([2.0]).requiringGrad(), y = try x * x
    let z = try (y + y * y).sum()
    #expect(try z.gradients(with: [x])[0]?.doubles() == [2 * 2 + 4 * 8])
  }

  @Test("gradients of inner values and of what is not reached")
  func targets() throws {
    let x = try Tensor([2.0]).requiringGrad(), other = try Tensor([1.0]).requiringGrad()
    let y = try x * x, z = try (y * 3).sum()
    let g = try z.gradients(with: [y, other, x])
    #expect(try g[0]?.doubles() == [3] && g[1] == nil && g[2]?.doubles() == [12])
  }

  @Test("derivatives of derivatives")
  func higher() throws {
    let x = try Tensor([3.0]).requiringGrad()
    var y = try x.raised(4).sum()
    var found: [Double] = []
    for _ in 0..<4 {
      let g = try #require(try y.gradients(with: [x], keepsHistory: true)[0])
      y = try g.sum()
      found.append(try y.item())
    }
    #expect(found == [108, 108, 72, 24])
  }

  @Test("a long history is freed without using the stack")
  func longHistory() throws {
    let x = try Tensor([1.0]).requiringGrad()
    var y = try x * 1
    for _ in 0..<1_000_000 { y = try y + 1 }
    #expect(try y.gradients(with: [x])[0]?.doubles() == [1])
  }

  @Test("hooks see and replace gradients, and may start passes of their own")
  func hooks() throws {
    let x = try Tensor([2.0]).requiringGrad(), y = try x * x
    var depth = 0
    _ = try y.addHook(id: 2) { g in
      depth += 1
      // The pass inside meets this hook as well, which then starts no other.
      guard depth == 1 else { return nil }
      let inner = try Recording.with(.required) { try y.sum().gradients(with: [x]) }
      #expect(try inner[0]?.doubles() == [4])
      return try g * 10
    }
    #expect(try y.sum().gradients(with: [x])[0]?.doubles() == [40])
    #expect(depth == 2)
  }

  @Test("a hook that throws ends the pass and leaves no gradient")
  func throwingHook() throws {
    let x = try Tensor([2.0]).requiringGrad(), y = try x * x
    _ = try y.addHook(id: 1) { _ in throw TensorError.interrupted }
    #expect(error { try y.sum().backward() } == .interrupted)
    #expect(x.grad == nil && Recording.current == .required)
  }

  @Test("a value that was written over since is noticed")
  func versions() throws {
    let x = try Tensor([2.0]).requiringGrad(), y = try x * 1
    let z = try (y * y).sum()
    try y.assign(Tensor.number(5.0), at: [.at(0)], journal: Journal())
    #expect(error { _ = try z.gradients(with: [x]) } == .modifiedInPlace("*"))
  }

  @Test("gradients go through writes")
  func writing() throws {
    let x = try Tensor([1.0, 2, 3]).requiringGrad(), v = try Tensor([5.0]).requiringGrad()
    let y = try x * 1
    try y.assign(v, at: [.slice(from: 1, to: 2, step: 1)], journal: Journal())
    let g = try (y * y).sum().gradients(with: [x, v])
    #expect(try g[0]?.doubles() == [2, 0, 6] && g[1]?.doubles() == [10])
  }

  @Test("nothing is recorded where nothing requires a gradient, or recording is off")
  func recording() throws {
    let plain = try Tensor([1.0]), leaf = plain.requiringGrad()
    #expect(try (plain + plain).isLeaf)
    #expect(try Recording.with(.none) { try (leaf + leaf).isLeaf })
    #expect(try !Recording.with(.all) { try (plain + plain).isLeaf })
    #expect(error { try (plain + plain).backward() } != nil)
    #expect(error { try Tensor([1.0, 2]).requiringGrad().backward() } == .notScalar([2]))
  }

  @Test("gradients of cross-entropy that were worked out ahead", arguments: [3, 40], [Reduction.mean, .sum, .none])
  func crossEntropyAhead(_ classes: Int, _ reduction: Reduction) throws {
    let generator = Generator(seed: 1), x = try generator.normal([5, classes]).requiringGrad(), labels = try Tensor([0, 2, 1, 2, 0])
    let seed = try reduction == .none ? generator.normal([5]) : Tensor.full([], 2.5)
    let expected = try -(x.logSoftmax(1).gather(1, labels.unsqueeze(1)).squeeze([1])).reduced(reduction)
    let right = try #require(try expected.gradients(with: [x], seed: seed)[0])
    // The second time nothing is left of what was worked out ahead, and a new history has its own.
    for y in [try x.crossEntropy(labels, reduction), try x.crossEntropy(labels, reduction)] {
      for _ in 0..<2 {
        let g = try #require(try y.gradients(with: [x], seed: seed)[0])
        #expect(zip(try g.doubles(), try right.doubles()).allSatisfy { abs($0 - $1) < 1e-6 })
        try g.copyNumbers(of: Tensor.zeros([5, classes]))
      }
    }
  }

  @Test("slopes at the points where PyTorch chooses one")
  func kinks() throws {
    func slope(_ x: Double, _ f: (Tensor) throws -> Tensor) throws -> Double? {
      let x = try Tensor([x]).requiringGrad()
      return try f(x).sum().gradients(with: [x])[0]?.doubles()[0]
    }
    #expect(try slope(0) { try $0.abs() } == 0)
    #expect(try slope(0) { try $0.relu() } == 0)
    #expect(try slope(0) { try $0.norm() } == 0)
    #expect(try slope(1) { try Tensor.cat([$0, $0]).std() } == 0)
    #expect(try slope(0) { try $0.raised(0) } == 0)
    #expect(try slope(0) { try $0.square() } == 0)
    #expect(try slope(1) { try $0.clamp(low: -1, high: 1) } == 1)
    #expect(try slope(1) { try $0.maximum(Tensor([1.0])) } == 0.5)
    #expect(try slope(0) { try $0.sqrt() } == .infinity)
    #expect(try slope(2) { try Tensor.cat([$0, $0.detached()]).amax() } == 0.5)
  }
}
