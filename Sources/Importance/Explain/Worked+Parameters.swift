import Builtins
import Engine
import NN

/// The two numbers whose product is the gradient of a weight of a linear layer for one sample.
struct GradientFactors {
  let names: [String]
  /// By sample: the derivative with respect to the layer's output, and the layer's input.
  private(set) var numbers: [Int: [Double]] = [:]

  /// Nil where the gradient is something else than one such product.
  init?(_ worked: Worked, _ rows: [Int]) throws {
    guard case .parameters(let list) = worked.request.subject, let owner = worked.request.linear(owning: list[worked.element.subject].parameter) else { return nil }
    let index = worked.element.index, isBias = owner.layer.bias === list[worked.element.subject].parameter
    guard index.count == (isBias ? 1 : 2) else { return nil }
    names = isBias ? [] : ["∂ℓ/∂y[\(index[0])]", "z[\(index[1])]"]
    guard !isBias else { return nil }
    let da = Formula.symbol(.da), z = Formula.symbol(.z)
    let mean = Formula.meanGradient
    for row in rows {
      // A layer that is called at several places has several of each.
      guard let part = try? worked.request.part(.binary(.add, da, z), of: .modules([(owner.name, owner.layer)]), rows: row..<(row + 1)),
        let found = try? part.scores(of: [da, z]), found.allSatisfy({ $0.scores[0].tensor.rank == 2 })
      else { return nil }
      numbers[row] = [try found[0].scores[0].tensor.element([0, index[0]]), try found[1].scores[0].tensor.element([0, index[1]])]
      let g = try worked.request.part(mean, rows: row..<(row + 1), subject: worked.element.subject).scores().scores[0].tensor.element(index)
      let product = numbers[row]?.reduce(1, *) ?? 0
      guard abs(product - g) <= 1e-4 * max(abs(product), abs(g)) + 1e-12 else { return nil }
    }
  }
}

extension Scoring {
  /// The linear layer that a parameter is of, where it is of one alone.
  func linear(owning parameter: NN.Parameter) -> (name: String, layer: Linear)? {
    let owners = model.namedModules.filter { $0.module.owns(parameter) }
    guard owners.count == 1, let layer = owners[0].module as? Linear else { return nil }
    return (owners[0].name, layer)
  }
}

extension Worked {
  /// Second derivatives, held against the slope of the first.
  mutating func explainCurvature(_ atom: Formula) throws {
    guard case .parameters(let list) = request.subject else { return }
    let (name, parameter) = list[element.subject], h = try value(atom), step = 0.01 * max(1, abs(try parameter.value.element(element.index)))
    add("h = \(numbers.one(h)), how fast g changes as w does. Moving w alone by ±\(step.formulaText):")
    let (below, above) = (try gradient(moved: -step, name, parameter), try gradient(moved: step, name, parameter))
    var grid = Grid(["", "g"])
    grid.rows = [("w - \(step.formulaText)", [below]), ("w + \(step.formulaText)", [above])]
    let slope = (above - below) / (2 * step)
    let agrees = abs(slope - h) <= 0.05 * abs(h) + 1e-6
    grid.note = "their difference over \((2 * step).formulaText) is \(numbers.one(slope))\(agrees ? "" : ": a kink within the step, or rounding, moves that"); h is exact"
    add(grid)
  }

  /// The gradient over all samples with this one number moved.
  private func gradient(moved step: Double, _ name: String, _ parameter: NN.Parameter) throws -> Double {
    let journal = Journal(), value = parameter.value
    defer { journal.rollBack() }
    let moved = try Recording.with(.none) {
      try value.detached() + OutputCurvature.oneHot(element.index.flat(in: value.shape), value.count, value.dtype).reshape(value.shape) * step
    }
    try journal.write(value) { try value.copyNumbers(of: moved) }
    return try request.part(.g, of: .parameters([(name, parameter)]), rows: 0..<request.sampleCount).scores().scores[0].tensor.element(element.index)
  }

  /// A reduction of what goes into or comes out of the layer that the parameter is of.
  mutating func explainStatistics(_ atom: Formula, _ reducer: FormulaReducer, _ inner: Formula) throws {
    guard case .parameters(let list) = request.subject else { return }
    let (name, parameter) = list[element.subject], n = request.sampleCount
    let isInput = inner.side == .z, side = isInput ? "what goes into" : "what comes out of"
    guard let owner = request.linear(owning: parameter), let unit = parameter.value.rank == 2 ? element.index[isInput ? 1 : 0] : isInput ? nil : element.index.first else {
      let isBias = isInput && parameter.value.rank == 1
      return add("\(atom) = \(try text(atom)), over \(n) samples and the places at which the layer of \(name) works" + (isBias ? "; a bias is the weight of an input that is always 1" : ""))
    }
    let values = try column(unit, inner, owner), shown = values.map { ShownSamples($0, reducer) } ?? ShownSamples(first: n)
    add("\(atom) = \(try text(atom)), of \(side) unit \(unit) of \(owner.name), \(shown.words)" + (values == nil ? "" : ":"))
    guard let values else { return }
    var grid = Grid(["sample", "\(inner)"])
    for row in shown.rows { grid.rows.append(("\(row)", [values[row]])) }
    grid.note = more(than: shown.rows)
    add(grid)
  }

  /// A formula of one unit of a layer for every sample; nil for a layer that works at several places.
  private func column(_ unit: Int, _ inner: Formula, _ owner: (name: String, layer: Linear)) throws -> [Double]? {
    let n = request.sampleCount
    var out: [Double] = []
    for start in stride(from: 0, to: n, by: 1024) {
      let part = try request.part(inner, of: .modules([(owner.name, owner.layer)]), rows: start..<min(start + 1024, n))
      let tensor = try part.scores().scores[0].tensor
      guard tensor.rank == 2, unit < tensor.shape[1] else { return nil }
      out += try tensor.select(1, unit).doubles()
    }
    return out
  }

  /// Scores of an algorithm.
  mutating func explainMethod(_ atom: Formula, _ call: FormulaMethod) throws {
    let value = try value(atom)
    add("\(atom) = \(numbers.one(value))" + (call.method.builtin.formula.map { ", from \($0)" } ?? ""))
    guard case .parameters(let list) = request.subject, let parts = call.method.parts else { return }
    let run = MethodRun(request: request, operand: call.method.takesFormula ? call.arguments.first?.value : nil, name: call.text)
    let place = MethodPlace(parameter: element.subject, index: element.index, w: try list[element.subject].parameter.value.element(element.index), score: value)
    for line in try request.evaluating({ try parts(run, place, numbers) }) { add("  " + line) }
  }
}
