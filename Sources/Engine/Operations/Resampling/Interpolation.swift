import Builtins
import CKernels

extension Builtin<Void> {
  static let interpolate = Builtin(
    "interpolate", "A sequence, picture or volume of another size.",
    .required("input", Tensor.self, "[samples, channels, …] with one to three axes behind"),
    .optional("size", [Int].self, "The new sizes."),
    .optional("scale_factor", [Double].self, "How many times the old sizes the new ones are."),
    .option("mode", InterpolationMode.nearest, "What stands between the old places."),
    .optional("align_corners", Bool.self, "Whether the outermost places of both coincide, rather than their borders."),
    .optional("recompute_scale_factor", Bool.self, "Whether the scale is worked out anew from the new sizes, which are whole."),
    examples: [Example("interpolate(tensor([[[1.0, 2.0]]]), scale_factor=2)", gives: "[[[1., 1., 2., 2.]]]")]
  ) { (x: Tensor, size: [Int]?, scale: [Double]?, mode: InterpolationMode, isAligned: Bool?, isRecomputed: Bool?) in
    try x.interpolated(size: size, scale: scale, mode, isAligned: isAligned, isRecomputed: isRecomputed ?? false)
  }

  static let upsample = Builtin(
    "upsample", "A sequence, picture or volume of another size: the old name of `interpolate`.",
    .required("input", Tensor.self, "[samples, channels, …] with one to three axes behind"),
    .optional("size", [Int].self, "The new sizes."),
    .optional("scale_factor", [Double].self, "How many times the old sizes the new ones are."),
    .option("mode", InterpolationMode.nearest, "What stands between the old places."),
    .optional("align_corners", Bool.self, "Whether the outermost places of both coincide, rather than their borders."),
    examples: [Example("upsample(tensor([[[1.0, 2.0]]]), size=4)", gives: "[[[1., 1., 2., 2.]]]")]
  ) { (x: Tensor, size: [Int]?, scale: [Double]?, mode: InterpolationMode, isAligned: Bool?) in
    try x.interpolated(size: size, scale: scale, mode, isAligned: isAligned)
  }
}

/// What stands between the places of a picture that is made larger or smaller.
public enum InterpolationMode: String, Choice {
  case nearest, linear, bilinear, bicubic, trilinear, area
  case nearestExact = "nearest-exact"

  /// How many axes it works on, nil for any.
  fileprivate var axes: Int? {
    switch self {
    case .linear: 1
    case .bilinear, .bicubic: 2
    case .trilinear: 3
    case .nearest, .nearestExact, .area: nil
    }
  }
  fileprivate var isWeighted: Bool { axes != nil }
}

extension Tensor {
  /// The last one to three axes at another size.
  /// - Shape: `x [samples, channels, *]`.
  /// - Source: PyTorch's `interpolate` with its rules for places: pixel centres are half a step from the border unless the
  ///   corners are aligned; bicubic with a = -0.75 (Keys 1981).
  public func interpolated(
    size: [Int]? = nil, scale: [Double]? = nil, _ mode: InterpolationMode = .nearest, isAligned: Bool? = nil, isRecomputed: Bool = false
  ) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("interpolate", expected: "real numbers", met: dtype, operand: 0) }
    let axes = rank - 2
    guard (1...3).contains(axes) else {
      throw .shape("interpolate", expected: "[samples, channels, …] with one to three axes behind", met: shape, operand: 0)
    }
    if let needed = mode.axes, needed != axes {
      throw .shape("interpolate with mode \(mode.rawValue)", expected: "\(needed + 2) dimensions", met: shape, operand: 0)
    }
    guard isAligned == nil || mode.isWeighted else {
      throw .value("interpolate", "align_corners goes with linear, bilinear, bicubic and trilinear, not with \(mode.rawValue)")
    }
    let (sizes, scales) = try targets(size, scale, axes: axes, isRecomputed: isRecomputed)
    if mode == .area { return try adaptiveAvgPool(sizes, axes: axes) }
    var y = self
    for axis in 0..<axes {
      let plan = try ResamplePlan(
        from: shape[2 + axis], to: sizes[axis], scale: scales[axis], mode, isAligned: isAligned ?? false)
      y = try ResampleOp(axis: 2 + axis, plan: plan).apply([y])
    }
    return y
  }

  /// The new sizes, and the scales where these decide which places are read.
  private func targets(_ size: [Int]?, _ scale: [Double]?, axes: Int, isRecomputed: Bool) throws(TensorError) -> ([Int], [Double?]) {
    switch (size, scale) {
    case (let size?, nil):
      guard !isRecomputed else { throw .value("interpolate", "recompute_scale_factor goes with scale_factor, not with size") }
      let sizes = try oneEach("interpolate", "size", size, axes: axes)
      if let bad = sizes.first(where: { $0 < 1 || $0 > 1 << 30 }) { throw .value("interpolate", "a size is between 1 and \(1 << 30), got \(bad)") }
      return (try checked(sizes), Array(repeating: nil, count: axes))
    case (nil, let scale?):
      guard scale.count == axes || scale.count == 1 else { throw .value("interpolate", "`scale_factor` is one number or \(axes), got \(scale.count)") }
      let scales = scale.count == axes ? scale : Array(repeating: scale[0], count: axes)
      var sizes: [Int] = []
      for (axis, factor) in scales.enumerated() {
        let exact = Double(shape[2 + axis]) * factor
        guard factor > 0, exact < Double(1 << 30) else { throw .value("interpolate", "scale_factor=\(factor) makes no size of \(shape[2 + axis])") }
        sizes.append(Int(exact.rounded(.down)))
      }
      return (try checked(sizes), isRecomputed ? Array(repeating: nil, count: axes) : scales)
    default: throw .value("interpolate", "takes either size or scale_factor")
    }
  }

  private func checked(_ sizes: [Int]) throws(TensorError) -> [Int] {
    guard sizes.allSatisfy({ $0 > 0 }), shape.dropFirst(2).allSatisfy({ $0 > 0 }) else {
      throw .value("interpolate", "the output would be empty: \(shape.dropFirst(2).map { $0 }) to \(sizes)")
    }
    return sizes
  }
}

