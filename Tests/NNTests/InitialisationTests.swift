import Builtins
import Engine
import NN
import Testing

@Suite struct InitialisationTests {
  struct Case: Sendable {
    let scheme: Initialisation, shape: [Int], expected: [Double]
    let arguments: @Sendable () -> Initialisation.Arguments
    init(_ scheme: Initialisation, _ shape: [Int], _ arguments: @escaping @Sendable () -> Initialisation.Arguments, _ expected: [Double]) {
      (self.scheme, self.shape, self.expected, self.arguments) = (scheme, shape, expected, arguments)
    }
  }

  /// PyTorch 2.13 after `torch.manual_seed(1)`.
  static let cases: [Case] = [
    Case(.xavier_uniform, [3, 4], { .init() }, [0.477041036, -0.408636838, -0.179480866, 0.434551209, -0.871601224, 0.555230319, -0.190464631, 0.471005321, 0.128704727, -0.113361262, 0.256786317, 0.0456723571]),
    Case(.xavier_normal, [3, 4], { .init(gain: 2) }, [0.707015216, 0.285353869, 0.0659357607, 0.664216161, -0.483107805, -0.177600697, -1.62790799, 0.408037245, -1.09855974, -0.601928771, -0.953898668, -0.0622720607]),
    Case(.kaiming_uniform, [3, 4], { .init() }, [0.631065965, -0.540575743, -0.237430871, 0.574857235, -1.15302002, 0.734500647, -0.251961023, 0.623081505, 0.17026034, -0.149962857, 0.339696378, 0.0604188517]),
    Case(.kaiming_normal, [3, 4], { .init(mode: .fan_out, nonlinearity: .relu) }, [0.539991796, 0.21794261, 0.0503592715, 0.507303476, -0.368979663, -0.135644764, -1.24333525, 0.3116436, -0.839038908, -0.459730685, -0.728552163, -0.0475610718]),
    Case(.kaiming_normal, [3, 2, 1, 2], { .init() }, [0.467646599, 0.188743845, 0.0436124094, 0.439337701, -0.319545776, -0.117471814, -1.07675993, 0.269891262, -0.726629019, -0.398138463, -0.630944669, -0.0411890969]),
    Case(.orthogonal, [3, 4], { .init() }, [0.697717905, 0.281601489, 0.0650687069, 0.655481696, -0.187111288, -0.0655333996, -0.926679373, 0.319311798, -0.398834378, -0.568020582, 0.339459419, 0.634863198]),
    Case(.orthogonal, [4, 3], { .init(gain: 2) }, [0.711164951, 0.549482346, -0.611274004, 0.668114603, -0.762610376, -1.60891926, -1.63746262, 0.547993302, -0.997811735, -0.605461597, -1.67815304, 0.205166399]),
    Case(.uniform, [3, 4], { .init() }, [0.7576316, 0.279310882, 0.403069258, 0.734684467, 0.0292815566, 0.79985863, 0.397137344, 0.754371941, 0.569508493, 0.438777924, 0.638680458, 0.524665892]),
    Case(.normal, [3, 4], { .init(mean: 1, std: 0.1) }, [1.06613517, 1.02669239, 1.00616777, 1.06213176, 0.954809427, 0.983386993, 0.847723126, 1.03816843, 0.897239149, 0.943694711, 0.910770953, 0.994174957]),
    Case(.trunc_normal, [3, 4], { .init(std: 0.5) }, [0.330676079, 0.133462057, 0.0308386292, 0.310658664, -0.225952983, -0.0830651149, -0.761384249, 0.190841958, -0.513804317, -0.281526387, -0.446145266, -0.0291250888]),
    Case(.trunc_normal, [3, 4], { .init(mean: 3, std: 1) }, [0.494945049, 1.93129301, 0.656689644, 1.76345062, 1.08526802, 1.23984098, 1.99209905, 1.89711094, 1.32011962, 1.85674977, 1.91977739, 1.56301928]),
    Case(.trunc_normal, [3, 4], { .init(a: 3, b: 5) }, [3.20308161, 3.43744659, 3.03861189, 3.02055454, 3.05856323, 3.2951405, 3.07388783, 3.38531423, 3.88503718, 3.08886242, 3.04919147, 3.01728845]),
    Case(.dirac, [4, 2, 3], { .init(groups: 2) }, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
    Case(.eye, [3, 4], { .init() }, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
    Case(.sparse, [4, 3], { .init(std: 0.5, sparsity: 0.4) }, [0.330676079, 0, 0.0308386292, 0, -0.225952983, -0.0830651149, -0.761384249, 0.190841958, 0, 0, 0, 0]),
    Case(.constant, [2], { .init(val: 0.5) }, [0.5, 0.5]), Case(.ones, [2], { .init() }, [1, 1]), Case(.zeros, [2], { .init() }, [0, 0]),
  ]

  @Test("the numbers are PyTorch's for a seed", arguments: cases)
  func literals(_ c: Case) throws {
    let t = try c.scheme.tensor(c.shape, .float32, c.arguments(), using: Generator(seed: 1))
    #expect(t.shape == c.shape)
    // Single precision through a logarithm and a cosine, and for `orthogonal` through sums of a few products.
    #expect(try isClose(t, c.expected, 2e-6), "\(c.scheme)")
  }

  @Test("double precision draws its own numbers")
  func double() throws {
    let t = try Initialisation.xavier_uniform.tensor([3, 4], .float64, using: Generator(seed: 1))
    #expect(zip(try t.doubles(), [-0.8127714019878255, -0.5100259484228751, -0.49206872810778707, -0.5978960509219058]).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test("rows of a wide orthogonal matrix are orthonormal")
  func orthogonal() throws {
    let q = try Initialisation.orthogonal.tensor([8, 4, 3], .float64, using: Generator(seed: 5)).reshape([8, 12])
    let product = try q.matmul(q.transpose(0, 1))
    #expect(try isClose(product, (0..<64).map { $0 / 8 == $0 % 8 ? 1 : 0 }, 1e-14))
  }

  @Test("gains are PyTorch's")
  func gains() {
    let expected: [(Initialisation.Nonlinearity, Double, Double)] = [
      (.relu, 0.01, 1.4142135623730951), (.leaky_relu, 0.01, 1.4141428569978354), (.leaky_relu, 0.2, 1.3867504905630728), (.selu, 0.01, 0.75),
      (.tanh, 0.01, 1.6666666666666667), (.conv_transpose2d, 0.01, 1),
    ]
    for (nonlinearity, slope, gain) in expected { #expect(nonlinearity.gain(slope: slope) == gain) }
  }

  @Test("what PyTorch refuses is refused, and so is what a scheme does not take")
  func refusals() {
    let g = Generator(seed: 0)
    for scheme in [Initialisation.xavier_uniform, .kaiming_normal, .orthogonal, .eye, .dirac] {
      #expect(throws: TensorError.self) { try scheme.tensor([4], using: g) }
    }
    #expect(throws: TensorError.self) { try Initialisation.xavier_uniform.tensor([2, 2], .float32, .init(mode: .fan_in), using: g) }
    #expect(throws: TensorError.self) { try Initialisation.constant.tensor([2], using: g) }
    #expect(throws: TensorError.self) { try Initialisation.sparse.tensor([2, 2], using: g) }
    #expect(throws: TensorError.self) { try Initialisation.sparse.tensor([2, 2, 2], .float32, .init(sparsity: 0.5), using: g) }
    #expect(throws: TensorError.self) { try Initialisation.sparse.tensor([2, 2], .float32, .init(sparsity: 1.5), using: g) }
    #expect(throws: TensorError.self) { try Initialisation.trunc_normal.tensor([2], .float32, .init(a: 2, b: 1), using: g) }
    #expect(throws: TensorError.self) { try Initialisation.normal.tensor([2], .int64, using: g) }
  }

  @Test("on a module, schemes for weights set biases to 0, and default starts layers anew")
  func modules() throws {
    let net = try classifier(), journal = Journal(), before = try parameterNumbers(net)
    try net.initialise(by: .kaiming_normal, using: Generator(seed: 1), journal: journal)
    let after = try parameterNumbers(net)
    #expect(after[1].allSatisfy { $0 == 0 } && after[0] != before[0])
    try net.initialise(by: .default, using: Generator(seed: 0), journal: journal)
    #expect(try parameterNumbers(net) == before)
    try net.initialise(by: .ones, matching: "*.bias", using: Generator(seed: 0), journal: journal)
    #expect(try parameterNumbers(net)[1].allSatisfy { $0 == 1 })
    #expect(try parameterNumbers(net)[0] == before[0])
    journal.rollBack()
    #expect(try parameterNumbers(net) == before)
    #expect(throws: TensorError.self) { try ReLU().initialise(by: .kaiming_normal, using: Generator(seed: 0), journal: journal) }
    #expect(throws: ModelError.self) { try net.initialise(by: .zeros, matching: "fc9.*", using: Generator(seed: 0), journal: journal) }
  }
}
