import Engine
import NN

/// The gradients of single samples with respect to the scored parameters, from passes over many samples where the model lets
/// them be had so.
struct SampleRows {
  /// Those of some samples for one parameter.
  struct Part {
    let parameter: Int, count: Int
    /// Of some of these samples, and of some rows of the parameter; nil for all.
    /// - Shape: `[samples, *shape]`, with as many rows as were asked for.
    let gradients: (Range<Int>, Range<Int>?) throws -> Tensor
  }

  private let planned: Planned
  private let report: (Double) -> Void

  /// - Parameter request: for a reduction that reads `g`.
  init(_ request: Scoring, report: @escaping (Double) -> Void) throws { (planned, self.report) = (try Planned(request), report) }

  /// - Throws: `SamplesDiffer` where samples turn out not to go through the model as a few of them did.
  func each(_ body: (Part) throws -> Void) throws {
    let request = planned.request, n = request.sampleCount
    if let analysis = planned.analysis, let samples = analysis.samples, !planned.togetherTargets.isEmpty {
      for rows in planned.batches {
        let (out, total) = try request.total(rows, in: request.layerRun), isLast = rows.upperBound == n
        if isLast, try !Recording.with(.none, { try analysis.agrees(out) }) { throw SamplesDiffer() }
        try withoutActuallyEscaping(body) { body in
          try samples.run(total, samples: rows.count, isLast ? .compare : .none) { i, gradients in
            guard planned.targets[i].isTogether else { return }
            try body(Part(parameter: i, count: gradients.count) { try gradients.gradients($0, rows: gradients.hasRows ? $1 : nil).someRows(gradients.hasRows ? nil : $1) })
          }
        }
        report(Double(rows.upperBound) / Double(n))
      }
    }
    let slow = planned.targets.indices.filter { if case .sample = planned.targets[$0].route { true } else { false } }
    if !slow.isEmpty { try alone(slow, body) }
  }

  /// One pass for each sample.
  func eachAlone(_ body: (Part) throws -> Void) throws { try alone(Array(planned.targets.indices), body) }

  private func alone(_ places: [Int], _ body: (Part) throws -> Void) throws {
    let request = planned.request, values = places.map { planned.targets[$0].parameter.value }
    for sample in 0..<request.sampleCount {
      let found = try request.total(sample..<(sample + 1), in: request.run).total.gradients(with: values)
      for (k, place) in places.enumerated() {
        guard let g = try found[k]?.detached().unsqueeze(0) else { continue }
        try body(Part(parameter: place, count: 1) { _, rows in try g.someRows(rows) })
      }
      report(Double(sample + 1) / Double(request.sampleCount))
    }
  }
}

extension Tensor {
  /// Some places along the second dimension; nil for all.
  fileprivate func someRows(_ rows: Range<Int>?) throws(TensorError) -> Tensor {
    guard let rows, rank > 1 else { return self }
    return try narrow(1, rows.lowerBound, rows.count)
  }
}
