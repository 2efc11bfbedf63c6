import Builtins
import Engine
import Glibc
import NN

extension CriterionMethod {
  static let synflow = CriterionMethod(
    builtin: Builtin(
      "synflow", "How much of the flow through the network, with all weights made positive, leads through the weight. It needs the shape of an input, and no data.",
      .option("rounds", 1, in: 1...100_000, "How often the scores are made anew while ever more weights go."),
      .option("keep", 0.1, in: 0...1, "The share of weights that stay after the last round."),
      formula: "|w| ∂R/∂|w|, R the sum of the outputs for an input of ones, with |w| for every weight",
      source: Source("Tanaka et al. 2020, algorithm 1", arXiv: "2006.05467"), run: flow),
    needs: .nothing, cost: "one forward and one backward pass of one sample, each round", isInvariantToRescaling: true,
    misleads: "It knows neither data nor labels nor signs; beyond some layers R leaves the range of float32, which is then said: build such a model with dtype=float64.", parts: MethodParts.product("∂R/∂|w|", magnitude: true))

  static let iterativeSnip = CriterionMethod(
    builtin: Builtin(
      "iterative_snip", "`snip`, made anew while ever more weights go: a weight that is gone stays gone.",
      .option("keep", 0.1, in: 0...1, "The share of weights that stay after the last round."), .option("rounds", 10, in: 1...100_000, "How often."),
      formula: "|w g| of the network without the weights that went before; 0 for those", source: Source("Verdenius et al. 2020; de Jorge et al. 2021", arXiv: "2006.09081"),
      run: repeated),
    needs: .objective, cost: "one forward and one backward pass over the data, each round", isInvariantToRescaling: true,
    misleads: "As `snip`; it is meant to be pruned to the share that it was made for.", parts: MethodParts.product("|g| in the last round", magnitude: true))

  static let force = CriterionMethod(
    builtin: Builtin(
      "force", "`snip` of the network as it will be after pruning, found in rounds: a weight that went may come back.",
      .option("keep", 0.1, in: 0...1, "The share of weights that stay after the last round."), .option("rounds", 10, in: 1...100_000, "How often."),
      formula: "|w g|, g that of the network without the lowest weights of the round before", source: Source("de Jorge et al. 2021, eq. 5", arXiv: "2006.09081"), run: recovering),
    needs: .objective, cost: "one forward and one backward pass over the data, each round", isInvariantToRescaling: true,
    misleads: "As `snip`; it is meant to be pruned to the share that it was made for.", parts: MethodParts.product("|g| in the last round", magnitude: true))
}

private func repeated(_ run: MethodRun, keep: Double, rounds: Int) throws -> MethodScores {
  try run.progressive(keep: keep, rounds: rounds) { _, _ in try run.scores(.magnitude(.w * .g)) }
}

private func recovering(_ run: MethodRun, keep: Double, rounds: Int) throws -> MethodScores {
  try run.progressive(keep: keep, rounds: rounds) { whole, _ in
    try zip(whole, run.scores(.g)).map { w, g in try Recording.with(.none) { try (w * g).abs() } }
  }
}

private func flow(_ run: MethodRun, rounds: Int, keep: Double) throws -> MethodScores {
  let model = run.request.model
  let ones = try run.onesInput()
  return try run.restoring { journal in
    // The journal of the rounds takes back first; this one puts the signs back.
    let all = model.everyParameter.map(\.value) + model.namedBuffers.map(\.buffer.value).filter { $0.dtype.isFloating }
    for value in all {
      let size = try Recording.with(.none) { try value.detached().abs() }
      try journal.write(value) { try value.copyNumbers(of: size) }
    }
    return try run.progressive(keep: keep, rounds: rounds) { _, values in
      let gradients = try Recording.with(.all) { try run.request.run(model, ones).sum().gradients(with: values) }
      return try Recording.with(.none) {
        try zip(values, gradients).map { w, g in
          let scores = try g.map { try w.detached() * $0.detached() } ?? Tensor.zeros(w.shape, w.dtype)
          guard try scores.isFinite().all().item() != 0 else { throw ScoringError.outOfRange("synflow", w.dtype) }
          return scores
        }
      }
    }
  }
}

extension MethodRun {
  /// An input of ones, of the shape of a sample; of words the first sample.
  fileprivate func onesInput() throws -> Tensor {
    guard let first = request.model.everyParameter.first?.value else { throw ScoringError.nothingSelected }
    if let x = request.x {
      // Of words there is no one: the first sample stands for it.
      return try x.dtype.isFloating ? Tensor.ones([1] + x.shape.dropFirst(), x.dtype) : x.narrow(0, 0, 1)
    }
    // A network that begins with a linear layer tells itself what it takes.
    guard first.rank == 2 else { throw ScoringError.needsData(request.formula.description) }
    return try Tensor.ones([1, first.shape[1]], first.dtype)
  }

  /// Scores a network again and again while the lowest weights of more than one dimension are set to 0, and puts them back.
  /// After round k of n the share `keep^(k/n)` is left.
  /// - Parameter score: given the whole weights and the parameters as they are.
  fileprivate func progressive(keep: Double, rounds: Int, _ score: ([Tensor], [Tensor]) throws -> [Tensor]) throws -> MethodScores {
    try restoring { journal in
      let values = self.values, whole = try values.map { try $0.detached().copied() }
      let places = values.indices.filter { values[$0].rank > 1 }
      let scores = try resuming(rounds, from: [Tensor]()) { scores, round in
        guard round > 0 else {
          scores = try score(whole, values)
          return
        }
        let flat = try places.flatMap { try scores[$0].doubles() }
        let count = Int((pow(keep, Double(round) / Double(rounds)) * Double(flat.count)).rounded())
        let order = Ranking(flat).places
        var start = 0
        for i in places {
          let mask = try Tensor(order[start..<(start + values[i].count)].map { $0 < count }, values[i].shape)
          start += values[i].count
          let left = try Recording.with(.none) { try mask.selecting(whole[i], Tensor.zeros([], whole[i].dtype)) }
          try journal.write(values[i]) { try values[i].copyNumbers(of: left) }
        }
        scores = try score(whole, values)
        report(Double(round + 1) / Double(rounds))
      }
      return MethodScores(tensors: scores)
    }
  }
}
