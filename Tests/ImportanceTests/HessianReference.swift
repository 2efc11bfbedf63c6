import Builtins
import Engine
import NN

@testable import Importance

/// The plain definition of the diagonal of the Hessian: for each sample and each element a second backward pass of its own,
/// in float64.
enum HessianReference {
  /// For each parameter `[samples, *]`.
  static func samples(_ model: Module, _ x: Tensor, _ y: Tensor?, _ objective: Objective, of chosen: [(name: String, parameter: NN.Parameter)]? = nil) throws -> [String: Tensor] {
    let run = Run(generator: Generator(seed: 0)), modes = Journal()
    defer { modes.rollBack() }
    model.setTraining(false, journal: modes)
    let parameters = chosen ?? model.namedParameters
    var rows: [String: [Tensor]] = [:]
    for i in 0..<x.shape[0] {
      let gradients = try Recording.with(.all) {
        let out = try run(model, x.narrow(0, i, 1))
        return try objective.perSample(out, y?.narrow(0, i, 1)).sum().gradients(with: parameters.map(\.parameter.value), keepsHistory: true)
      }
      for ((name, parameter), g) in zip(parameters, gradients) {
        let w = parameter.value
        var numbers: [Double] = []
        for place in 0..<w.count {
          guard let g else {
            numbers.append(0)
            continue
          }
          let seed = try Tensor((0..<w.count).map { $0 == place ? 1.0 : 0.0 }, w.shape)
          let second = try g.gradients(with: [w], seed: seed)[0]
          numbers.append(try second?.detached().doubles()[place] ?? 0)
        }
        rows[name, default: []].append(try Tensor(numbers, w.shape))
      }
    }
    return try rows.mapValues { try Tensor.stack($0, 0) }
  }

  static func mean(_ model: Module, _ x: Tensor, _ y: Tensor?, _ objective: Objective) throws -> [String: [Double]] {
    try samples(model, x, y, objective).mapValues { try $0.mean([0]).doubles() }
  }
}
