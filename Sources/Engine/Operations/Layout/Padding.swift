import Builtins

extension Builtin<Void> {
  static let pad = Builtin(
    "pad", "Elements added around a tensor, or taken away where a number is negative.",
    .required("input", Tensor.self, "Any numbers."),
    .required("pad", [Int].self, "How many before and after, from the last dimension on: [left, right, top, bottom, …]."),
    .option("mode", PadMode.constant, "What stands there: a value, the mirror image, the edge, or the other end."),
    .option("value", 0.0, "The value of `constant`."),
    examples: [Example("pad(tensor([1.0, 2.0]), [1, 2])", gives: "[0., 1., 2., 0., 0.]")]
  ) { (x: Tensor, sizes: [Int], mode: PadMode, value: Double) in try x.pad(sizes, mode, value) }
}

/// What `pad` puts around a tensor.
public enum PadMode: String, Choice { case constant, reflect, replicate, circular }

extension Tensor {
  /// Elements added around the last dimensions: `[left, right, top, bottom, …]`, negative ones take away.
  /// - Gradient: of the elements that were there; those that stand several times sum theirs.
  public func pad(_ sizes: [Int], _ mode: PadMode = .constant, _ value: Double = 0) throws(TensorError) -> Tensor {
    guard sizes.count % 2 == 0, sizes.count / 2 <= rank else {
      throw .value("pad", "takes two numbers a dimension, at most \(2 * rank) for \(shape), got \(sizes.count)")
    }
    var widths = Array(repeating: (before: 0, after: 0), count: rank)
    for i in 0..<(sizes.count / 2) { widths[rank - 1 - i] = (sizes[2 * i], sizes[2 * i + 1]) }
    for (d, width) in widths.enumerated() {
      let (sum, isOver) = width.before.addingReportingOverflow(width.after)
      let (size, isOver2) = sum.addingReportingOverflow(shape[d])
      guard !isOver, !isOver2, size >= 0, width.before > -.max, width.after > -.max else {
        throw .value("pad", "\(width.before) and \(width.after) leave nothing of dimension \(d) of \(shape)")
      }
    }
    if mode == .constant {
      return try PadOp(before: widths.map(\.before), after: widths.map(\.after), value: value).apply([self])
    }
    var y = self
    for (d, width) in widths.enumerated() where width != (0, 0) {
      y = try y.indexSelect(d, places(d, width.before, width.after, mode))
    }
    return y
  }

  /// Which place of a dimension stands at each place of the padded one.
  private func places(_ d: Int, _ before: Int, _ after: Int, _ mode: PadMode) throws(TensorError) -> Tensor {
    let n = shape[d], most = Swift.max(before, after)
    let limit = mode == .reflect ? n - 1 : mode == .circular ? n : .max
    guard n > 0, most <= limit else {
      throw .value("pad", "\(mode.rawValue) can add at most \(Swift.max(limit, 0)) on a side of dimension \(d) of \(shape), got \(most)")
    }
    let list = try Tensor.empty([n + before + after], .int64)
    for j in 0..<list.count {
      var i = j - before
      switch mode {
      case .reflect: i = i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i
      case .circular: i = i < 0 ? i + n : i >= n ? i - n : i
      case .replicate, .constant: i = Swift.max(0, Swift.min(n - 1, i))
      }
      list.i64[j] = Int64(i)
    }
    return list
  }
}

struct PadOp: Primitive {
  let before: [Int], after: [Int], value: Double

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let t = x[0]
    let y = try Tensor.full(t.shape.indices.map { t.shape[$0] + before[$0] + after[$0] }, value, t.dtype)
    // What stays of the input: a stretch of both tensors, where it starts in each.
    var (shape, from, to) = ([Int](), t.offset, y.offset)
    for d in t.shape.indices {
      let (cut, shift) = (max(0, -before[d]), max(0, before[d]))
      shape.append(max(0, min(t.shape[d] - cut, y.shape[d] - shift)))
      from += cut * t.strides[d]
      to += shift * y.strides[d]
    }
    guard !shape.contains(0) else { return y }
    Kernel.write(try t.viewed(shape, strides: t.strides, offset: from).contiguous(), into: y.viewed(shape, strides: y.strides, offset: to))
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    [try PadOp(before: before.map { -$0 }, after: after.map { -$0 }, value: 0).apply([dy])]
  }
}
