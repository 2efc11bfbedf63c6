import CKernels

/// The C loops over elements, chosen by dtype. Inputs have been checked and cast by the operations.
enum Kernel {
  /// `y = f(x)` in the dtype of `x`; `code` is a `pith_unary`.
  static func unary(_ code: pith_unary, _ x: Tensor) throws(TensorError) -> Tensor {
    let x = try x.dense()
    let y = try Tensor.empty(like: x, x.dtype)
    switch x.dtype {
    case .float32: pith_unary_f32(Int32(code.rawValue), x.f32, y.f32, x.count)
    case .float64: pith_unary_f64(Int32(code.rawValue), x.f64, y.f64, x.count)
    case .int64: pith_unary_i64(Int32(code.rawValue), x.i64, y.i64, x.count)
    case .bool: throw .dtype("\(code)", expected: "numbers", met: .bool, operand: 0)
    }
    return y
  }

  /// Makes 0 of what is below 0, in memory that nobody else has. NaN stays.
  static func rectify(_ y: Tensor) { pith_unary_f32(Int32(PITH_UNARY_RELU.rawValue), y.f32, y.f32, y.count) }

  /// Whether none of these numbers is infinite or NaN.
  static func areFinite(_ x: Tensor) -> Bool { pith_are_finite_f32(x.f32, x.count) != 0 }

  /// `y = f(x, p)` with one plain parameter, for real numbers.
  static func unary1(_ code: pith_unary1, _ x: Tensor, _ p: Double) throws(TensorError) -> Tensor {
    let x = try x.dense()
    let y = try Tensor.empty(like: x, x.dtype)
    if x.dtype == .float32 {
      pith_unary1_f32(Int32(code.rawValue), x.f32, y.f32, x.count, Float(p))
    } else {
      pith_unary1_f64(Int32(code.rawValue), x.f64, y.f64, x.count, p)
    }
    return y
  }

  /// `y = f(a, b)` of one dtype, stretched to their common shape; `code` is a `pith_binary`.
  static func binary(_ code: pith_binary, _ name: String, _ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    let y = try stretched(name, a, b, a.dtype)
    let code = Int32(code.rawValue)
    steps(y, a, b) { rank, shape, sa, sb in
      switch a.dtype {
      case .float32: pith_binary_f32(code, a.f32, b.f32, y.f32, rank, shape, sa, sb)
      case .float64: pith_binary_f64(code, a.f64, b.f64, y.f64, rank, shape, sa, sb)
      case .int64: pith_binary_i64(code, a.i64, b.i64, y.i64, rank, shape, sa, sb)
      case .bool: pith_logical_u8(code, a.u8, b.u8, y.u8, rank, shape, sa, sb)
      }
    }
    return y
  }

  static func compare(_ code: pith_compare, _ name: String, _ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    let y = try stretched(name, a, b, .bool)
    let code = Int32(code.rawValue)
    steps(y, a, b) { rank, shape, sa, sb in
      switch a.dtype {
      case .float32: pith_compare_f32(code, a.f32, b.f32, y.u8, rank, shape, sa, sb)
      case .float64: pith_compare_f64(code, a.f64, b.f64, y.u8, rank, shape, sa, sb)
      case .int64: pith_compare_i64(code, a.i64, b.i64, y.u8, rank, shape, sa, sb)
      case .bool: pith_compare_u8(code, a.u8, b.u8, y.u8, rank, shape, sa, sb)
      }
    }
    return y
  }

  static func logical(_ code: pith_logical, _ name: String, _ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    let y = try stretched(name, a, b, .bool)
    let code = Int32(code.rawValue)
    steps(y, a, b) { rank, shape, sa, sb in pith_logical_u8(code, a.u8, b.u8, y.u8, rank, shape, sa, sb) }
    return y
  }

