import CKernels

/// Which numbers of `[samples, channels, *]` are brought together to mean 0 and variance 1.
enum NormSets: Equatable {
  /// Those of a channel, over all samples.
  case channels
  /// Those of a group of neighbouring channels of one sample.
  case groups(Int)
}

/// Mean and biased variance of each set of numbers, in double precision and without history.
public struct ChannelMoments {
  public let mean: Tensor, variance: Tensor
  /// How many numbers each was taken over.
  public let count: Int
}

/// `(x - mean) / √(variance + eps) * weight + bias`, cut off at 0 where `relu` says so.
///
/// A primitive for speed: three passes over memory forward and backward where compositions take a dozen.
struct ChannelNormOp: Primitive {
  let sets: NormSets
  let eps: Double
  /// Of the input, or given, as in evaluation, and then constants.
  let moments: ChannelMoments
  let isGiven: Bool
  let hasWeight: Bool, hasBias: Bool
  let relu: Bool

  static var name: String { "batch_norm" }
  var saves: Saves { relu ? [.first, .second, .output] : [.first, .second] }

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let plan = try NormPlan(x[0], sets)
    let lists = try plan.coefficients(moments, eps: eps, hasWeight ? x[1] : nil, hasBias ? x[hasWeight ? 2 : 1] : nil)
    return try plan.normalised(lists, relu: relu)
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] {
    let dy = relu ? try ReLUGradOp().apply([dy, pass.result]) : dy
    let x = pass.input(0), weight = hasWeight ? pass.input(1) : nil
    let wants = NormWants(x: pass.wants[0], weight: hasWeight && pass.wants[1], bias: hasBias && pass.wants[hasWeight ? 2 : 1])
    let (dx, dw, db) = Recording.current == .none
      ? try NormPlan(x, sets).gradients(dy, weight, moments, eps: eps, isGiven: isGiven, wants)
      : try composed(dy, x, weight, wants)
    return [dx] + (hasWeight ? [dw] : []) + (hasBias ? [db] : [])
  }

  /// The same gradients in tensor operations, to be differentiated again.
  private func composed(
    _ dy: Tensor, _ x: Tensor, _ weight: Tensor?, _ wants: NormWants
  ) throws -> (Tensor?, Tensor?, Tensor?) {
    let channels = x.shape[1], across = x.shape.indices.map { $0 == 1 ? channels : 1 }
    let others = x.shape.indices.filter { $0 != 1 }
    // The sets in a form in which each is what some dimensions hold.
    let (form, dims): ([Int], [Int]) = switch sets {
    case .channels: (x.shape, others)
    case .groups(let groups): ([x.shape[0] * groups, x.count / max(x.shape[0] * groups, 1)], [1])
    }
    let folded = try x.reshape(form)
    let mean: Tensor, variance: Tensor
    if isGiven {
      (mean, variance) = (try moments.mean.to(x.dtype).reshape(across), try moments.variance.to(x.dtype).reshape(across))
    } else {
      mean = try folded.mean(dims, keepdim: true)
      variance = try (folded - mean).square().mean(dims, keepdim: true)
    }
    let rstd = try (variance + eps).rsqrt(), normal = try (folded - mean) * rstd
    var dx: Tensor?
    if wants.x {
      let g = try (weight.map { try dy * $0.reshape(across) } ?? dy).reshape(form)
      let free = isGiven ? g : try g - g.mean(dims, keepdim: true) - normal * (g * normal).mean(dims, keepdim: true)
      dx = try (free * rstd).reshape(x.shape)
    }
    return (dx, wants.weight ? try (dy * normal.reshape(x.shape)).sum(others) : nil, wants.bias ? try dy.sum(others) : nil)
  }
}

struct NormWants {
  let x: Bool, weight: Bool, bias: Bool
}

/// A normalisation of one tensor as the kernels see it: memory of `[outer, channels, inner]`, or `[outer, inner, channels]`,
/// and sets of numbers, `groups` of them in each of the `parts` that have lists of their own.
struct NormPlan {
  private let x: Tensor, sets: NormSets
  private let outer: Int, channels: Int, inner: Int, isLast: Bool
  /// How many rows the lists of one number a channel have: one for each sample where the sets are of a sample.
  private let parts: Int, groups: Int

  init(_ source: Tensor, _ sets: NormSets) throws(TensorError) {
    x = try source.dense()
    self.sets = sets
    channels = x.shape[1]
    let places = x.shape.dropFirst(2).reduce(1, *)
    isLast = x.isChannelsLast || places == 1
    if sets == .channels, isLast {
      (outer, inner) = (1, x.shape[0] * places)
    } else {
      (outer, inner) = (x.shape[0], places)
    }
    switch sets {
    case .channels: (parts, groups) = (1, channels)
    case .groups(let n): (parts, groups) = (outer, n)
    }
  }

