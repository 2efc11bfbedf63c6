import Builtins
import Engine
import NN

/// What scores take for granted.
struct Assumptions {
  let lines: [String]

  init(_ request: Scoring, _ value: ImportanceValue) {
    let formula = request.formula, n = request.sampleCount
    var lines: [String] = []
    let readsSamples = formula.readsDerivative || !formula.reductions.isEmpty || formula.hasEffect || formula.hasMethodOfData || request.subject.place != .parameters
    if n > 0, readsSamples {
      lines.append("the \(n) samples stand for all data, each counts the same, and none answers to another")
      let odd = request.model.namedModules.contains { $0.module is RunningNorm || $0.module.typeName.contains("Dropout") }
      lines.append("evaluation mode" + (odd ? ": dropout lets everything through, batch normalisation takes its running statistics" : ""))
    } else {
      lines.append("no data: what the network does with its weights is not asked")
    }
    if formula.contains(.g) || formula.contains(.h) {
      lines.append("the objective is the mean over the samples, as reduction='mean' makes it: twice the data, the same scores")
    }
    if formula.readsDerivative, formula.firstAverage == nil { lines.append("first derivatives see the near only: a large change may do something else") }
    if formula.isSignedSum { lines.append("signs are kept: samples that pull two ways cancel, and 0 may mean either of two things") }
    if formula.contains(.h) { lines.append("one number at a time: how two weights act together is left out") }
    if formula.contains(.x0) || formula.hasPath {
      lines.append(request.baseline == nil ? "the baseline x0 is all zeros, and a feature that equals it scores 0" : "the baseline x0 is the given one, and a feature that equals it scores 0")
    }
    lines += Self.sampling(formula, value)
    if formula.effects.contains(where: { $0.question.change != nil }), request.each.word == "element" { lines.append("one at a time: two that stand in for each other may both score 0") }
    if request.subject.place == .parameters, formula.scalePower != 0 {
      lines.append("layers are on one scale: multiplying one layer and dividing the next changes these scores, not the network")
    }
    self.lines = lines.map { "  - " + $0 }
  }

  private static func sampling(_ formula: Formula, _ value: ImportanceValue) -> [String] {
    guard value.errors != nil else { return formula.hasEffect || formula.firstAverage != nil ? ["nothing is drawn by chance"] : [] }
    let seed = value.provenance.seed.map { ", seed \($0)" } ?? ""
    return ["part of it is drawn by chance\(seed): another seed gives other numbers, by about the printed error"]
  }
}

extension Formula {
  fileprivate var hasPath: Bool {
    nodes.contains { if case .averaged(let average, _) = $0.kind { average.isPath } else { false } }
  }

  /// Whether signed derivatives of samples are added up.
  fileprivate var isSignedSum: Bool {
    if containsBare(.g) { return true }
    return reductions.contains { node in
      if case .reduced(let reducer, let inner) = node.kind { return (reducer == .mean || reducer == .sum) && inner.readsDerivative && !inner.isNeverNegative }
      return false
    }
  }
}