  /// `condition ? a : b`, all three stretched.
  static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    guard let ab = Shape.broadcast(a.shape, b.shape) else { throw .shapesDoNotBroadcast("where", a.shape, b.shape) }
    guard let shape = Shape.broadcast(condition.shape, ab) else { throw .shapesDoNotBroadcast("where", condition.shape, ab) }
    let isLast = decides(a, shape) || decides(b, shape) || decides(condition, shape)
    let y = try Tensor.empty(shape, channelsLast: isLast, a.dtype)
    let select = a.dtype.size == 1 ? pith_where_1 : a.dtype.size == 4 ? pith_where_4 : pith_where_8
    withSteps(isLast ? Shape.channelsLast(shape) : shape) { s in
      withSteps(walk(condition, shape, isLast)) { sc in
        withSteps(walk(a, shape, isLast)) { sa in
          withSteps(walk(b, shape, isLast)) { sb in
            select(condition.u8, a.raw, b.raw, y.raw, Int32(shape.count), s, sc, sa, sb)
          }
        }
      }
    }
    return y
  }

  /// The numbers of a strided tensor, one after the other.
  static func compact(_ x: Tensor) throws(TensorError) -> Tensor {
    let y = try Tensor.empty(x.shape, x.dtype)
    withSteps(x.shape) { shape in
      withSteps(x.strides) { strides in
        pith_copy_strided(Int32(x.dtype.size), x.raw, Int32(x.rank), shape, strides, y.raw)
      }
    }
    return y
  }

  /// Writes contiguous numbers of the same dtype into a view of the same shape.
  static func write(_ source: Tensor, into view: Tensor) {
    withSteps(view.shape) { shape in
      withSteps(view.strides) { strides in
        pith_copy_to_strided(Int32(view.dtype.size), source.raw, view.raw, Int32(view.rank), shape, strides)
      }
    }
  }

  /// Adds contiguous numbers of the same dtype to a view of the same shape.
  static func add(_ source: Tensor, into view: Tensor) {
    withSteps(view.shape) { shape in
      withSteps(view.strides) { strides in
        let rank = Int32(view.rank)
        switch view.dtype {
        case .float32: pith_add_to_strided_f32(source.f32, view.f32, rank, shape, strides)
        case .float64: pith_add_to_strided_f64(source.f64, view.f64, rank, shape, strides)
        case .int64: pith_add_to_strided_i64(source.i64, view.i64, rank, shape, strides)
        case .bool: pith_copy_to_strided(1, source.raw, view.raw, rank, shape, strides)
        }
      }
    }
  }

  private static func stretched(_ name: String, _ a: Tensor, _ b: Tensor, _ dtype: DType) throws(TensorError) -> Tensor {
    if b.isContiguous, b.rank == 0 || a.shape == b.shape, a.isContiguous { return try Tensor.empty(like: a, dtype) }
    guard let shape = Shape.broadcast(a.shape, b.shape) else { throw .shapesDoNotBroadcast(name, a.shape, b.shape) }
    return try Tensor.empty(shape, channelsLast: decides(a, shape) || decides(b, shape), dtype)
  }

  /// Whether an operand has the result lie with its channels last: one that lies so and is not stretched.
  private static func decides(_ t: Tensor, _ shape: [Int]) -> Bool { t.isChannelsLast && t.shape == shape }

  /// The strides with which an operand is read while the result is written in the order of its memory.
  private static func walk(_ t: Tensor, _ shape: [Int], _ isLast: Bool) -> [Int] {
    let strides = Shape.stretched(t.strides, t.shape, to: shape)
    return isLast ? Shape.channelsLast(strides) : strides
  }

  private typealias Steps = UnsafePointer<Int64>

  private static func steps(_ y: Tensor, _ a: Tensor, _ b: Tensor, _ body: (Int32, Steps?, Steps?, Steps?) -> Void) {
    let isLast = y.isChannelsLast
    let isAlike = isLast ? a.isChannelsLast && (b.isChannelsLast || b.count == 1) : a.isContiguous && b.isContiguous
    if isAlike, a.shape == b.shape || b.count == 1, a.count == y.count {
      // One long row: no dimension to walk.
      var n = Int64(y.count), one: Int64 = 1, step: Int64 = b.count == 1 && a.count != 1 ? 0 : 1
      body(1, &n, &one, &step)
      return
    }
    withSteps(isLast ? Shape.channelsLast(y.shape) : y.shape) { shape in
      withSteps(walk(a, y.shape, isLast)) { sa in
        withSteps(walk(b, y.shape, isLast)) { sb in body(Int32(y.rank), shape, sa, sb) }
      }
    }
  }
}

/// A list of sizes or strides as the C kernels read it. `Int` and `Int64` are the same 8 bytes.
func withSteps<R>(_ list: [Int], _ body: (UnsafePointer<Int64>?) -> R) -> R {
  list.withUnsafeBufferPointer { buffer in
    buffer.withMemoryRebound(to: Int64.self) { body($0.baseAddress) }
  }
}
