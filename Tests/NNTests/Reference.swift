import Glibc

/// A multilayer perceptron with a rectifier and a tangent, trained by plain loops: nothing is shared with the engine.
struct PlainNetwork {
  /// Weight and bias of the three layers: `[out][in]` and `[out]`.
  var weights: [[[Double]]], biases: [[Double]]

  init(_ numbers: [[Double]], sizes: [Int]) {
    weights = (0..<3).map { l in (0..<sizes[l + 1]).map { o in Array(numbers[2 * l][(o * sizes[l])..<((o + 1) * sizes[l])]) } }
    biases = (0..<3).map { numbers[2 * $0 + 1] }
  }

  var numbers: [[Double]] { (0..<3).flatMap { [weights[$0].flatMap { $0 }, biases[$0]] } }

  /// The cross-entropy of one sample and its gradient, in the order of `numbers`.
  func gradient(_ x: [Double], _ label: Int) -> (loss: Double, gradient: [[Double]]) {
    func affine(_ l: Int, _ x: [Double]) -> [Double] {
      zip(weights[l], biases[l]).map { row, bias in zip(row, x).reduce(bias) { $0 + $1.0 * $1.1 } }
    }
    let z1 = affine(0, x), a1 = z1.map { max($0, 0) }, a2 = affine(1, a1).map { tanh($0) }, z3 = affine(2, a2)
    let total = z3.reduce(0) { $0 + exp($1) }
    var delta = z3.enumerated().map { exp($1) / total - ($0 == label ? 1 : 0) }
    var out = [[Double]](repeating: [], count: 6)
    let inputs = [x, a1, a2]
    for l in [2, 1, 0] {
      out[2 * l] = delta.flatMap { d in inputs[l].map { d * $0 } }
      out[2 * l + 1] = delta
      guard l > 0 else { break }
      let back = inputs[l].indices.map { i in delta.indices.reduce(0.0) { $0 + delta[$1] * weights[l][$1][i] } }
      delta = back.indices.map { l == 2 ? back[$0] * (1 - a2[$0] * a2[$0]) : z1[$0] > 0 ? back[$0] : 0 }
    }
    return (log(total) - z3[label], out)
  }

  /// Epochs of batches in order; `rule` moves one number by its gradient and its place.
  mutating func train(_ x: [[Double]], _ y: [Int], epochs: Int, batch: Int, rule: (Double, Double, Int) -> Double) -> [Double] {
    var losses: [Double] = []
    for _ in 0..<epochs {
      var sum = 0.0
      for start in stride(from: 0, to: x.count, by: batch) {
        let rows = start..<min(start + batch, x.count)
        var mean = numbers.map { [Double](repeating: 0, count: $0.count) }
        for r in rows {
          let (loss, g) = gradient(x[r], y[r])
          sum += loss
          for (p, list) in g.enumerated() { for i in list.indices { mean[p][i] += list[i] / Double(rows.count) } }
        }
        var place = 0
        let moved = zip(numbers, mean).map { w, g in
          zip(w, g).map { w, g in
            defer { place += 1 }
            return rule(w, g, place)
          }
        }
        self = PlainNetwork(moved, sizes: [weights[0][0].count] + biases.map(\.count))
      }
      losses.append(sum / Double(x.count))
    }
    return losses
  }
}

/// The rules of `torch.optim`, one number at a time, as its documentation writes them.
final class PlainRule {
  var lr = 0.1, momentum = 0.0, dampening = 0.0, decay = 0.0, nesterov = false, maximize = false
  var beta1 = 0.9, beta2 = 0.999, eps = 1e-8, amsgrad = false, isDecoupled = false, alpha = 0.99, centered = false
  private var a: [Int: Double] = [:], b: [Int: Double] = [:], c: [Int: Double] = [:], steps: [Int: Int] = [:]

  func sgd(_ w: Double, _ gradient: Double, _ place: Int) -> Double {
    var g = (maximize ? -gradient : gradient) + decay * w
    if momentum != 0 {
      let v = a[place].map { momentum * $0 + (1 - dampening) * g } ?? g
      a[place] = v
      g = nesterov ? g + momentum * v : v
    }
    return w - lr * g
  }

  func adam(_ w: Double, _ gradient: Double, _ place: Int) -> Double {
    var w = w, g = maximize ? -gradient : gradient
    if isDecoupled { w -= lr * decay * w } else { g += decay * w }
    let t = Double((steps[place] ?? 0) + 1)
    steps[place] = Int(t)
    let m = beta1 * (a[place] ?? 0) + (1 - beta1) * g, v = beta2 * (b[place] ?? 0) + (1 - beta2) * g * g
    (a[place], b[place]) = (m, v)
    var second = v
    if amsgrad {
      second = max(c[place] ?? 0, v)
      c[place] = second
    }
    return w - lr * (m / (1 - pow(beta1, t))) / ((second / (1 - pow(beta2, t))).squareRoot() + eps)
  }

  func rmsprop(_ w: Double, _ gradient: Double, _ place: Int) -> Double {
    let g = (maximize ? -gradient : gradient) + decay * w
    let v = alpha * (a[place] ?? 0) + (1 - alpha) * g * g
    a[place] = v
    var spread = v
    if centered {
      let mean = alpha * (b[place] ?? 0) + (1 - alpha) * g
      b[place] = mean
      spread = v - mean * mean
    }
    let step = g / (spread.squareRoot() + eps)
    guard momentum > 0 else { return w - lr * step }
    let buffer = momentum * (c[place] ?? 0) + step
    c[place] = buffer
    return w - lr * buffer
  }
}
