import Builtins
import Engine
import NN
import Testing

@testable import Importance

/// What tests of criteria share: a small network in float64, its data, and scores held against plain numbers.
protocol CriteriaSuite {}

extension CriteriaSuite {
  func net(_ g: Generator) throws -> Sequential {
    try Sequential(named: [("a", CurvedModels.linear(4, 5, g)), ("r", ReLU()), ("b", CurvedModels.linear(5, 3, g))])
  }

  func data(_ g: Generator, _ n: Int = 6) throws -> (x: Tensor, y: Tensor) {
    (try g.normal([n, 4], .float64), try g.integers([n], from: 0, to: 3))
  }

  func scores(_ formula: Formula, _ model: Module, _ x: Tensor?, _ y: Tensor?, _ objective: Objective = .loss(.auto)) throws -> ImportanceValue {
    try Scoring(formula, of: model, model.namedParameters, on: x, y, for: objective, in: Run(generator: Generator(seed: 2))).scores()
  }

  func named(_ name: String) throws -> Formula { try #require(Criteria.named(name)).formula }

  func method(_ name: String, _ settings: (String, Double)...) throws -> Formula {
    try .call(name, settings.map { FormulaArgument($0.0, .number($0.1)) })
  }

  func expect(_ imp: ImportanceValue, _ expected: [[Double]], _ tolerance: Double = 1e-9) throws {
    for ((name, tensor), numbers) in zip(imp.scores, expected) {
      let scale = numbers.reduce(1e-12) { max($0, abs($1)) }
      for (a, b) in zip(try tensor.doubles(), numbers) {
        #expect(abs(a - b) <= tolerance * scale, "\(name): \(a) \(b)")
        if abs(a - b) > tolerance * scale { return }
      }
    }
  }

  /// The mean objective with the parameters as they are.
  func value(_ model: Module, _ x: Tensor, _ y: Tensor?, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    try body(Run(generator: Generator(seed: 0))(model, x)).mean()
  }

  func loss(_ model: Module, _ x: Tensor, _ y: Tensor, temperature: Double = 1) throws -> Tensor {
    try value(model, x, y) { try Objective.loss(.auto).perSample($0 / temperature, y) }
  }

  /// `H v` by rows of the Hessian over all parameters.
  func product(_ model: Module, _ loss: Tensor, _ v: [[Double]]) throws -> [[Double]] {
    let values = model.namedParameters.map(\.parameter.value)
    return try Recording.with(.all) {
      let g = try loss.gradients(with: values, keepsHistory: true).compactMap { $0 }
      return try zip(values, g).map { w, gradient in
        try (0..<w.count).map { place in
          let row = try gradient.reshape([w.count]).select(0, place).gradients(with: values)
          var sum = 0.0
          for (part, v) in zip(row, v) { for (h, number) in zip(try part?.detached().doubles() ?? [], v) { sum += h * number } }
          return sum
        }
      }
    }
  }
}
