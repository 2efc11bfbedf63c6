import Builtins
import Engine
import NN

extension CriterionMethod {
  static let trueFisher = CriterionMethod(
    builtin: Builtin(
      "true_fisher", "How much the distribution that the model gives answers to the weight: the diagonal of the Fisher information.",
      .option("draws", 0, in: 0...1e6, "Labels drawn for each sample; 0 for the exact sum over all classes."),
      formula: "mean over x of Σ_c p(c|x) (∂ log p(c|x) / ∂w)²; for real targets Σ_k (∂ f_k / ∂w)², the model's numbers being means of unit variance",
      source: Source("Kirkpatrick et al. 2017; Martens 2014, section 5", arXiv: "1612.00796"), run: fisher),
    needs: .inputs, cost: "one way back for each output, or one pass for each draw", isInvariantToRescaling: false,
    misleads: "It says what the model is sure of, not what is right: labels of the data play no part, so it does not fall to 0 as the loss does.", parts: MethodParts.trueFisher)

  static let mas = CriterionMethod(
    builtin: Builtin(
      "mas", "How much the length of the output of a typical sample answers to the weight. It needs no labels.",
      formula: "mean(|g|) for ‖f(x)‖²", source: Source("Aljundi et al. 2018, eq. 3, sample by sample", arXiv: "1711.09601"), run: aware),
    needs: .inputs, cost: "one forward and one backward pass where the layers are linear", isInvariantToRescaling: false,
    misleads: "Logits that are shifted by a constant give the same probabilities and other scores; the code of the paper takes the size after summing over a batch, so that its batch size matters.")
}

private func aware(_ run: MethodRun) throws -> MethodScores {
  MethodScores(tensors: try run.scores(.mean(.magnitude(.g)), for: .squaredLength))
}

extension Objective {
  /// The squared length of the output, which needs no targets.
  static var squaredLength: Objective {
    .function("‖f(x)‖²") { out, _ in
      let squares = try out.square()
      return out.rank == 1 ? squares : try squares.sum(Array(1..<out.rank))
    }
  }
}

private func fisher(_ run: MethodRun, draws: Int) throws -> MethodScores {
  if draws > 0 { return try drawnFisher(run, draws) }
  let exact = try ExactFisher(run)
  return MethodScores(tensors: try exact.diagonal(), notes: ["true_fisher exactly, over \(exact.outputs) outputs"])
}

/// `mean(g²)` with labels drawn from the model.
private func drawnFisher(_ run: MethodRun, _ draws: Int) throws -> MethodScores {
  let request = run.request
  // The probabilities of all samples, which a forward pass of some at a time gives.
  let p = try Recording.with(.none) { () throws -> Tensor in
    let parts = try run.blocks(SampleCost.back).map { rows in
      guard !Interrupt.isSet else { throw TensorError.interrupted }
      let out = try request.run(request.model, request.samples(rows).x)
      guard out.rank == 2, out.shape[1] > 0 else { throw ObjectiveError.output("true_fisher", expected: "[n, classes]", met: out.shape) }
      return try out.softmax(1)
    }
    return parts.count == 1 ? parts[0] : try Tensor.cat(parts, 0)
  }
  let sums = try run.resuming(draws, from: [Tensor]()) { sums, draw in
    // The class at which the running sum of probabilities passes a uniform number.
    let y = try Recording.with(.none) {
      let u = try request.run.generator.uniform([p.shape[0], 1], p.dtype)
      return try p.cumsum(1).lt(u).to(.int64).sum([1]).minimum(Tensor.number(p.shape[1] - 1))
    }
    let scores = try run.scores(.mean(.g ^ 2), for: .loss(.cross_entropy), y: y)
    sums = sums.isEmpty ? scores : try zip(sums, scores).map { try $0 + $1 }
    run.report(Double(draw + 1) / Double(draws))
  }
  return MethodScores(tensors: try sums.map { try $0 / Double(draws) }, notes: ["true_fisher from \(draws) labels drawn for each sample"])
}

/// The Fisher information as a sum over the outputs: `Σ_r (v_r · J)²` with the factors `v_r` of the curvature of the
/// log-likelihood.
private struct ExactFisher {
  private let run: MethodRun
  private let layers: [CurvatureLayer]
  /// By scored parameter the layer that it is of; nil where samples go one by one.
  private let places: [(layer: Int, isBias: Bool)?]
  private let isClassifier: Bool
  let outputs: Int

