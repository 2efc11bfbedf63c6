import Builtins
import Engine
import NN

/// A layer whose output is a sum of products of its weight with what it is given: the derivative with respect to the weight
/// follows from the derivative with respect to the output.
struct CurvatureLayer {
  let module: Module
  let weight: NN.Parameter, bias: NN.Parameter?
  private let convolution: Convolution?
  let groups: Int
  /// Outputs of a group, and the numbers that each is a sum over.
  let outputs: Int, inputs: Int

  /// Nil for any other module.
  init?(_ module: Module) {
    self.module = module
    if let linear = module as? Linear {
      (weight, bias, convolution, groups) = (linear.weight, linear.bias, nil, 1)
      (outputs, inputs) = (linear.outputs, linear.inputs)
    } else if let layer = module as? Convolution {
      (weight, bias, convolution, groups) = (layer.weight, layer.bias, layer, max(1, layer.groups))
      let shape = layer.weight.value.shape
      (outputs, inputs) = (shape[0] / groups, shape.dropFirst().reduce(1, *))
    } else {
      return nil
    }
  }

  /// - Shape: `[n, groups, positions, inputs]`.
  func rows(of x: Tensor) throws -> Tensor {
    if let convolution { return try convolution.patches(x) }
    return try x.reshape([x.shape[0], 1, x.count / max(1, x.shape[0] * inputs), inputs])
  }

  /// A tensor of the output's shape.
  /// - Shape: `[n, groups, positions, outputs]`.
  func rows(ofOutput d: Tensor) throws -> Tensor {
    let n = d.shape[0], positions = positions(d)
    guard convolution != nil else { return try d.reshape([n, 1, positions, outputs]) }
    return try d.reshape([n, groups, outputs, positions]).transpose(2, 3)
  }

  func positions(_ output: Tensor) -> Int { output.count / max(1, output.shape[0] * groups * outputs) }

  /// Where an output stands among the numbers of one sample.
  func place(_ group: Int, _ position: Int, _ output: Int, of positions: Int) -> Int {
    convolution == nil ? position * outputs + output : (group * outputs + output) * positions + position
  }

  /// The gradients of the weight, one a sample, from the derivatives of the outputs and the inputs.
  /// - Shape: `[n]` and that of the weight.
  func gradients(_ d: Tensor, _ a: Tensor) throws -> Tensor {
    try d.transpose(2, 3).matmul(a).reshape([d.shape[0]] + weight.value.shape)
  }

  /// The gradients of the bias, one a sample.
  func biasGradients(_ d: Tensor) throws -> Tensor { try d.sum([2]).reshape([d.shape[0], groups * outputs]) }
}

/// Samples that went through a model, with what went into and came out of some layers, each met once.
struct CurvaturePass {
  let out: Tensor, total: Tensor
  /// As `CurvatureLayer.rows(of:)` gives them; nil for a layer that was not met just once with samples along the first dimension.
  let inputs: [Tensor?]
  let outputs: [Tensor?]

  /// Held apart from the table, whose hooks write into it, so that nothing holds itself.
  private final class Log {
    var calls: [ObjectIdentifier: [(input: Tensor, output: Tensor)]] = [:]
  }

  init(_ request: Scoring, _ rows: Range<Int>, _ layers: [CurvatureLayer]) throws {
    let log = Log(), table = HookTable()
    for layer in layers {
      table.onForward(layer.module) { module, inputs, output in
        if let x = inputs.first as? Tensor, let z = output as? Tensor {
          log.calls[ObjectIdentifier(module), default: []].append((x.detached(), z))
        }
        return nil
      }
    }
    let run = Run([table] + request.run.tables, generator: request.run.generator, journal: request.run.journal)
    (out, total) = try request.total(rows, in: run)
    var inputs: [Tensor?] = [], outputs: [Tensor?] = []
    for layer in layers {
      let calls = log.calls[ObjectIdentifier(layer.module)] ?? []
      guard calls.count == 1, calls[0].input.rank > 1, calls[0].input.shape[0] == rows.count, calls[0].output.shape.first == rows.count else {
        inputs.append(nil)
        outputs.append(nil)
        continue
      }
      inputs.append(Recording.with(.none) { try? layer.rows(of: calls[0].input) })
      outputs.append(calls[0].output)
    }
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  /// The layers that `get` can be asked of.
  var met: Set<Int> { Set(inputs.indices.filter { inputs[$0] != nil && outputs[$0] != nil }) }

  /// - Throws: `SamplesDiffer` where the layer was met in another way than in the analysis.
  func get(_ layer: Int) throws -> (a: Tensor, z: Tensor) {
    guard let a = inputs[layer], let z = outputs[layer] else { throw SamplesDiffer() }
    return (a, z)
  }
}