/// Which places each output of an axis reads, and with what weights.
final class ResamplePlan {
  let from: Int, to: Int, taps: Int
  fileprivate let places: Tensor, weights: Tensor

  init(from: Int, to: Int, scale: Double?, _ mode: InterpolationMode, isAligned: Bool) throws(TensorError) {
    (self.from, self.to) = (from, to)
    taps = mode == .bicubic ? 4 : mode.isWeighted ? 2 : 1
    (places, weights) = (try .empty([to * taps], .int64), try .empty([to * taps], .float64))
    let p = places.i64, w = weights.f64
    if !mode.isWeighted {
      // In single precision, as PyTorch has it: where a place falls on a border its rounding decides.
      let step = scale.map { Float(1 / $0) } ?? Float(from) / Float(to)
      for o in 0..<to {
        let place = (Float(o) + (mode == .nearestExact ? 0.5 : 0)) * step
        (p[o], w[o]) = (Int64(min(Int(place.rounded(.down)), from - 1)), 1)
      }
      return
    }
    let step = isAligned ? (to > 1 ? Double(from - 1) / Double(to - 1) : 0) : scale.map { 1 / $0 } ?? Double(from) / Double(to)
    for o in 0..<to {
      var place = isAligned ? step * Double(o) : step * (Double(o) + 0.5) - 0.5
      if mode != .bicubic { place = min(max(place, 0), Double(from - 1)) }
      let first = Int(place.rounded(.down)), t = place - Double(first)
      if mode == .bicubic {
        for (k, weight) in ResamplePlan.cubic(t).enumerated() {
          (p[4 * o + k], w[4 * o + k]) = (Int64(min(max(first - 1 + k, 0), from - 1)), weight)
        }
      } else {
        (p[2 * o], w[2 * o]) = (Int64(first), 1 - t)
        (p[2 * o + 1], w[2 * o + 1]) = (Int64(min(first + 1, from - 1)), t)
      }
    }
  }

  private static func cubic(_ t: Double) -> [Double] {
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
  }
}

/// Weighted sums of places along one axis. A primitive for speed.
struct ResampleOp: Primitive {
  let axis: Int, plan: ResamplePlan
  static var name: String { "interpolate" }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor { try run(x[0], size: plan.to, pith_resample_f32, pith_resample_f64) }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try ResampleSpreadOp(resample: self).apply([dy])] }

  typealias Loop<T> = (
    UnsafePointer<T>?, UnsafePointer<Int64>?, UnsafePointer<Double>?, UnsafeMutablePointer<T>?, Int, Int, Int, Int, Int
  ) -> Void

  /// Runs a loop over the axis as it lies in memory, in either order.
  fileprivate func run(_ source: Tensor, size: Int, _ single: Loop<Float>, _ double: Loop<Double>) throws(TensorError) -> Tensor {
    let x = try source.dense(), isLast = x.isChannelsLast
    var shape = x.shape
    shape[axis] = size
    let y = try Tensor.empty(shape, channelsLast: isLast, x.dtype)
    var inner = x.shape[(axis + 1)...].reduce(1, *), outer = x.shape[..<axis].reduce(1, *)
    if isLast { (inner, outer) = (inner * x.shape[1], outer / max(x.shape[1], 1)) }
    if x.dtype == .float32 {
      single(x.f32, plan.places.i64, plan.weights.f64, y.f32, outer, plan.from, plan.to, inner, plan.taps)
    } else {
      double(x.f64, plan.places.i64, plan.weights.f64, y.f64, outer, plan.from, plan.to, inner, plan.taps)
    }
    return y
  }
}

/// The transpose: each element shared out to the places that it was read from.
struct ResampleSpreadOp: Primitive {
  let resample: ResampleOp
  static var name: String { "interpolate" }
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    try resample.run(x[0], size: resample.plan.from, pith_resample_spread_f32, pith_resample_spread_f64)
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try resample.apply([dy])] }
}