  init(_ run: MethodRun) throws {
    self.run = run
    let request = run.request, owners = ParameterOwners(request.model)
    var seen: Set<ObjectIdentifier> = []
    layers = request.parameters.compactMap { owners.layer(of: $0.parameter) }.filter { seen.insert(ObjectIdentifier($0.module)).inserted }
    let rows = 0..<min(2, request.sampleCount)
    isClassifier = request.y.map { !$0.dtype.isFloating } ?? true
    // Any objective will do to see how the layers are used.
    let pass = try CurvaturePass(run.request(.g, for: .function("Σ f²") { out, _ in try out.square().flatten(1).sum([1]) }), rows, layers)
    let fits = try FactorCheck(pass, layers, pass.met)
    guard pass.out.rank == 2 || !isClassifier else { throw ObjectiveError.output("true_fisher", expected: "[n, classes]", met: pass.out.shape) }
    outputs = pass.out.count / rows.count
    places = request.parameters.map { [layers] _, parameter in
      guard let place = layers.firstIndex(where: { $0.weight === parameter || $0.bias === parameter }) else { return nil }
      let isBias = layers[place].bias === parameter
      return fits.isRight(place, isBias) ? (place, isBias) : nil
    }
  }

  private func curvature(_ out: Tensor) throws -> OutputCurvature {
    try Recording.with(.none) {
      if isClassifier { return try .ofSoftmax(out.detached()) }
      let k = out.count / out.shape[0]
      return OutputCurvature(left: try Tensor.eye(k, k, out.dtype).unsqueeze(0).expand([out.shape[0], k, k]), right: nil, sign: 1)
    }
  }

  func diagonal() throws -> [Tensor] {
    let request = try run.request(.g, for: .function("Σ f²") { out, _ in try out.square().flatten(1).sum([1]) })
    let none = request.parameters.map { CurvatureSums($0.parameter.value.detached(), $0.parameter.value.detached(), []) }
    let slow = places.indices.filter { places[$0] == nil }
    var way = OutputWay(request, layers)
    for (i, place) in places.enumerated() { if let place { way.targets.append((i, place.layer, place.isBias)) } }
    let weights = way.targets.reduce(0.0) { $0 + (request.parameters[$1.parameter].parameter.value.rank > 2 ? 24 * Double(run.values[$1.parameter].count) : 0) }
    let bytes = try SampleCost(of: request).bytes * SampleCost.back * 1.5 + weights + 8 * Double(outputs * outputs)
    let size = max(1, Int(min(Double(request.sampleCount), request.memory / max(1, bytes))))
    let sums = try run.resuming((request.sampleCount + size - 1) / size, from: none) { [way] sums, i in
      let rows = (i * size)..<min((i + 1) * size, request.sampleCount)
      for (i, part) in try way.diagonals(rows, curvature: curvature) {
        try Recording.with(.none) { try sums[i].add(part, samples: rows.count, sums: true, each: false, gradients: nil) }
      }
      if !slow.isEmpty { for sample in rows { try addSample(sample, slow, request, &sums) } }
      run.report(Double(rows.upperBound) / Double(request.sampleCount))
    }
    return try Recording.with(.none) { try sums.map { try $0.mean() } }
  }

  private func addSample(_ sample: Int, _ places: [Int], _ request: Scoring, _ sums: inout [CurvatureSums]) throws {
    let values = places.map { run.values[$0] }
    let out = try request.total(sample..<(sample + 1), in: request.run).out
    let curvature = try curvature(out)
    var squares: [Tensor?] = Array(repeating: nil, count: places.count)
    for r in 0..<curvature.left.shape[1] {
      let found = try out.gradients(with: values, seed: curvature.left.select(1, r).reshape(out.shape))
      try Recording.with(.none) {
        for (k, g) in found.enumerated() {
          guard let square = try g?.detached().square() else { continue }
          squares[k] = try squares[k].map { try $0 + square } ?? square
        }
      }
    }
    try Recording.with(.none) {
      for (k, i) in places.enumerated() {
        try sums[i].add(squares[k].map { .sum($0) } ?? .none, samples: 1, sums: true, each: false, gradients: nil)
      }
    }
  }
}
