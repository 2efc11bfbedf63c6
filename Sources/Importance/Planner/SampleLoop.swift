import Engine
import NN

/// Reductions for parameters of which nothing is known but that a backward pass reaches them: one pass a sample, whose
/// gradients are gathered into blocks.
struct SampleLoop {
  private let request: Scoring
  private let targets: [Target]
  private var blocks: [GradientBlocks]
  private static let most = 1 << 20

  init(_ request: Scoring, _ targets: [Target], _ reductions: [Formula]) {
    (self.request, self.targets) = (request, targets)
    blocks = targets.map { GradientBlocks($0, reductions) }
  }

  mutating func run(_ progress: inout Progress) throws {
    let values = targets.map(\.parameter.value)
    let elements = values.reduce(0) { $0 + $1.count }
    let step = max(1, Self.most / max(1, elements))
    var waiting: [[Tensor]] = Array(repeating: [], count: targets.count), first = 0
    if let (next, kept, open) = try request.kept?.state("samples", (Int, [GradientBlocks], [[Tensor]]).self, request.run.generator) {
      (first, blocks, waiting) = (next, try kept.map { try $0.copied() }, open)
      progress.advance(Progress.sampleCost * Double(first))
    }
    for sample in first..<request.sampleCount {
      let gradients = try request.total(sample..<(sample + 1), in: request.run).total.gradients(with: values)
      for (i, gradient) in gradients.enumerated() {
        waiting[i].append(try gradient?.detached() ?? Tensor.zeros(values[i].shape, values[i].dtype))
      }
      if waiting[0].count == step || sample == request.sampleCount - 1 {
        for i in targets.indices {
          try blocks[i].add(Tensor.stack(waiting[i], 0))
          waiting[i] = []
        }
      }
      try request.kept?.keep("samples", request.run.generator) { (sample + 1, try blocks.map { try $0.copied() }, waiting) }
      progress.advance(Progress.sampleCost)
    }
  }

  func results(_ target: Int) throws -> [Formula: Tensor] { try blocks[target].results() }
}

/// The part of the work that is done.
struct Progress {
  /// What a pass over a sample alone costs beside one over a sample of a batch.
  static let sampleCost = 20.0
  private let total: Double
  private var done = 0.0
  private let report: ((Double) -> Void)?

  init(total: Double, report: ((Double) -> Void)?) { (self.total, self.report) = (total, report) }

  mutating func advance(_ cost: Double) {
    done += cost
    report?(min(1, done / max(total, 1)))
  }
}
