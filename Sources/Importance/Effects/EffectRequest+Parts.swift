import Engine

/// More samples than there is memory for at once, where some at a time do as well.
struct TooManySamples: Error {
  let room: Int
}

extension EffectRequest {
  /// Whether what is done to a sample is the same whatever the others are.
  var isBySample: Bool {
    switch effect.question {
    case .rise(let action, let place), .drop(let action, let place):
      switch action {
      case .zero, .noise, .dropout, .reinit: true
      case .mean, .shuffle: place == .w
      case .set(.number): true
      case .set(.value): place == .w
      }
    // The order in which they are done is that of all samples.
    case .cumulative: false
    case .shapley(let absence): absence == .zero
    }
  }

  /// The effects of samples some at a time: their mean, or one after the other.
  func inParts(of size: Int, _ subject: EffectSubject, _ keepsSamples: Bool) throws -> EffectResult {
    try Recording.with(.none) {
      let n = x.shape[0]
      var rows: [Tensor] = [], sum: Tensor?, squares: Tensor?
      for start in stride(from: 0, to: n, by: size) {
        let count = min(size, n - start), weight = Double(count) / Double(n)
        var part = self
        (part.x, part.y) = (try x.narrow(0, start, count), try y?.narrow(0, start, count))
        if let baseline, baseline.rank == x.rank, baseline.shape[0] == n, n > 1 { part.baseline = try baseline.narrow(0, start, count) }
        if let progress { part.progress = { progress((Double(start) + $0 * Double(count)) / Double(n)) } }
        let made = try part.result(on: subject, keepsSamples: keepsSamples)
        if keepsSamples {
          rows.append(made.value)
          continue
        }
        let value = try made.value.to(.float64) * weight, square = try made.error.map { try ($0.to(.float64) * weight).square() }
        (sum, squares) = (try sum.map { try $0 + value } ?? value, try squares.map { before in try square.map { try before + $0 } ?? before } ?? square)
      }
      if keepsSamples { return EffectResult(value: try Tensor.cat(rows, 0), error: nil) }
      let dtype = x.dtype.isFloating ? x.dtype : .float32
      return EffectResult(value: try (sum ?? Tensor.zeros([], .float64)).to(dtype), error: try squares.map { try $0.sqrt().to(dtype) })
    }
  }
}