  /// For sums of each sample apart.
  init(samplesOf source: Tensor, _ sets: NormSets) throws(TensorError) {
    x = try source.dense()
    self.sets = sets
    (outer, channels) = (x.shape[0], x.shape[1])
    inner = x.shape.dropFirst(2).reduce(1, *)
    isLast = x.isChannelsLast || inner == 1
    switch sets {
    case .channels: (parts, groups) = (1, channels)
    case .groups(let n): (parts, groups) = (outer, n)
    }
  }

  private var step: Int { parts == 1 ? 0 : channels }
  private var last: Int32 { isLast ? 1 : 0 }
  private var setSize: Int { x.count / max(parts * groups, 1) }
  private var room: Int { pith_norm_room(outer, channels, inner, last) }

  /// Mean and variance of each set.
  func moments() throws(TensorError) -> ChannelMoments {
    let lists = try Tensor.empty([2, outer * channels], .float64), space = try Tensor.empty([room], .float64)
    let mean = lists.f64, squares = lists.f64 + outer * channels
    if x.dtype == .float32 {
      pith_moments_f32(x.f32, outer, channels, inner, last, mean, squares, space.f64)
    } else {
      pith_moments_f64(x.f64, outer, channels, inner, last, mean, squares, space.f64)
    }
    let n = parts * groups, merged = (try Tensor.empty([n], .float64), try Tensor.empty([n], .float64))
    if sets == .channels {
      pith_merge_moments(mean, squares, inner, channels, 1, outer, channels, merged.0.f64, merged.1.f64)
    } else {
      let members = channels / max(groups, 1)
      pith_merge_moments(mean, squares, inner, n, members, members, 1, merged.0.f64, merged.1.f64)
    }
    for i in 0..<n { merged.1.f64[i] /= Double(setSize) }
    return ChannelMoments(mean: merged.0, variance: merged.1, count: setSize)
  }

  /// Centre, scale and shift of each channel, in the dtype of the input.
  fileprivate func coefficients(_ moments: ChannelMoments, eps: Double, _ weight: Tensor?, _ bias: Tensor?) throws(TensorError) -> Tensor {
    let n = parts * channels, members = channels / max(groups, 1)
    let lists = try Tensor.empty([3, n], .float64), centre = lists.f64, scale = centre + n, shift = scale + n
    let mean = moments.mean.f64, variance = moments.variance.f64
    let w = try weight?.detached().to(.float64).contiguous(), b = try bias?.detached().to(.float64).contiguous()
    for i in 0..<n {
      let set = i / members, c = i % channels, rstd = 1 / (variance[set] + eps).squareRoot()
      scale[i] = rstd * (w?.f64[c] ?? 1)
      centre[i] = rounded(mean[set])
      // The centre is rounded to the dtype: what that loses is made good here.
      shift[i] = (b?.f64[c] ?? 0) + (centre[i] - mean[set]) * scale[i]
    }
    return try Recording.with(.none) { () throws(TensorError) -> Tensor in try lists.to(x.dtype) }
  }

  private func rounded(_ value: Double) -> Double { x.dtype == .float32 ? Double(Float(value)) : value }

  fileprivate func normalised(_ lists: Tensor, relu: Bool) throws(TensorError) -> Tensor {
    let y = try Tensor.empty(like: x, x.dtype), n = parts * channels
    if x.dtype == .float32 {
      let p = lists.f32
      pith_normalise_f32(x.f32, p, p + n, p + 2 * n, step, outer, channels, inner, last, relu ? 1 : 0, y.f32)
    } else {
      let p = lists.f64
      pith_normalise_f64(x.f64, p, p + n, p + 2 * n, step, outer, channels, inner, last, relu ? 1 : 0, y.f64)
    }
    return y
  }

  /// The gradients for input, weight and bias that are wanted.
  fileprivate func gradients(
    _ gradient: Tensor, _ weight: Tensor?, _ moments: ChannelMoments, eps: Double, isGiven: Bool, _ wants: NormWants
  ) throws(TensorError) -> (Tensor?, Tensor?, Tensor?) {
    // In the order of memory of the input.
    let dy = x.isChannelsLast ? try gradient.channelsLast() : try gradient.contiguous()
    let n = parts * channels, members = channels / max(groups, 1)
    let lists = try Tensor.empty([4, n], .float64), centre = lists.f64
    let (scale, slope, shift) = (centre + n, centre + 2 * n, centre + 3 * n)
    let mean = moments.mean.f64, variance = moments.variance.f64
    let w = try weight?.detached().to(.float64).contiguous()
    for i in 0..<n {
      centre[i] = rounded(mean[i / members])
      scale[i] = (w?.f64[i % channels] ?? 1) / (variance[i / members] + eps).squareRoot()
    }
    let needsSums = wants.weight || wants.bias || (wants.x && !isGiven)
    let sums = needsSums ? try self.sums(dy, centre) : nil
    var dw: Tensor?, db: Tensor?
    if let sums {
      let (sum, dot) = (sums.f64, sums.f64 + n)
      for i in 0..<n { dot[i] += (centre[i] - mean[i / members]) * sum[i] }
      if wants.weight { dw = try total { dot[$0] / (variance[$0 / members] + eps).squareRoot() } }
      if wants.bias { db = try total { sum[$0] } }
      if wants.x, !isGiven {
        for set in 0..<(parts * groups) {
          let rstd = 1 / (variance[set] + eps).squareRoot()
          var (s, d) = (0.0, 0.0)
          for i in (set * members)..<((set + 1) * members) {
            s += (w?.f64[i % channels] ?? 1) * sum[i]
            d += (w?.f64[i % channels] ?? 1) * dot[i]
          }
          for i in (set * members)..<((set + 1) * members) {
            slope[i] = -rstd * rstd * rstd * d / Double(setSize)
            shift[i] = -rstd * s / Double(setSize) + (centre[i] - mean[set]) * slope[i]
          }
        }
      }
    }
    return (wants.x ? try spread(dy, lists, isGiven: isGiven) : nil, dw, db)
  }

