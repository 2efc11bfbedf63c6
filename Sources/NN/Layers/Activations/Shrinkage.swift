import Builtins
import Engine

extension Builtin<Generator> {
  static let glu = Builtin(
    "GLU", "The first half of a dimension, let through by the sigmoid of the second.",
    .option("dim", -1, "The dimension that is halved."),
    formula: "a σ(b)",
    source: Source("Dauphin and others 2016", arXiv: "1612.08083"),
    examples: [Example("GLU()", gives: "GLU(dim=-1)")]
  ) { (_: Generator, dim: Int) in Unit("GLU", "dim=\(dim)", [("dim", dim)]) { try $0.glu(dim) } }

  static let hardshrink = Builtin(
    "Hardshrink", "x, but 0 from -lambd to lambd.",
    .option("lambd", 0.5, "The bound."),
    examples: [Example("Hardshrink()", gives: "Hardshrink(0.5)")]
  ) { (_: Generator, bound: Double) in Unit("Hardshrink", bound.plainText, [("lambd", bound)]) { try $0.hardshrink(bound) } }

  static let prelu = Builtin(
    "PReLU", "x above 0, a learned multiple of x below.",
    .option("num_parameters", 1, in: 1...1e9, "One slope, or one for each channel."),
    .option("init", 0.25, "The slope to begin with."),
    .option("dtype", DType.float32, "The type of its numbers."),
    source: Source("He and others 2015", arXiv: "1502.01852"),
    examples: [Example("PReLU()", gives: "PReLU(num_parameters=1)")]
  ) { (_: Generator, n: Int, start: Double, dtype: DType) in try PReLU(n, start: start, dtype: dtype) }

  static let softmax2d = Builtin(
    "Softmax2d", "The shares of the channels at each place.",
    examples: [Example("Softmax2d()", gives: "Softmax2d()")]
  ) { (_: Generator) in
    Unit("Softmax2d", "", []) { x in
      guard x.rank == 3 || x.rank == 4 else {
        throw TensorError.shape("Softmax2d", expected: "[samples, channels, rows, columns] or one sample", met: x.shape, operand: 0)
      }
      return try x.softmax(-3)
    }
  }

  static let softmin = Builtin(
    "Softmin", "The shares that the exponentials of -x have of their sum.",
    .optional("dim", Int.self, "The dimension that adds up to 1."),
    examples: [Example("Softmin(dim=1)", gives: "Softmin(dim=1)"), Example("Softmin()", gives: "Softmin(dim=None)")]
  ) { (_: Generator, dim: Int?) in
    Unit("Softmin", "dim=" + (dim.map(String.init) ?? "None"), [("dim", dim ?? None())]) {
      try (-$0).softmax(dim ?? ([0, 1, 3].contains($0.rank) ? 0 : 1))
    }
  }

  static let softshrink = Builtin(
    "Softshrink", "x moved towards 0 by lambd, and 0 from -lambd to lambd.",
    .option("lambd", 0.5, "The bound."),
    examples: [Example("Softshrink()", gives: "Softshrink(0.5)")]
  ) { (_: Generator, bound: Double) in Unit("Softshrink", bound.plainText, [("lambd", bound)]) { try $0.softshrink(bound) } }

  static let threshold = Builtin(
    "Threshold", "x above a bound, a fixed value from there down.",
    .required("threshold", Double.self, "The bound."),
    .required("value", Double.self, "What stands at and below it."),
    examples: [Example("Threshold(0.1, 20)", gives: "Threshold(threshold=0.1, value=20)")]
  ) { (_: Generator, bound: Double, value: Double) in
    Unit("Threshold", "threshold=\(bound.plainText), value=\(value.plainText)", [("threshold", bound), ("value", value)]) { try $0.threshold(bound, value) }
  }
}

/// A function of one tensor as a layer, with what it prints.
final class Unit: Module {
  private let name: String, text: String
  private let settings: [(name: String, value: any Value)]
  private let body: (Tensor) throws -> Tensor

  init(_ name: String, _ text: String, _ settings: [(name: String, value: any Value)], _ body: @escaping (Tensor) throws -> Tensor) {
    (self.name, self.text, self.settings, self.body) = (name, text, settings, body)
  }
  override var typeName: String { name }
  override var details: String { text }
  override var attributes: [(name: String, value: any Value)] { settings }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try body(x) }
}

/// `x > 0 ? x : weight x`.
public final class PReLU: Module {
  public let weight: Parameter
  private let start: Double

  public init(_ count: Int = 1, start: Double = 0.25, dtype: DType = .float32) throws {
    guard dtype.isFloating else { throw TensorError.dtype("PReLU", expected: "float32 or float64", met: dtype, operand: 0) }
    self.start = start
    weight = Parameter(try .full([count], start, dtype))
  }

  public override var parts: [Part] { [.parameter("weight", weight)] }
  public override var details: String { "num_parameters=\(weight.value.shape[0])" }
  public override var attributes: [(name: String, value: any Value)] { [("num_parameters", weight.value.shape[0]), ("init", start)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.prelu(weight.value) }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    try weight.start(from: .full(weight.value.shape, start, weight.value.dtype), journal)
  }
}

extension Double {
  /// A whole number without its point, as PyTorch prints one that was given so.
  var plainText: String { Int(exactly: self).map(String.init) ?? shortText }
}
