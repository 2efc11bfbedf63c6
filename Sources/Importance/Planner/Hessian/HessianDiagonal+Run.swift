import Engine
import NN

extension HessianDiagonal {
  /// The diagonal over all samples, where it is asked for, and the reductions over samples that read it.
  mutating func run(_ reductions: [Formula], readsBare: Bool, _ progress: inout Progress) throws -> [(h: Tensor, reductions: [Formula: Tensor])] {
    try verify()
    while true {
      do {
        return try gather(reductions, readsBare, &progress)
      } catch let mismatch as CurvatureMismatch {
        fallBack([mismatch.parameter])
      } catch is SamplesDiffer {
        fallBack(Array(ways.indices))
      }
    }
  }

  private func gather(_ reductions: [Formula], _ readsBare: Bool, _ progress: inout Progress) throws -> [(h: Tensor, reductions: [Formula: Tensor])] {
    var sums = try request.parameters.map { name, parameter in
      let w = parameter.value.detached()
      return CurvatureSums(w, parameter.origin ?? w, reductions, groups: try request.groups(of: name, parameter))
    }
    let readsGradient = reductions.contains { $0.contains(.g) }
    let n = request.sampleCount
    if !fast.isEmpty {
      for rows in blocks(block(bytes(readsGradient))) {
        let parts = try diagonals(rows, ways)
        try add(parts, fast, rows, readsBare, readsGradient, &sums)
        progress.advance(Double(rows.count) * fastWork)
      }
    }
    if !slow.isEmpty {
      if readsBare { for rows in blocks(batch) { try addElements(rows, true, false, readsGradient, &sums, &progress) } }
      // A product over several samples gives their sum alone.
      if !reductions.isEmpty { for i in 0..<n { try addElements(i..<(i + 1), false, true, readsGradient, &sums, &progress) } }
    }
    return try Recording.with(.none) { try sums.map { (try $0.mean(), try $0.results()) } }
  }

  private func blocks(_ size: Int) -> [Range<Int>] {
    stride(from: 0, to: request.sampleCount, by: size).map { $0..<min($0 + size, request.sampleCount) }
  }

  /// Samples of a block for products element by element.
  var batch: Int { block(3 * cost.bytes) }

  /// Bytes that a sample takes in the closed forms.
  private func bytes(_ readsGradient: Bool) -> Double {
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
    _ rows: Range<Int>, _ readsBare: Bool, _ isEach: Bool, _ readsGradient: Bool, _ sums: inout [CurvatureSums], _ progress: inout Progress
  ) throws {
    let check = try CurvatureCheck(request, rows)
    var parts: [SampleDiagonals] = Array(repeating: .none, count: ways.count)
    for i in slow {
      let w = request.parameters[i].parameter.value
      var numbers: [Double] = []
      numbers.reserveCapacity(w.count)
      for place in 0..<w.count {
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        numbers.append(try check.element(i, place))
        progress.advance(Double(rows.count) * CurvatureCost.product)
      }
      parts[i] = .sum(try Tensor(numbers, w.shape).to(w.dtype))
    }
    try add(parts, slow, rows, readsBare, readsGradient, &sums, isEach: isEach)
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
