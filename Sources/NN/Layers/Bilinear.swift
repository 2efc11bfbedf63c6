import Builtins
import Engine

extension Builtin<Generator> {
  static let bilinear = Builtin(
    "Bilinear", "A layer of two inputs, linear in each: x₁ᵀ W x₂ + b.",
    .required("in1_features", Int.self, in: 1...1e9, "The size of the first input."),
    .required("in2_features", Int.self, in: 1...1e9, "The size of the second."),
    .required("out_features", Int.self, in: 1...1e9, "The size of an output."),
    .option("bias", true, "Whether a bias is added."),
    .option("dtype", DType.float32, "The type of its numbers."),
    formula: "y[n, o] = Σᵢⱼ x₁[n, i] W[o, i, j] x₂[n, j] + b[o]",
    source: Source("PyTorch's torch.nn.Bilinear; weight and bias start from U(±1/√in1_features)"),
    examples: [Example("Bilinear(2, 3, 4)", gives: "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=True)")]
  ) { (g: Generator, first: Int, second: Int, outputs: Int, bias: Bool, dtype: DType) in
    try Bilinear(first, second, outputs, bias: bias, dtype: dtype, using: g)
  }
}

/// `y = x₁ᵀ W x₂ + b` over the last axis.
/// - Shape: `x₁ [*, in1]` and `x₂ [*, in2]` to `y [*, out]`; `weight [out, in1, in2]`, `bias [out]`.
/// - Source: starts as PyTorch's layer does, both from U(±1/√in1), the weight first.
public final class Bilinear: Module {
  let weight: Parameter, bias: Parameter?

  public init(_ first: Int, _ second: Int, _ outputs: Int, bias: Bool = true, dtype: DType = .float32, using generator: Generator) throws {
    guard dtype.isFloating else { throw TensorError.dtype("a layer", expected: "float32 or float64", met: dtype, operand: 0) }
    weight = Parameter(try Bilinear.start([outputs, first, second], first, dtype, generator))
    self.bias = bias ? Parameter(try Bilinear.start([outputs], first, dtype, generator)) : nil
  }

  private static func start(_ shape: [Int], _ fan: Int, _ dtype: DType, _ generator: Generator) throws -> Tensor {
    let bound = 1 / Double(max(fan, 1)).squareRoot()
    return try generator.uniform(shape, from: -bound, to: bound, dtype)
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var inputNames: [String] { ["input1", "input2"] }
  public override var details: String {
    let s = weight.value.shape
    return "in1_features=\(s[1]), in2_features=\(s[2]), out_features=\(s[0]), bias=\((bias != nil).pythonText)"
  }
  public override var attributes: [(name: String, value: any Value)] {
    [("in1_features", weight.value.shape[1]), ("in2_features", weight.value.shape[2]), ("out_features", weight.value.shape[0])]
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 2)
    return try given.required(0).bilinear(given.required(1), weight.value, bias?.value)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let shape = weight.value.shape, dtype = weight.value.dtype
    try weight.start(from: Bilinear.start(shape, shape[1], dtype, generator), journal)
    try bias?.start(from: Bilinear.start([shape[0]], shape[1], dtype, generator), journal)
  }
}
