import Builtins
import Engine

extension Builtin<Generator> {
  static let lpPool1d = lpPool(.sequence)
  static let lpPool2d = lpPool(.picture)
  static let lpPool3d = lpPool(.volume)

  private static func lpPool(_ extent: Extent) -> Builtin {
    let name = "LPPool\(extent.axes)d"
    return Builtin(
      name, "The p-norm of each window of \(extent.thing).",
      .required("norm_type", Double.self, "The power p."),
      .required("kernel_size", [Int].self, "The size of the window."),
      .optional("stride", [Int].self, "How far the window moves; without it, its size."),
      .option("ceil_mode", false, "Whether last windows that are cut off count."),
      formula: "(Σ xᵖ)^(1/p)",
      examples: [Example("\(name)(2, 3)", gives: "\(name)(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)")]
    ) { (_: Generator, p: Double, kernel: [Int], stride: [Int]?, ceil: Bool) in try LPPooling(axes: extent.axes, p, kernel, stride, ceil: ceil) }
  }
}

/// The p-norm of each window over the last one to three axes.
final class LPPooling: Module {
  private let axes: Int, p: Double, kernel: [Int], stride: [Int]?, ceil: Bool

  init(axes: Int, _ p: Double, _ kernel: [Int], _ stride: [Int]?, ceil: Bool) throws {
    (self.axes, self.p, self.kernel, self.stride, self.ceil) = (axes, p, kernel, stride, ceil)
    super.init()
    try checkSizes(typeName, "kernel_size", kernel, axes: axes, atLeast: 1)
    if let stride { try checkSizes(typeName, "stride", stride, axes: axes, atLeast: 1) }
  }

  override var typeName: String { "LPPool\(axes)d" }
  override var details: String {
    "norm_type=\(p.plainText), kernel_size=\(kernel.pythonText), stride=\(stride?.pythonText ?? "None"), ceil_mode=\(ceil.pythonText)"
  }
  override var attributes: [(name: String, value: any Value)] {
    [("norm_type", p), ("kernel_size", kernel.listValue), ("stride", stride?.listValue ?? None()), ("ceil_mode", ceil)]
  }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.lpPool(axes: axes, p, kernel: kernel, stride: stride, ceil: ceil) }
}
