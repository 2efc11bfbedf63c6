import Engine
import NN

/// The samples that a worked number shows: those that say most about it, where their numbers can be had without scoring
/// each alone.
struct ShownSamples {
  let rows: [Int]
  /// Behind a number that is made of the samples: how many they are, and which of them follow.
  let words: String

  static let most = 3

  /// The first, in their order.
  init(first n: Int) {
    rows = Array(0..<min(n, Self.most))
    words = "over \(n) sample\(n == 1 ? "" : "s")"
  }

  /// - Parameter values: the number of each sample.
  init(_ values: [Double], _ reducer: FormulaReducer) {
    let first = ShownSamples(first: values.count), center = mean(values)
    guard values.count > Self.most, values.contains(where: { $0 != 0 }) else {
      (rows, words) = (first.rows, first.words + (values.count > Self.most ? ", each of which has 0 here" : ""))
      return
    }
    let keys = values.map { value in
      switch reducer {
      case .mean, .sum, .norm: abs(value)
      case .max: value
      case .min: -value
      case .std, .var: abs(value - center)
      }
    }
    rows = Ranking(keys).largest(Self.most)
    let what = switch reducer {
    case .mean, .sum, .norm, .max: "the largest"
    case .min: "the smallest"
    case .std, .var: "those farthest from the mean"
    }
    words = first.words + ", of which \(what)"
  }
}

extension Worked {
  /// The samples to show of a formula inside a reducer. That of a parameter must be made of it and of its gradient.
  func shownSamples(of inner: Formula, _ reducer: FormulaReducer) throws -> ShownSamples {
    let n = request.sampleCount, plain = ShownSamples(first: n)
    let known: [Formula] = [.symbol(.w), .symbol(.w0), .symbol(.g)]
    guard n > ShownSamples.most, !request.isGrouped, case .parameters(let list) = request.subject, inner.contains(.g), inner.atoms.allSatisfy(known.contains) else {
      return plain
    }
    let parameter = list[element.subject].parameter
    guard let g = try gradients(of: parameter.value) else { return plain }
    let w = try Tensor.number(parameter.value.element(element.index)), w0 = try parameter.origin.map { try Tensor.number($0.element(element.index)) }
    let values = try Recording.with(.none) { try inner.tensor(Bindings(w: w, g: Tensor(g), w0: w0)).expand([n]).doubles() }
    return ShownSamples(values, reducer)
  }

  /// The derivative of each sample's objective with respect to the element: the gradient of `Σ uᵢ ℓᵢ` is linear in u, and
  /// what it changes by with each uᵢ is the derivative of ℓᵢ. Nil where that cannot be told, as where samples meet.
  /// - Cost: a forward pass and two backward passes for all samples.
  private func gradients(of w: Tensor) throws -> [Double]? {
    let n = request.sampleCount, position = request.run.generator.position
    defer { request.run.generator.position = position }
    return try request.evaluating {
      // The second backward pass keeps as much again as the first, and the first as the forward pass.
      let bytes = 2 * SampleCost.back * (try SampleCost(of: request)).bytes, step = max(1, Int(min(Double(n), request.memory / max(bytes, 1))))
      var out: [Double] = []
      for start in stride(from: 0, to: n, by: step) {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let (x, y) = try request.samples(start..<min(start + step, n))
        let column: Tensor? = try Recording.with(.all) {
          let own = try request.objective.perSample(request.run(request.model, x), y)
          let u = try Tensor.ones(own.shape, own.dtype)
          guard own.rank == 1, let g = try own.gradients(with: [w], seed: u, keepsHistory: true)[0] else { return nil }
          return try element.index.reduce(g) { try $0.select(0, $1) }.gradients(with: [u])[0] ?? Tensor.zeros(own.shape, own.dtype)
        }
        guard let column else { return nil }
        out += try column.detached().doubles()
      }
      return out.allSatisfy(\.isFinite) ? out : nil
    }
  }
}
