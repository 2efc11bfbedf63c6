import Builtins

extension Builtin<Void> {
  static let maxUnpool1d = unpool(.sequence, Example("max_unpool1d(tensor([[5.0, 3.0]]), tensor([[1, 3]]), 2)", gives: "[[0., 5., 0., 3.]]"))
  static let maxUnpool2d = unpool(.picture, Example("max_unpool2d(tensor([[[5.0]]]), tensor([[[1]]]), 2)", gives: "[[[0., 5.], [0., 0.]]]"))
  static let maxUnpool3d = unpool(.volume, Example("max_unpool3d(tensor([[[[5.0]]]]), tensor([[[[1]]]]), [2, 1, 1])", gives: "[[[[0.]], [[5.]]]]"))

  private static func unpool(_ extent: Extent, _ example: Example) -> Builtin {
    Builtin(
      "max_unpool\(extent.axes)d", "What `max_pool\(extent.axes)d` found, put back to where it stood, and 0 elsewhere.",
      .required("input", Tensor.self, extent.shapes),
      .required("indices", Tensor.self, "The places that the pooling gave with return_indices=true."),
      .required("kernel_size", [Int].self, "The window of the pooling."),
      .optional("stride", [Int].self, "How far the window moved; without it, its size."),
      .option("padding", [0], "How far the window reached over each border."),
      .optional("output_size", [Int].self, "The size that was pooled, where the window did not fit evenly."),
      examples: [example]
    ) { (x: Tensor, places: Tensor, kernel: [Int], stride: [Int]?, padding: [Int], size: [Int]?) in
      try x.maxUnpool(places, axes: extent.axes, kernel: kernel, stride: stride, padding: padding, size: size)
    }
  }
}

extension Tensor {
  /// Zeros with the elements of this tensor at places of the last one to three axes; where places are equal, the last stays.
  /// - Shape: `x [*, C, places…]`, indices alike.
  /// - Gradient: `dx = dy` at the places.
  public func maxUnpool(
    _ indices: Tensor, axes: Int, kernel: [Int], stride: [Int]?, padding: [Int] = [0], size: [Int]? = nil
  ) throws(TensorError) -> Tensor {
    let name = "max_unpool\(axes)d"
    guard rank == axes + 1 || rank == axes + 2 else {
      throw .shape(name, expected: Extent.of(axes).shapes, met: shape, operand: 0)
    }
    guard indices.dtype == .int64 else { throw .dtype(name, expected: "places (integers)", met: indices.dtype, operand: 1) }
    guard indices.shape == shape else { throw .shape(name, expected: "places of \(shape)", met: indices.shape, operand: 1) }
    let kernel = try oneEach(name, "kernel_size", kernel, axes: axes), padding = try oneEach(name, "padding", padding, axes: axes)
    let stride = try stride.map { s throws(TensorError) in try oneEach(name, "stride", s, axes: axes) } ?? kernel
    let lead = Array(shape.dropLast(axes))
    var out: [Int] = []
    for a in 0..<axes {
      guard Swift.max(kernel[a], stride[a], padding[a], shape[lead.count + a]) < 1 << 30, kernel[a] > 0, stride[a] > 0, padding[a] >= 0 else {
        throw .value(name, "a window of \(kernel[a]), stride \(stride[a]) and padding \(padding[a]) is none that a pooling can have had")
      }
      out.append((shape[lead.count + a] - 1) * stride[a] - 2 * padding[a] + kernel[a])
    }
    if let size {
      let wanted = Array(size.suffix(axes))
      guard size.count == axes || size.count == rank, zip(zip(wanted, out), stride).allSatisfy({ Swift.abs($0.0 - $0.1) < $1 }) else {
        throw .value(name, "output_size is nearer than a stride to \(out), got \(size)")
      }
      out = wanted
    }
    guard out.allSatisfy({ $0 > 0 }) else { throw .value(name, "the output would be empty: \(out)") }
    let flat = lead.reduce(1, *), places = shape.suffix(axes).reduce(1, *)
    guard let area = Shape.count(out) else { throw .tooLarge(shape: lead + out, bytes: .infinity, limit: Pool.shared.limit) }
    let zeros = try Tensor.zeros([flat, area], dtype)
    return try zeros.scatter(1, indices.reshape([flat, places]), reshape([flat, places])).reshape(lead + out)
  }
}
