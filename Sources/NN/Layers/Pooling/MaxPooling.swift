import Builtins
import Engine

extension Builtin<Generator> {
  static let maxPool1d = maxPool(.sequence) { try MaxPool1d(kernel: $0, stride: $1, padding: $2, dilation: $3, isPlaced: $4, ceil: $5) }
  static let maxPool2d = maxPool(.picture) { try MaxPool2d(kernel: $0, stride: $1, padding: $2, dilation: $3, isPlaced: $4, ceil: $5) }
  static let maxPool3d = maxPool(.volume) { try MaxPool3d(kernel: $0, stride: $1, padding: $2, dilation: $3, isPlaced: $4, ceil: $5) }

  private static func maxPool(
    _ extent: Extent, make: @escaping @Sendable ([Int], [Int]?, [Int], [Int], Bool, Bool) throws -> MaxPooling
  ) -> Builtin {
    let name = "MaxPool\(extent.axes)d"
    return Builtin(
      name, "The largest element of each window of \(extent.thing).",
      .required("kernel_size", [Int].self, "The size of the window."),
      .optional("stride", [Int].self, "How far the window moves; without it, its size."),
      .option("padding", [0], "How far the window may reach over each border."),
      .option("dilation", [1], "The distance between the places that a window reads."),
      .option("return_indices", false, "Whether the places of the largest elements are given too."),
      .option("ceil_mode", false, "Whether last windows that are cut off count."),
      examples: [Example("\(name)(2)", gives: "\(name)(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)")]
    ) { (_: Generator, kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int], isPlaced: Bool, ceil: Bool) in
      try make(kernel, stride, padding, dilation, isPlaced, ceil)
    }
  }
}

/// What `MaxPool1d`, `MaxPool2d` and `MaxPool3d` share. Lists hold one number for all axes or one for each.
public class MaxPooling: Module {
  let kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]
  let isPlaced: Bool, ceil: Bool
  var axes: Int { 2 }

  init(kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int], isPlaced: Bool, ceil: Bool) throws {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride ?? kernel, padding, dilation)
    (self.isPlaced, self.ceil) = (isPlaced, ceil)
    super.init()
    for (name, list, least) in [("kernel_size", kernel, 1), ("stride", self.stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)] {
      try checkSizes(typeName, name, list, axes: axes, atLeast: least)
    }
  }

  public override var details: String {
    "kernel_size=\(kernel.pythonText), stride=\(stride.pythonText), padding=\(padding.pythonText), dilation=\(dilation.pythonText), ceil_mode=\(ceil.pythonText)"
  }
  public override var attributes: [(name: String, value: any Value)] {
    [
      ("kernel_size", kernel.listValue), ("stride", stride.listValue), ("padding", padding.listValue), ("dilation", dilation.listValue),
      ("return_indices", isPlaced), ("ceil_mode", ceil),
    ]
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try x.maxPool(axes: axes, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceil: ceil)
  }

  /// The output of this layer behind a ReLU, for a network in which nothing looks between them.
  func rectified(_ x: Tensor) throws -> Tensor {
    try x.maxPool(axes: axes, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceil: ceil, relu: true)
  }

  /// Gives values and places where these were asked for.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard isPlaced, inputs.count == 1, let x = try Tensor.accept(inputs[0]) else { return try super.call(inputs, in: run) }
    return try x.maxPoolWithPlaces(axes: axes, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceil: ceil)
  }
}

/// The largest element of each window along the last axis.
public final class MaxPool1d: MaxPooling {
  override var axes: Int { 1 }
  public override init(
    kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], isPlaced: Bool = false, ceil: Bool = false
  ) throws {
    try super.init(kernel: kernel, stride: stride, padding: padding, dilation: dilation, isPlaced: isPlaced, ceil: ceil)
  }
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) throws {
    try self.init(kernel: [kernel], stride: stride.map { [$0] }, padding: [padding])
  }
}

/// The largest element of each window over the last two axes.
public final class MaxPool2d: MaxPooling {
  public override init(
    kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], isPlaced: Bool = false, ceil: Bool = false
  ) throws {
    try super.init(kernel: kernel, stride: stride, padding: padding, dilation: dilation, isPlaced: isPlaced, ceil: ceil)
  }
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) throws {
    try self.init(kernel: [kernel], stride: stride.map { [$0] }, padding: [padding])
  }
}

/// The largest element of each window over the last three axes.
public final class MaxPool3d: MaxPooling {
  override var axes: Int { 3 }
}

/// One number for all axes or one for each, none below a least one.
func checkSizes(_ layer: String, _ name: String, _ list: [Int], axes: Int, atLeast least: Int) throws(TensorError) {
  guard list.count == 1 || list.count == axes else {
    throw .value(layer, "`\(name)` is one number" + (axes > 1 ? " or \(axes)" : "") + ", got \(list.count)")
  }
  if let bad = list.first(where: { $0 < least || $0 > 1 << 30 }) {
    throw .value(layer, "`\(name)` is between \(least) and \(1 << 30), got \(bad)")
  }
}

extension [Int] {
  /// As PyTorch prints what it was given: a number or a tuple.
  var pythonText: String { count == 1 ? "\(self[0])" : tupleText }
  var tupleText: String { "(" + map(String.init).joined(separator: ", ") + (count == 1 ? ",)" : ")") }
  /// As the language reads it back.
  var listValue: any Value { count == 1 ? self[0] : List(self) }
}
