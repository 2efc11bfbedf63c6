import Builtins
import CKernels

extension Builtin<Void> {
  static let logSoftmax = Builtin(
    "log_softmax", "The logarithm of `softmax`.",
    .required("input", Tensor.self, "Scores."),
    .required("dim", Int.self, "The dimension whose probabilities sum to 1."),
    formula: "x - log Σ eˣ",
    examples: [Example("log_softmax(tensor([1.0, 2.0]), dim=0)", gives: "[-1.3133, -0.3133]")]
  ) { (x: Tensor, dim: Int) in try x.logSoftmax(dim) }

  static let logsumexp = Builtin(
    "logsumexp", "The logarithm of the sum of exponentials, a smooth maximum.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", [Int].self, "The dimensions that go."),
    .option("keepdim", false, "Whether they stay with size 1."),
    formula: "log Σ eˣ",
    examples: [Example("logsumexp(tensor([1.0, 2.0]), dim=0)", gives: "2.3133")]
  ) { (x: Tensor, dims: [Int], keepdim: Bool) in try x.logsumexp(dims, keepdim: keepdim) }

  static let softmax = Builtin(
    "softmax", "Probabilities from scores: exponentials divided by their sum.",
    .required("input", Tensor.self, "Scores."),
    .required("dim", Int.self, "The dimension whose probabilities sum to 1."),
    formula: "eˣ / Σ eˣ",
    examples: [Example("softmax(tensor([1.0, 2.0]), dim=0)", gives: "[0.2689, 0.7311]")]
  ) { (x: Tensor, dim: Int) in try x.softmax(dim) }

  static let softmin = Builtin(
    "softmin", "`softmax` of the scores with their signs turned.",
    .required("input", Tensor.self, "Scores."),
    .required("dim", Int.self, "The dimension whose probabilities sum to 1."),
    examples: [Example("softmin(tensor([1.0, 2.0]), dim=0)", gives: "[0.7311, 0.2689]")]
  ) { (x: Tensor, dim: Int) in try (-x).softmax(dim) }
}

extension Tensor {
  /// `eˣ / Σ eˣ` along a dimension.
  public func softmax(_ dim: Int) throws(TensorError) -> Tensor {
    try SoftmaxOp(dim: Shape.dimension(dim, rank: rank, "softmax")).apply([real()])
  }
  /// `x - log Σ eˣ` along a dimension.
  /// - Numerics: composed it is -inf where `softmax` rounds to 0. Hence a primitive.
  public func logSoftmax(_ dim: Int) throws(TensorError) -> Tensor {
    try LogSoftmaxOp(dim: Shape.dimension(dim, rank: rank, "log_softmax")).apply([real()])
  }
  /// `log Σ eˣ` over dimensions.
  public func logsumexp(_ dims: [Int], keepdim: Bool = false) throws(TensorError) -> Tensor {
    try LogSumExpOp(dims: Shape.dimensions(dims, rank: rank, "logsumexp"), keepdim: keepdim).apply([real()])
  }
}

extension Kernel {
  /// Runs a kernel over rows along any dimension of real numbers.
  static func alongRows(_ x: Tensor, _ dim: Int, _ body: (_ x: Tensor, _ y: Tensor, _ rows: Int, _ n: Int) -> Void) throws(TensorError) -> Tensor {
    if x.rank == 0 {
      let y = try Tensor.empty([], x.dtype)
      body(x, y, 1, 1)
      return y
    }
    let isLast = dim == x.rank - 1
    let source = try (isLast ? x : exchanged(x, dim)).contiguous()
    let y = try Tensor.empty(like: source, x.dtype)
    let n = x.shape[dim]
    if n > 0 { body(source, y, y.count / n, n) }
    return isLast ? y : try compact(exchanged(y, dim))
  }

  /// A look at the tensor with a dimension and the last one exchanged, without history.
  static func exchanged(_ x: Tensor, _ dim: Int) -> Tensor {
    var (shape, strides) = (x.shape, x.strides)
    shape.swapAt(dim, x.rank - 1)
    strides.swapAt(dim, x.rank - 1)
    return x.viewed(shape, strides: strides, offset: x.offset)
  }
}

struct SoftmaxOp: Primitive {
  let dim: Int
  var saves: Saves { .output }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.alongRows(x[0], dim) { x, y, rows, n in
      x.dtype == .float32 ? pith_softmax_f32(x.f32, y.f32, rows, n) : pith_softmax_f64(x.f64, y.f64, rows, n)
    }
  }
  /// In one pass where rows lie together and nothing is recorded, else in operations that can be differentiated again.
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result
    guard Recording.current == .none, y.isContiguous, dim == y.rank - 1, y.count > 0 else {
      return [try y * (dy - (dy * y).sum(y.rank == 0 ? nil : [dim], keepdim: true))]
    }
    let dy = try dy.contiguous(), dx = try Tensor.empty(like: y, y.dtype)
    let n = y.shape[dim], rows = y.count / n
    y.dtype == .float32
      ? pith_softmax_backward_f32(y.f32, dy.f32, dx.f32, rows, n) : pith_softmax_backward_f64(y.f64, dy.f64, dx.f64, rows, n)
    return [dx]
  }
}

struct LogSoftmaxOp: Primitive {
  let dim: Int
  static var name: String { "log_softmax" }
  var saves: Saves { .output }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try Kernel.alongRows(x[0], dim) { x, y, rows, n in
      x.dtype == .float32 ? pith_log_softmax_f32(x.f32, y.f32, rows, n) : pith_log_softmax_f64(x.f64, y.f64, rows, n)
    }
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let y = pass.result
    guard Recording.current == .none, y.isContiguous, dim == y.rank - 1, y.count > 0 else {
      return [try dy - y.exp() * dy.sum(y.rank == 0 ? nil : [dim], keepdim: true)]
    }
    let dy = try dy.contiguous(), dx = try Tensor.empty(like: y, y.dtype)
    let n = y.shape[dim], rows = y.count / n
    y.dtype == .float32
      ? pith_log_softmax_backward_f32(y.f32, dy.f32, dx.f32, rows, n)
      : pith_log_softmax_backward_f64(y.f64, dy.f64, dx.f64, rows, n)
    return [dx]
  }
}

struct LogSumExpOp: Primitive {
  let dims: [Int], keepdim: Bool
  var saves: Saves { [.first, .output] }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let kept = x[0].shape.indices.filter { !dims.contains($0) }, order = kept + dims
    let rows = try x[0].viewed(order.map { x[0].shape[$0] }, strides: order.map { x[0].strides[$0] }, offset: x[0].offset).contiguous()
    let y = try Tensor.empty(x[0].shape.indices.compactMap { dims.contains($0) ? (keepdim ? 1 : nil) : x[0].shape[$0] }, rows.dtype)
    let n = dims.reduce(1) { $0 * x[0].shape[$1] }
    if n == 0 {
      y.fill(-.infinity)
    } else if y.dtype == .float32 {
      pith_logsumexp_f32(rows.f32, y.f32, y.count, n)
    } else {
      pith_logsumexp_f64(rows.f64, y.f64, y.count, n)
    }
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let share = try (pass.input(0) - pass.result.restoring(dims, keepdim: keepdim)).exp()
    return [try dy.restoring(dims, keepdim: keepdim) * share]
  }
}