  /// For each sample the gradients of weight and bias.
  /// - Shape: both `[samples, channels]`.
  func gradientsOfSamples(_ gradient: Tensor, _ moments: ChannelMoments, eps: Double) throws(TensorError) -> (weight: Tensor, bias: Tensor) {
    let dy = x.isChannelsLast ? try gradient.channelsLast() : try gradient.contiguous()
    let n = parts * channels, members = channels / max(groups, 1), all = outer * channels
    let centre = try Tensor.empty([n], .float64)
    for i in 0..<n { centre.f64[i] = rounded(moments.mean.f64[i / members]) }
    let lists = try listed(dy, centre.f64), sum = lists.f64, dot = lists.f64 + all
    for i in 0..<all {
      let at = parts == 1 ? i % channels : i, set = at / members
      dot[i] = (dot[i] + (centre.f64[at] - moments.mean.f64[set]) * sum[i]) / (moments.variance.f64[set] + eps).squareRoot()
    }
    let both = try lists.to(x.dtype).reshape([2, outer, channels])
    return (try both.select(0, 1), try both.select(0, 0))
  }

  /// The sums of `dy` and of `dy (x - centre)`, for each channel of each outer part.
  private func listed(_ dy: Tensor, _ centre: UnsafeMutablePointer<Double>) throws(TensorError) -> Tensor {
    let n = parts * channels, all = outer * channels
    let lists = try Tensor.empty([2, all], .float64), space = try Tensor.empty([room], .float64), centres = try Tensor.empty([n], x.dtype)
    pith_cast(DType.float64.code, x.dtype.code, centre, centres.raw, n)
    if x.dtype == .float32 {
      pith_dots_f32(dy.f32, x.f32, centres.f32, step, outer, channels, inner, last, lists.f64, lists.f64 + all, space.f64)
    } else {
      pith_dots_f64(dy.f64, x.f64, centres.f64, step, outer, channels, inner, last, lists.f64, lists.f64 + all, space.f64)
    }
    return lists
  }

  /// The same for each channel of each part.
  private func sums(_ dy: Tensor, _ centre: UnsafeMutablePointer<Double>) throws(TensorError) -> Tensor {
    let n = parts * channels, all = outer * channels, lists = try listed(dy, centre)
    guard all != n else { return lists }
    // One list over all samples.
    let merged = try Tensor.zeros([2, n], .float64)
    for half in 0..<2 { for i in 0..<all { merged.f64[half * n + i % channels] += lists.f64[half * all + i] } }
    return merged
  }

  /// The sum over the parts of a number of each channel.
  private func total(_ value: (Int) -> Double) throws(TensorError) -> Tensor {
    let list = try Tensor.zeros([channels], .float64)
    for i in 0..<(parts * channels) { list.f64[i % channels] += value(i) }
    return try list.to(x.dtype)
  }

  private func spread(_ dy: Tensor, _ coefficients: Tensor, isGiven: Bool) throws(TensorError) -> Tensor {
    let dx = try Tensor.empty(like: x, x.dtype), n = parts * channels
    let lists = try Tensor.empty([4, n], x.dtype)
    pith_cast(DType.float64.code, x.dtype.code, coefficients.raw, lists.raw, (isGiven ? 2 : 4) * n)
    if x.dtype == .float32 {
      let p = lists.f32
      pith_normalise_backward_f32(
        dy.f32, x.f32, p, p + n, isGiven ? nil : p + 2 * n, isGiven ? nil : p + 3 * n, step, outer, channels, inner, last, dx.f32)
    } else {
      let p = lists.f64
      pith_normalise_backward_f64(
        dy.f64, x.f64, p, p + n, isGiven ? nil : p + 2 * n, isGiven ? nil : p + 3 * n, step, outer, channels, inner, last, dx.f64)
    }
    return dx
  }
}
