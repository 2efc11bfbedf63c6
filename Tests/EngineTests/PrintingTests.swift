@testable import Engine
import Testing

/// What PyTorch 2.13 prints, with `dtype=float64` for its `dtype=torch.float64`.
@Suite struct PrintingTests {
  @Test("one dimension")
  func case0() throws {
    let t = try Tensor.of([1, -2.5, 3.25])
    #expect(t.text == """
      tensor([ 1.0000, -2.5000,  3.2500])
      """)
  }

  @Test("whole numbers")
  func case1() throws {
    let t = try Tensor.of([1, 2, -30])
    #expect(t.text == """
      tensor([  1.,   2., -30.])
      """)
  }

  @Test("a number")
  func case2() throws {
    let t = try Tensor.of([3.14159265], [])
    #expect(t.text == """
      tensor(3.1416)
      """)
  }

  @Test("a whole number")
  func case3() throws {
    let t = try Tensor.of([2], [])
    #expect(t.text == """
      tensor(2.)
      """)
  }

  @Test("two dimensions")
  func case4() throws {
    let t = try Tensor.of([0, 0.25, 0.5, 0.75, 1, 1.25], [2, 3])
    #expect(t.text == """
      tensor([[0.0000, 0.2500, 0.5000],
              [0.7500, 1.0000, 1.2500]])
      """)
  }

  @Test("three dimensions")
  func case5() throws {
    let t = try Tensor.of((0..<12).map { Float($0) }, [2, 3, 2])
    #expect(t.text == """
      tensor([[[ 0.,  1.],
               [ 2.,  3.],
               [ 4.,  5.]],

              [[ 6.,  7.],
               [ 8.,  9.],
               [10., 11.]]])
      """)
  }

  @Test("powers of ten")
  func case6() throws {
    let t = try Tensor.of([1e-5, 1, 1000])
    #expect(t.text == """
      tensor([1.0000e-05, 1.0000e+00, 1.0000e+03])
      """)
  }

  @Test("tiny")
  func case7() throws {
    let t = try Tensor.of([1e-10, 2e-10])
    #expect(t.text == """
      tensor([1.0000e-10, 2.0000e-10])
      """)
  }

  @Test("huge")
  func case8() throws {
    let t = try Tensor.of([1e9, 2e9])
    #expect(t.text == """
      tensor([1.0000e+09, 2.0000e+09])
      """)
  }

  @Test("nan and infinities")
  func case9() throws {
    let t = try Tensor.of([1.5, .nan, .infinity, -.infinity])
    #expect(t.text == """
      tensor([1.5000,    nan,    inf,   -inf])
      """)
  }

  @Test("whole numbers beside nan")
  func case10() throws {
    let t = try Tensor.of([1, .nan, .infinity])
    #expect(t.text == """
      tensor([1., nan, inf])
      """)
  }

  @Test("nothing but nan")
  func case11() throws {
    let t = try Tensor.of([.nan, .nan])
    #expect(t.text == """
      tensor([nan, nan])
      """)
  }

  @Test("truth values")
  func case12() throws {
    let t = try Tensor([true, false, false, true], [2, 2])
    #expect(t.text == """
      tensor([[ True, False],
              [False,  True]])
      """)
  }

  @Test("integers")
  func case13() throws {
    let t = try Tensor([1, -20, 300])
    #expect(t.text == """
      tensor([  1, -20, 300])
      """)
  }

  @Test("empty")
  func case14() throws {
    let t = try Tensor.of([])
    #expect(t.text == """
      tensor([])
      """)
  }

  @Test("empty with dimensions")
  func case15() throws {
    let t = try Tensor.of([], [0, 3])
    #expect(t.text == """
      tensor([], size=(0, 3))
      """)
  }

  @Test("empty of integers")
  func case16() throws {
    let t = try Tensor.of([], [2, 0])
    #expect(t.text == """
      tensor([], size=(2, 0))
      """)
  }

  @Test("double precision")
  func case17() throws {
    let t = try Tensor([0.1, 0.2])
    #expect(t.text == """
      tensor([0.1000, 0.2000], dtype=float64)
      """)
  }

  @Test("a wrapped row")
  func case18() throws {
    let t = try Tensor.of((0..<30).map { Float($0) / 7 })
    #expect(t.text == """
      tensor([0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429,
              1.2857, 1.4286, 1.5714, 1.7143, 1.8571, 2.0000, 2.1429, 2.2857, 2.4286,
              2.5714, 2.7143, 2.8571, 3.0000, 3.1429, 3.2857, 3.4286, 3.5714, 3.7143,
              3.8571, 4.0000, 4.1429])
      """)
  }

  @Test("long rows cut")
  func case19() throws {
    let t = try Tensor.of((0..<2000).map { Float($0) })
    #expect(t.text == """
      tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,
              1.9990e+03])
      """)
  }

  @Test("a large matrix cut")
  func case20() throws {
    let t = try Tensor(Array(0..<2500), [50, 50])
    #expect(t.text == """
      tensor([[   0,    1,    2,  ...,   47,   48,   49],
              [  50,   51,   52,  ...,   97,   98,   99],
              [ 100,  101,  102,  ...,  147,  148,  149],
              ...,
              [2350, 2351, 2352,  ..., 2397, 2398, 2399],
              [2400, 2401, 2402,  ..., 2447, 2448, 2449],
              [2450, 2451, 2452,  ..., 2497, 2498, 2499]])
      """)
  }

  @Test("three dimensions cut")
  func case21() throws {
    let t = try Tensor.of((0..<1100).map { Float($0) / 8 }, [11, 10, 10])
    #expect(t.text == """
      tensor([[[0.0000e+00, 1.2500e-01, 2.5000e-01,  ..., 8.7500e-01,
                1.0000e+00, 1.1250e+00],
               [1.2500e+00, 1.3750e+00, 1.5000e+00,  ..., 2.1250e+00,
                2.2500e+00, 2.3750e+00],
               [2.5000e+00, 2.6250e+00, 2.7500e+00,  ..., 3.3750e+00,
                3.5000e+00, 3.6250e+00],
               ...,
               [8.7500e+00, 8.8750e+00, 9.0000e+00,  ..., 9.6250e+00,
                9.7500e+00, 9.8750e+00],
               [1.0000e+01, 1.0125e+01, 1.0250e+01,  ..., 1.0875e+01,
                1.1000e+01, 1.1125e+01],
               [1.1250e+01, 1.1375e+01, 1.1500e+01,  ..., 1.2125e+01,
                1.2250e+01, 1.2375e+01]],

              [[1.2500e+01, 1.2625e+01, 1.2750e+01,  ..., 1.3375e+01,
                1.3500e+01, 1.3625e+01],
               [1.3750e+01, 1.3875e+01, 1.4000e+01,  ..., 1.4625e+01,
                1.4750e+01, 1.4875e+01],
               [1.5000e+01, 1.5125e+01, 1.5250e+01,  ..., 1.5875e+01,
                1.6000e+01, 1.6125e+01],
               ...,
               [2.1250e+01, 2.1375e+01, 2.1500e+01,  ..., 2.2125e+01,
                2.2250e+01, 2.2375e+01],
               [2.2500e+01, 2.2625e+01, 2.2750e+01,  ..., 2.3375e+01,
                2.3500e+01, 2.3625e+01],
               [2.3750e+01, 2.3875e+01, 2.4000e+01,  ..., 2.4625e+01,
                2.4750e+01, 2.4875e+01]],

              [[2.5000e+01, 2.5125e+01, 2.5250e+01,  ..., 2.5875e+01,
                2.6000e+01, 2.6125e+01],
               [2.6250e+01, 2.6375e+01, 2.6500e+01,  ..., 2.7125e+01,
                2.7250e+01, 2.7375e+01],
               [2.7500e+01, 2.7625e+01, 2.7750e+01,  ..., 2.8375e+01,
                2.8500e+01, 2.8625e+01],
               ...,
               [3.3750e+01, 3.3875e+01, 3.4000e+01,  ..., 3.4625e+01,
                3.4750e+01, 3.4875e+01],
               [3.5000e+01, 3.5125e+01, 3.5250e+01,  ..., 3.5875e+01,
                3.6000e+01, 3.6125e+01],
               [3.6250e+01, 3.6375e+01, 3.6500e+01,  ..., 3.7125e+01,
                3.7250e+01, 3.7375e+01]],

              ...,

              [[1.0000e+02, 1.0012e+02, 1.0025e+02,  ..., 1.0088e+02,
                1.0100e+02, 1.0112e+02],
               [1.0125e+02, 1.0138e+02, 1.0150e+02,  ..., 1.0212e+02,
                1.0225e+02, 1.0238e+02],
               [1.0250e+02, 1.0262e+02, 1.0275e+02,  ..., 1.0338e+02,
                1.0350e+02, 1.0362e+02],
               ...,
               [1.0875e+02, 1.0888e+02, 1.0900e+02,  ..., 1.0962e+02,
                1.0975e+02, 1.0988e+02],
               [1.1000e+02, 1.1012e+02, 1.1025e+02,  ..., 1.1088e+02,
                1.1100e+02, 1.1112e+02],
               [1.1125e+02, 1.1138e+02, 1.1150e+02,  ..., 1.1212e+02,
                1.1225e+02, 1.1238e+02]],

              [[1.1250e+02, 1.1262e+02, 1.1275e+02,  ..., 1.1338e+02,
                1.1350e+02, 1.1362e+02],
               [1.1375e+02, 1.1388e+02, 1.1400e+02,  ..., 1.1462e+02,
                1.1475e+02, 1.1488e+02],
               [1.1500e+02, 1.1512e+02, 1.1525e+02,  ..., 1.1588e+02,
                1.1600e+02, 1.1612e+02],
               ...,
               [1.2125e+02, 1.2138e+02, 1.2150e+02,  ..., 1.2212e+02,
                1.2225e+02, 1.2238e+02],
               [1.2250e+02, 1.2262e+02, 1.2275e+02,  ..., 1.2338e+02,
                1.2350e+02, 1.2362e+02],
               [1.2375e+02, 1.2388e+02, 1.2400e+02,  ..., 1.2462e+02,
                1.2475e+02, 1.2488e+02]],

              [[1.2500e+02, 1.2512e+02, 1.2525e+02,  ..., 1.2588e+02,
                1.2600e+02, 1.2612e+02],
               [1.2625e+02, 1.2638e+02, 1.2650e+02,  ..., 1.2712e+02,
                1.2725e+02, 1.2738e+02],
               [1.2750e+02, 1.2762e+02, 1.2775e+02,  ..., 1.2838e+02,
                1.2850e+02, 1.2862e+02],
               ...,
               [1.3375e+02, 1.3388e+02, 1.3400e+02,  ..., 1.3462e+02,
                1.3475e+02, 1.3488e+02],
               [1.3500e+02, 1.3512e+02, 1.3525e+02,  ..., 1.3588e+02,
                1.3600e+02, 1.3612e+02],
               [1.3625e+02, 1.3638e+02, 1.3650e+02,  ..., 1.3712e+02,
                1.3725e+02, 1.3738e+02]]])
      """)
  }

  @Test("zeros")
  func case22() throws {
    let t = try Tensor.zeros([2])
    #expect(t.text == """
      tensor([0., 0.])
      """)
  }

  @Test("negative zero and small")
  func case23() throws {
    let t = try Tensor.of([-0.0001, 0.5])
    #expect(t.text == """
      tensor([-1.0000e-04,  5.0000e-01])
      """)
  }

  @Test("a mix that needs powers")
  func case24() throws {
    let t = try Tensor.of([0.001, 1234.5])
    #expect(t.text == """
      tensor([1.0000e-03, 1.2345e+03])
      """)
  }
}
