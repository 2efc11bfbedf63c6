import Builtins
import Engine

extension Builtin<Generator> {
  static let avgPool1d = Builtin(
    "AvgPool1d", "The mean of each window of a sequence.",
    .required("kernel_size", [Int].self, "The size of the window."),
    .optional("stride", [Int].self, "How far the window moves; without it, its size."),
    .option("padding", [0], "How far the window may reach over each end, where zeros are read."),
    .option("ceil_mode", false, "Whether a last window that is cut off counts."),
    .option("count_include_pad", true, "Whether these zeros count in the mean."),
    examples: [Example("AvgPool1d(2)", gives: "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))")]
  ) { (_: Generator, kernel: [Int], stride: [Int]?, padding: [Int], ceil: Bool, countsPadding: Bool) in
    try AvgPool1d(kernel: kernel, stride: stride, padding: padding, ceil: ceil, countsPadding: countsPadding)
  }

  static let avgPool2d = avgPool(.picture) { try AvgPool2d(kernel: $0, stride: $1, padding: $2, ceil: $3, countsPadding: $4, divisor: $5) }
  static let avgPool3d = avgPool(.volume) { try AvgPool3d(kernel: $0, stride: $1, padding: $2, ceil: $3, countsPadding: $4, divisor: $5) }

  private static func avgPool(
    _ extent: Extent, make: @escaping @Sendable ([Int], [Int]?, [Int], Bool, Bool, Int?) throws -> AvgPooling
  ) -> Builtin {
    let name = "AvgPool\(extent.axes)d"
    return Builtin(
      name, "The mean of each window of \(extent.thing).",
      .required("kernel_size", [Int].self, "The size of the window."),
      .optional("stride", [Int].self, "How far the window moves; without it, its size."),
      .option("padding", [0], "How far the window may reach over each border, where zeros are read."),
      .option("ceil_mode", false, "Whether last windows that are cut off count."),
      .option("count_include_pad", true, "Whether these zeros count in the mean."),
      .optional("divisor_override", Int.self, "What the sums are divided by in place of the size of the window."),
      examples: [Example("\(name)(2)", gives: "\(name)(kernel_size=2, stride=2, padding=0)")]
    ) { (_: Generator, kernel: [Int], stride: [Int]?, padding: [Int], ceil: Bool, countsPadding: Bool, divisor: Int?) in
      try make(kernel, stride, padding, ceil, countsPadding, divisor)
    }
  }
}

/// What `AvgPool1d`, `AvgPool2d` and `AvgPool3d` share. Lists hold one number for all axes or one for each.
public class AvgPooling: Module {
  let kernel: [Int], stride: [Int], padding: [Int]
  let ceil: Bool, countsPadding: Bool, divisor: Int?
  var axes: Int { 2 }

  init(kernel: [Int], stride: [Int]?, padding: [Int], ceil: Bool, countsPadding: Bool, divisor: Int?) throws {
    (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    (self.ceil, self.countsPadding, self.divisor) = (ceil, countsPadding, divisor)
    super.init()
    for (name, list, least) in [("kernel_size", kernel, 1), ("stride", self.stride, 1), ("padding", padding, 0)] {
      try checkSizes(typeName, name, list, axes: axes, atLeast: least)
    }
    guard divisor != 0 else { throw TensorError.value(typeName, "`divisor_override` must not be 0") }
  }

  public override var details: String {
    let text = axes == 1 ? \[Int].tupleText : \[Int].pythonText
    return "kernel_size=\(kernel[keyPath: text]), stride=\(stride[keyPath: text]), padding=\(padding[keyPath: text])"
  }
  public override var attributes: [(name: String, value: any Value)] {
    [
      ("kernel_size", kernel.listValue), ("stride", stride.listValue), ("padding", padding.listValue), ("ceil_mode", ceil),
      ("count_include_pad", countsPadding), ("divisor_override", divisor ?? None()),
    ]
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try x.avgPool(axes: axes, kernel: kernel, stride: stride, padding: padding, ceil: ceil, countsPadding: countsPadding, divisor: divisor)
  }
}

/// The mean of each window along the last axis.
public final class AvgPool1d: AvgPooling {
  override var axes: Int { 1 }
  public init(kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false, countsPadding: Bool = true) throws {
    try super.init(kernel: kernel, stride: stride, padding: padding, ceil: ceil, countsPadding: countsPadding, divisor: nil)
  }
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) throws {
    try self.init(kernel: [kernel], stride: stride.map { [$0] }, padding: [padding])
  }
}

/// The mean of each window over the last two axes.
public final class AvgPool2d: AvgPooling {
  public override init(
    kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false, countsPadding: Bool = true, divisor: Int? = nil
  ) throws {
    try super.init(kernel: kernel, stride: stride, padding: padding, ceil: ceil, countsPadding: countsPadding, divisor: divisor)
  }
  public convenience init(kernel: Int, stride: Int? = nil, padding: Int = 0) throws {
    try self.init(kernel: [kernel], stride: stride.map { [$0] }, padding: [padding])
  }
}

/// The mean of each window over the last three axes.
public final class AvgPool3d: AvgPooling {
  override var axes: Int { 3 }
}
