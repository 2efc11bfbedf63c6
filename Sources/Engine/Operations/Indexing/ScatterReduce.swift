import Builtins

extension Builtin<Void> {
  static let scatterReduce = Builtin(
    "scatter_reduce", "A copy in which the elements that meet at a place are reduced to one.",
    .required("input", Tensor.self, "Any numbers."),
    .required("dim", Int.self, "The dimension."),
    .required("index", Tensor.self, "A place along it for each element of `src`."),
    .required("src", Tensor.self, "What comes to the places."),
    .required("reduce", Meeting.self, "What they are reduced to."),
    .option("include_self", true, "Whether the element that stood there counts."),
    examples: [Example("scatter_reduce(zeros(2), 0, tensor([0, 0, 1]), tensor([1.0, 5.0, 2.0]), amax)", gives: "[5., 2.]")]
  ) { (x: Tensor, dim: Int, index: Tensor, source: Tensor, reduce: Meeting, includesSelf: Bool) in
    try x.scatterReduce(dim, index, source, reduce, includesSelf: includesSelf)
  }
}

/// What elements that meet at one place are reduced to.
public enum Meeting: String, Choice { case sum, prod, mean, amax, amin }

extension Tensor {
  /// - Gradient: that of the reduction; extremes that tie share it evenly.
  public func scatterReduce(_ dim: Int, _ index: Tensor, _ source: Tensor, _ reduce: Meeting, includesSelf: Bool = true) throws(TensorError) -> Tensor {
    let d = try dimension(dim, "scatter_reduce")
    // A number that changes nothing where the own element does not count, but only where another comes.
    let isMet = try Tensor.zeros(shape, .int64).scatterAdd(d, index, Tensor.ones(index.shape, .int64))
    var own = self
    if !includesSelf { own = try isMet.gt(0).selecting(Tensor.full([], reduce.neutral(dtype), dtype), self) }
    switch reduce {
    case .sum: return try own.scatterAdd(d, index, source)
    case .mean:
      let sum = try own.scatterAdd(d, index, source), n = includesSelf ? try isMet + 1 : try isMet.maximum(Tensor.number(1))
      return dtype.isFloating ? try sum / n.to(dtype) : try sum.floorDivide(n)
    case .prod, .amax, .amin:
      let places = try checkedPlaces("scatter_reduce", d, index)
      guard source.dtype == dtype else { throw .dtype("scatter_reduce", expected: dtype.name, met: source.dtype, operand: 3) }
      guard source.rank == index.rank, zip(index.shape, source.shape).allSatisfy({ $0 <= $1 }) else {
        throw .shape("scatter_reduce", expected: "at least \(index.shape)", met: source.shape, operand: 3)
      }
      return try ScatterReduceOp(dim: d, places: places, kind: reduce, countsOwn: includesSelf ? nil : isMet.eq(0))
        .apply([own, source.narrowed(to: index.shape, except: -1)])
    }
  }
}

extension Meeting {
  /// The number that a reduction does not notice.
  fileprivate func neutral(_ dtype: DType) -> Double {
    switch self {
    case .sum, .mean: 0
    case .prod: 1
    case .amax: dtype.isFloating ? -.infinity : Double(Int64.min)
    case .amin: dtype.isFloating ? .infinity : Double(Int64.max)
    }
  }
}

/// Products and extremes at places. A primitive, as there is no operation that multiplies or compares at places.
struct ScatterReduceOp: Primitive {
  let dim: Int, places: Tensor, kind: Meeting
  /// Where the own element is more than a neutral number; nil for everywhere.
  let countsOwn: Tensor?
  static var name: String { "scatter_reduce" }
  var saves: Saves { [.first, .second, .output] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Kernel.compact(x[0]), source = try x[1].contiguous()
    let targets = try targets(of: y)
    switch y.dtype {
    case .float32: reduce(source.f32, y.f32, targets)
    case .float64: reduce(source.f64, y.f64, targets)
    case .int64: reduce(source.i64, y.i64, targets)
    case .bool: throw .dtype("scatter_reduce", expected: "numbers", met: .bool, operand: 0)
    }
    return y
  }

  /// For each element of the source its place in the memory of the output.
  private func targets(of y: Tensor) throws(TensorError) -> Tensor {
    let grid = try y.allPlaces()
    return try grid.gather(dim, places).contiguous()
  }

  private func reduce<T: Numeric & Comparable>(_ source: UnsafeMutablePointer<T>, _ y: UnsafeMutablePointer<T>, _ targets: Tensor) {
    for i in 0..<targets.count {
      let at = Int(targets.i64[i]), value = source[i], there = y[at]
      switch kind {
      case .amax: y[at] = value != value || value > there ? value : there
      case .amin: y[at] = value != value || value < there ? value : there
      case .prod: y[at] = multiplied(there, value)
      case .sum, .mean: break
      }
    }
  }

  /// Integers wrap around, as in all products.
  private func multiplied<T: Numeric>(_ a: T, _ b: T) -> T {
    if let a = a as? Int64, let b = b as? Int64, let product = a &* b as? T { return product }
    return a * b
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let own = pass.input(0), source = pass.input(1), y = pass.result
    if kind == .prod {
      // Each factor's gradient is the product of the others: y / x, but for zeros, which are counted apart.
      let (ownZero, zero) = (try own.eq(0), try source.eq(0)), one = try Tensor.full([], 1, dy.dtype)
      let zeros = try ownZero.to(.int64).scatterAdd(dim, places, zero.to(.int64))
      let rest = try ownZero.selecting(one, own).scatterReduce(dim, places, zero.selecting(one, source), .prod)
      let scale = try dy * rest
      func share(_ x: Tensor, _ isZero: Tensor, _ zeros: Tensor, _ scale: Tensor) throws -> Tensor {
        let others = try zeros - isZero.to(.int64)
        return try others.eq(0).selecting(scale / isZero.selecting(one, x), Tensor.zeros([], dy.dtype))
      }
      return [
        pass.wants[0] ? try share(own, ownZero, zeros, scale) : nil,
        pass.wants[1] ? try share(source, zero, zeros.gather(dim, places), scale.gather(dim, places)) : nil,
      ]
    }
    let extreme = y.detached()
    var isOwn = try own.eq(extreme)
    if let countsOwn { isOwn = try isOwn.logicalAnd(countsOwn) }
    let isSource = try source.eq(extreme.gather(dim, places))
    let n = try isOwn.to(dy.dtype).scatterAdd(dim, places, isSource.to(dy.dtype)), share = try dy / n.maximum(Tensor.number(1.0)).to(dy.dtype)
    return [
      pass.wants[0] ? try share * isOwn.to(dy.dtype) : nil,
      pass.wants[1] ? try share.gather(dim, places) * isSource.to(dy.dtype) : nil,
    ]
  }
}
