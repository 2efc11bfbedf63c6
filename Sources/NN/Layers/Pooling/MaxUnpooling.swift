import Builtins
import Engine

extension Builtin<Generator> {
  static let maxUnpool1d = maxUnpool(1, "MaxUnpool1d(2)", "MaxUnpool1d(kernel_size=(2,), stride=(2,), padding=(0,))")
  static let maxUnpool2d = maxUnpool(2, "MaxUnpool2d(2)", "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))")
  static let maxUnpool3d = maxUnpool(3, "MaxUnpool3d(2)", "MaxUnpool3d(kernel_size=(2, 2, 2), stride=(2, 2, 2), padding=(0, 0, 0))")

  private static func maxUnpool(_ axes: Int, _ code: String, _ gives: String) -> Builtin {
    Builtin(
      "MaxUnpool\(axes)d", "What `MaxPool\(axes)d(…, return_indices=true)` found, put back to where it stood, and 0 elsewhere.",
      .required("kernel_size", [Int].self, "The window of the pooling."),
      .optional("stride", [Int].self, "How far the window moved; without it, its size."),
      .option("padding", [0], "How far the window reached over each border."),
      examples: [Example(code, gives: gives)]
    ) { (_: Generator, kernel: [Int], stride: [Int]?, padding: [Int]) in
      try MaxUnpooling(axes, kernel: kernel, stride: stride ?? kernel, padding: padding)
    }
  }
}

/// Zeros with the elements of the input at the places that a pooling found.
/// - Shape: `x [*, channels, places…]` and indices alike.
public final class MaxUnpooling: Module {
  private let axes: Int, kernel: [Int], stride: [Int], padding: [Int]

  init(_ axes: Int, kernel: [Int], stride: [Int], padding: [Int]) throws(TensorError) {
    func each(_ name: String, _ list: [Int], atLeast least: Int) throws(TensorError) -> [Int] {
      try checkSizes("MaxUnpool\(axes)d", name, list, axes: axes, atLeast: least)
      return list.count == axes ? list : Array(repeating: list[0], count: axes)
    }
    (self.axes, self.kernel) = (axes, try each("kernel_size", kernel, atLeast: 1))
    (self.stride, self.padding) = (try each("stride", stride, atLeast: 1), try each("padding", padding, atLeast: 0))
  }

  public override var typeName: String { "MaxUnpool\(axes)d" }
  public override var inputNames: [String] { ["input", "indices"] }
  public override var details: String { "kernel_size=\(kernel.tupleText), stride=\(stride.tupleText), padding=\(padding.tupleText)" }
  public override var attributes: [(name: String, value: any Value)] {
    [("kernel_size", List(kernel)), ("stride", List(stride)), ("padding", List(padding))]
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let given = try Inputs(inputs, of: self, atLeast: 2)
    return try given.required(0).maxUnpool(given.required(1), axes: axes, kernel: kernel, stride: stride, padding: padding)
  }
}
