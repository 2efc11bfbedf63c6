import Builtins
import Engine

extension Builtin<Generator> {
  static let linear = Builtin(
    "Linear", "A fully connected layer: x Wᵀ + b.",
    .required("in_features", Int.self, in: 0...1e9, "The size of an input."),
    .required("out_features", Int.self, in: 0...1e9, "The size of an output."),
    .option("bias", true, "Whether a bias is added."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "y[n, o] = Σᵢ x[n, i] W[o, i] + b[o]",
    source: Source("PyTorch's torch.nn.Linear; weight and bias start from U(±1/√in_features)"),
    examples: [Example("Linear(4, 16)", gives: "Linear(in_features=4, out_features=16, bias=True)")]
  ) { (generator: Generator, inputs: Int, outputs: Int, bias: Bool, dtype: DType) in
    try Linear(inputs, outputs, bias: bias, dtype: dtype, using: generator)
  }
}

/// `y = x Wᵀ + b` over the last axis.
/// - Shape: `x [*, in]` to `y [*, out]`; `weight [out, in]`, `bias [out]`.
/// - Source: starts as PyTorch's layer does, both from U(±1/√in), the weight first.
public class Linear: Module {
  public private(set) var weight: Parameter, bias: Parameter?
  public private(set) var inputs: Int, outputs: Int

  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, dtype: DType = .float32, using generator: Generator) throws {
    (self.inputs, self.outputs) = (inputs, outputs)
    let start = try FanStart([outputs, inputs], bias: bias, dtype, generator)
    weight = Parameter(start.weight)
    self.bias = start.bias.map(Parameter.init)
  }

  /// A layer without a bias on a weight `[out, in]` that something else has too.
  init(sharing weight: Parameter) {
    (self.weight, bias) = (weight, nil)
    (inputs, outputs) = (weight.value.shape[1], weight.value.shape[0])
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String { "in_features=\(inputs), out_features=\(outputs), bias=\((bias != nil).pythonText)" }
  public override var attributes: [(name: String, value: any Value)] { [("in_features", inputs), ("out_features", outputs)] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.linear(weight.value, bias?.value) }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try FanStart(weight.value.shape, bias: bias != nil, weight.value.dtype, generator)
    try weight.start(from: start.weight, journal)
    if let fresh = start.bias { try bias?.start(from: fresh, journal) }
  }
}

extension Linear: Resizable {
  public var unitCount: Int { outputs }
  public var inputCount: Int { inputs }
  public var unitAxis: Int { -1 }

  public func keep(units: [Int]?, inputs kept: [Int]?, journal: Journal) throws {
    let before = (weight, bias, inputs, outputs)
    let places = [units.map { (0, $0) }, kept.map { (1, $0) }].compactMap { $0 }
    let small = (try weight.keeping(places), try units.flatMap { units in try bias?.keeping([(0, units)]) } ?? bias)
    journal.note { [self] in (weight, bias, inputs, outputs) = before }
    (weight, bias) = small
    (inputs, outputs) = (weight.value.shape[1], weight.value.shape[0])
  }
}

/// How PyTorch starts a linear or convolution layer: the weight from `kaiming_uniform(a=√5)`, then the bias from
/// U(±1/√fan_in).
struct FanStart {
  let weight: Tensor, bias: Tensor?

  /// - Parameter outputs: how many numbers the bias has, where it is not the first dimension of the weight.
  init(_ shape: [Int], bias hasBias: Bool, _ dtype: DType, _ generator: Generator, outputs: Int? = nil) throws {
    guard dtype.isFloating else { throw TensorError.dtype("a layer", expected: "float32 or float64", met: dtype, operand: 0) }
    weight = try Initialisation.kaiming_uniform.tensor(shape, dtype, .init(a: 5.0.squareRoot()), using: generator)
    let fanIn = shape.dropFirst().reduce(1, *)
    let bound = fanIn > 0 ? 1 / Double(fanIn).squareRoot() : 0
    bias = hasBias ? try generator.uniform([outputs ?? shape[0]], from: -bound, to: bound, dtype) : nil
  }
}

extension Bool {
  /// As PyTorch prints it.
  var pythonText: String { self ? "True" : "False" }
}
