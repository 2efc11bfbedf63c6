import Engine
import NN

extension HessianDiagonal {
  /// The diagonal over all samples, where it is asked for, and the reductions over samples that read it.
  mutating func run(_ reductions: [Formula], readsBare: Bool, _ progress: inout Progress) throws -> [(h: Tensor, reductions: [Formula: Tensor])] {
    if let (ways, didFallBack) = try request.kept?.state("ways", ([HessianWay], Bool).self, request.run.generator) { restore(ways, didFallBack) } else { try verify() }
    while true {
      request.kept?.finish("ways", request.run.generator, (ways, didFallBack))
      do {
        return try gather(reductions, readsBare, &progress)
      } catch let mismatch as CurvatureMismatch {
        fallBack([mismatch.parameter])
      } catch is SamplesDiffer {
        fallBack(Array(ways.indices))
      }
      request.kept?.drop("curvature")
    }
  }

  private func gather(_ reductions: [Formula], _ readsBare: Bool, _ progress: inout Progress) throws -> [(h: Tensor, reductions: [Formula: Tensor])] {
    var sums = try request.parameters.map { name, parameter in
      let w = parameter.value.detached()
      return CurvatureSums(w, parameter.origin ?? w, reductions, groups: try request.groups(of: name, parameter))
    }
    let readsGradient = reductions.contains { $0.contains(.g) }
    let quick = fast.isEmpty ? [] : blocks(block(bytes(readsGradient))), generator = request.run.generator
    // A product over several samples gives their sum alone.
    let bare = slow.isEmpty || !readsBare ? [] : blocks(batch), each = slow.isEmpty || reductions.isEmpty ? [] : (0..<request.sampleCount).map { $0..<($0 + 1) }
    let rounds = quick + bare + each, cut = (quick.count, quick.count + bare.count)
    var first = 0
    if let (next, state) = try request.kept?.state("curvature", (Int, [CurvatureSums]).self, generator) {
      (first, sums) = (next, try state.map { try $0.copied() })
    }
    for (i, rows) in rounds.enumerated() {
      guard i >= first else {
        progress.advance(Double(rows.count) * (i < cut.0 ? fastWork : CurvatureCost.product * elements))
        continue
      }
      if i > first { try request.kept?.keep("curvature", generator) { (i, try sums.map { try $0.copied() }) } }
      if i < cut.0 {
        try add(diagonals(rows, ways), fast, rows, readsBare, readsGradient, &sums)
        progress.advance(Double(rows.count) * fastWork)
      } else {
        try addElements(rows, i < cut.1, i >= cut.1, readsGradient, "curvature \(i)", &sums, &progress)
      }
    }
    return try Recording.with(.none) { try sums.map { (try $0.mean(), try $0.results()) } }
  }

  private func blocks(_ size: Int) -> [Range<Int>] {
    stride(from: 0, to: request.sampleCount, by: size).map { $0..<min($0 + size, request.sampleCount) }
  }

  /// Numbers that go one by one.
  var elements: Double { slow.reduce(0) { $0 + Double(request.parameters[$1].parameter.value.count) } }

  /// Bytes that a sample takes at most, in the closed forms or in products element by element.
  var sampleBytes: Double { max(fast.isEmpty ? 0 : bytes(false), slow.isEmpty ? 0 : 3 * cost.bytes) }

  /// Samples of a block.
  var batch: Int { block(sampleBytes) }

  /// Bytes that a sample takes in the closed forms.
  func bytes(_ readsGradient: Bool) -> Double {
    guard stack == nil else { return cost.bytes + (readsGradient ? parameterBytes : 0) }
    var bytes = 3 * cost.bytes
    for i in fast {
      let count = Double(request.parameters[i].parameter.value.count) * 8
      switch ways[i] {
      case .outputs(let layer, let isBias), .units(let layer, let isBias):
        if !isBias, cost.positions[layer] > 1 { bytes += 3 * count }
      case .stack, .elements: continue
      }
    }
    return bytes + Double(cost.outputPasses * cost.outputPasses) * 8 + (readsGradient ? parameterBytes : 0)
  }

  private var parameterBytes: Double { request.parameters.reduce(0) { $0 + Double($1.parameter.value.count * $1.parameter.value.dtype.size) } }

  private func add(
    _ parts: [SampleDiagonals], _ places: [Int], _ rows: Range<Int>, _ readsBare: Bool, _ readsGradient: Bool, _ sums: inout [CurvatureSums],
    isEach: Bool = true
  ) throws {
    let gradients = readsGradient && isEach ? try sampleGradients(rows, places) : nil
    try Recording.with(.none) {
      for (k, i) in places.enumerated() {
        let own = gradients.map { all in { (start: Int, count: Int) throws -> Tensor in try all[k].narrow(0, start, count) } }
        try sums[i].add(parts[i], samples: rows.count, sums: readsBare, each: isEach, gradients: own)
      }
    }
  }

  private func addElements(
    _ rows: Range<Int>, _ readsBare: Bool, _ isEach: Bool, _ readsGradient: Bool, _ name: String, _ sums: inout [CurvatureSums], _ progress: inout Progress
  ) throws {
    let check = try CurvatureCheck(request, rows)
    // The numbers of one parameter after the other, as many as are done.
    var done: [[Double]] = []
    if let kept = try request.kept?.state(name, [[Double]].self, request.run.generator) { done = kept }
    progress.advance(Double(rows.count) * CurvatureCost.product * Double(done.reduce(0) { $0 + $1.count }))
    for (k, i) in slow.enumerated() {
      if done.count == k { done.append([]) }
      for place in done[k].count..<request.parameters[i].parameter.value.count {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        try request.kept?.keep(name, request.run.generator) { done }
        done[k].append(try check.element(i, place))
        progress.advance(Double(rows.count) * CurvatureCost.product)
      }
    }
    var parts: [SampleDiagonals] = Array(repeating: .none, count: ways.count)
    for (numbers, i) in zip(done, slow) {
      let w = request.parameters[i].parameter.value
      parts[i] = .sum(try Tensor(numbers, w.shape).to(w.dtype))
    }
    try add(parts, slow, rows, readsBare, readsGradient, &sums, isEach: isEach)
    request.kept?.drop(name)
  }

  /// The gradients of some samples, one row each.
  private func sampleGradients(_ rows: Range<Int>, _ places: [Int]) throws -> [Tensor] {
    let values = places.map { request.parameters[$0].parameter.value }
    var found: [[Tensor]] = Array(repeating: [], count: places.count)
    for i in rows {
      let gradients = try request.total(i..<(i + 1), in: request.run).total.gradients(with: values)
      for (k, gradient) in gradients.enumerated() { found[k].append(try gradient?.detached() ?? Tensor.zeros(values[k].shape, values[k].dtype)) }
    }
    return try Recording.with(.none) { try found.map { try Tensor.stack($0, 0) } }
  }
}
