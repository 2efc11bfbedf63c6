import Builtins
@testable import Engine
import Testing

/// What a user can get wrong, and what is said.
@Suite struct ErrorTests {
  private func ones(_ shape: [Int]) throws -> Tensor { try Tensor.ones(shape) }
  private func message(_ body: () throws -> Void) -> String { error(of: body)?.description ?? "nothing" }

  @Test("losses name the shapes and the labels that they met")
  func losses() throws {
    #expect(message { _ = try ones([3]).mseLoss(ones([3, 1])) }.contains("a target of [3]"))
    #expect(message { _ = try ones([3]).mseLoss(ones([3, 1])) }.contains("every number would meet every other"))
    #expect(message { _ = try ones([2, 3]).crossEntropy(Tensor([0, 3])) } == "cross_entropy: label 3 is not in 0 to 2")
    #expect(message { _ = try ones([2, 3]).crossEntropy(Tensor([0, -1]), smoothing: 0.1) } == "cross_entropy: label -1 is not in 0 to 2")
    #expect(message { _ = try ones([2, 3]).crossEntropy(Tensor([0, 1, 2])) }.contains("a target of [2], got [3]"))
    #expect(message { _ = try ones([2, 3]).crossEntropy(ones([2])) }.contains("class numbers"))
    #expect(message { _ = try (ones([2]) * 2).binaryCrossEntropy(ones([2])) }.contains("got 2.0"))
  }

  @Test("integer division by zero", arguments: ["//", "%", "fmod"])
  func divisionByZero(_ name: String) throws {
    let (a, b) = (try Tensor([1, 2]), try Tensor([1, 0]))
    let met = error {
      _ = name == "//" ? try a.floorDivide(b) : name == "%" ? try a.remainder(b) : try a.fmod(b)
    }
    #expect(met == .divisionByZero(name))
  }

  @Test("nothing to choose from")
  func empty() throws {
    for name in ["max", "min", "amax", "amin", "argmax", "argmin", "median"] {
      #expect(error { _ = try builtin(name)?.call((), [Passed(nil, Tensor.zeros([0]))]) } != nil, "\(name)")
    }
    #expect(try ones([0]).sum().item() == 0)
    #expect(try ones([0]).mean().item().isNaN)
    #expect(try ones([0]).prod().item() == 1)
  }

  @Test("sizes that are negative or too large", arguments: [
    ("zeros", "[-1]"), ("zeros", "[4611686018427387904, 4]"), ("zeros", "[1000000000000]"), ("eye", "9000000000000000000"), ("eye", "-3"),
    ("arange", "1000000000000000"), ("arange", "9223372036854775807"), ("full", "[1000000, 1000000, 1000000]"),
  ])
  func sizes(_ name: String, _ size: String) throws {
    let numbers = size.filter { $0 != "[" && $0 != "]" }.split(separator: ",").compactMap { Int($0.drop { $0 == " " }) }
    let value: any Value = size.hasPrefix("[") ? List(numbers) : numbers[0]
    let passed = name == "full" ? [Passed(nil, value), Passed(nil, 1)] : [Passed(nil, value)]
    #expect(error { _ = try builtin(name)?.call((), passed) } != nil)
  }

  @Test("other sizes that are out of reach")
  func otherSizes() throws {
    let x = try ones([2, 3])
    let large = Int.max
    let attempts: [() throws -> Void] = [
      { _ = try x.tiled([large, large], "tile") }, { _ = try x.tiled([1 << 40, 1 << 40], "tile") }, { _ = try x.expand([1 << 40, 1 << 30, 2, 3]) },
      { _ = try x.pad([large, large]) }, { _ = try x.pad([-2, -2]) }, { _ = try x.pad([.min, 0]) }, { _ = try x.pad([1]) },
      { _ = try Tensor([large]).oneHot() }, { _ = try Tensor([0]).oneHot(large) }, { _ = try Tensor([-1]).oneHot() },
      { _ = try Tensor([large]).bincount(nil, 0) }, { _ = try x.diag(3).diag(large) }, { _ = try x.select(0, 0).diag(.min) },
      { _ = try x.reshape([large, large]) }, { _ = try x.reshape([-1, -1]) }, { _ = try x.reshape([-1, 0]) }, { _ = try x.narrow(0, 1, large) },
      { _ = try x.narrow(0, .min, 1) }, { _ = try x.split(0) }, { _ = try x.split([large, large]) }, { _ = try x.repeatInterleave(Tensor([large]), 0) },
      { _ = try x.unsqueeze(large) }, { _ = try x.squeeze([.min]) }, { _ = try Tensor.linspace(0, 1, -1) }, { _ = try Tensor.linspace(0, 1, large) },
      { _ = try x.topk(4) }, { _ = try x.indexSelect(0, Tensor([2])) }, { _ = try x.gather(0, Tensor([5], [1, 1])) }, { _ = try x.permute([0, 0]) },
      { _ = try Tensor([2]).pow(Tensor([-1])) }, { _ = try x.quantile(Tensor.number(1.5)) }, { _ = try x.groupNorm(2) }, { _ = try x.layerNorm([2]) },
      { _ = try Tensor.cat([x, Tensor.ones([2, 2])]) }, { _ = try Tensor.stack([x, Tensor.ones([2])]) }, { _ = try x.matmul(x) },
      { _ = try Tensor.einsum("ij,jk->ik", [x, x]) }, { _ = try Tensor.einsum("ij->i!", [x]) }, { _ = try Tensor.einsum("ij->k", [x]) },
      { _ = try Tensor.einsum("i", [x]) }, { _ = try Tensor.einsum("..i..", [x]) }, { _ = try Tensor.einsum("", []) }, { _ = try x.item() },
      { _ = try x.embedding(Tensor([2])) }, { _ = try x.embedding(Tensor([-1])) }, { _ = try Tensor.ones(Array(repeating: 1, count: 17)) },
    ]
    for (i, attempt) in attempts.enumerated() { #expect(error(of: attempt) != nil, "attempt \(i)") }
    #expect(try x.roll([.max, .min], [0, 1]).shape == [2, 3])
    #expect(try x.diagonal(.min).shape == [0] && x.diagonal(.max).shape == [0])
    #expect(try x.triangle(isLower: true, .max).doubles() == x.doubles() && x.triangle(isLower: true, .min).sum().item() == 0)
  }

  @Test("ragged lists say where")
  func ragged() throws {
    func message(_ value: any Value) -> String { self.message { _ = try NestedNumbers(value).tensor(nil) } }
    #expect(message(List([List([1, 2]), List([3])])).contains("1 at [1], 2 before it"))
    #expect(message(List([List([1, 2]), 3])).contains("at [1]"))
    #expect(message(List([1, List([2])])).contains("at [1]"))
    #expect(message(List(["a"])).contains("a string at [0]"))
    #expect(try NestedNumbers(List([List([1, 2.5]), List([true, 4])])).tensor(nil).dtype == .float32)
    #expect(try NestedNumbers(List([])).tensor(nil).shape == [0])
  }
}
