import Builtins
@testable import Engine
import Testing

/// Valid inputs of an odd kind, with what PyTorch 2.13 gives for them.
@Suite struct OddInputTests {
  @Test("sums, products and extremes of truth values are truth values")
  func truths() throws {
    let a = try Tensor([true, true, false]), b = try Tensor([true, false, false])
    for (name, expected) in [("add", [true, true, false]), ("mul", [true, false, false]), ("maximum", [true, true, false]),
      ("minimum", [true, false, false]), ("fmax", [true, true, false]), ("fmin", [true, false, false])] {
      let f = try #require(builtin(name)), y = try #require(f.call((), [Passed(nil, a), Passed(nil, b)]) as? Tensor)
      #expect(y.dtype == .bool, "\(name)")
      #expect(try y.bools() == expected, "\(name)")
    }
    #expect(try (a + Tensor([1, 2, 3])).doubles() == [2, 3, 3])
    #expect(try a.sum().item() == 2)
  }

  @Test("a shift by more places than there are, or by fewer than none")
  func shifts() throws {
    let a = try Tensor([3, -1, 2, 5, -7]), b = try Tensor([-1, 64, 63, 100, -3])
    #expect(try a.bitwise("bitwise_left_shift", b, .left).ints() == [0, 0, 0, 0, 0])
    #expect(try a.bitwise("bitwise_right_shift", b, .right).ints() == [0, -1, 0, 0, -1])
  }

  @Test("nan stands behind all numbers of a sorted row")
  func sortedPlaces() throws {
    let row = try Tensor([1.0, 2, 3]), values = try Tensor([Double.nan, 2, -.infinity, .infinity])
    #expect(try row.places(of: values, right: false).ints() == [3, 1, 0, 3])
    #expect(try row.places(of: values, right: true).ints() == [3, 2, 0, 3])
    #expect(try Tensor([1.0, 2, .nan]).places(of: Tensor([3.0, .nan]), right: false).ints() == [3, 3])
  }

  @Test("an empty tensor of an endless size is refused, not listed")
  func emptyAndEndless() throws {
    let error = #expect(throws: TensorError.self) { try Tensor.zeros([0, 1 << 40]) }
    #expect(error?.description.contains("\(1 << 40)") == true)
    #expect(throws: TensorError.self) { try Tensor.ones([1]).expand([1 << 40, 0]) }
    #expect(try Tensor.zeros([0, 1 << 16]).sort(1).values.shape == [0, 1 << 16])
  }
}
