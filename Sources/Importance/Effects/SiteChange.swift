import Builtins
import Engine
import NN

/// Hooks that read or change what one module puts out or is given, in a run of their own.
struct SiteChange {
  private let site: EffectSite
  private let run: Run

  init(_ site: EffectSite, in run: Run) { (self.site, self.run) = (site, run) }

  /// Runs `body` and keeps what it met, call by call.
  func recorded(_ body: (Run) throws -> Tensor) throws -> (calls: [Tensor], result: Tensor) {
    var calls: [Tensor] = []
    let result = try hooked(body) { tensor in
      calls.append(tensor)
      return tensor
    }
    return (calls, result)
  }

  /// Runs `body` with the elements of a mask taken from `new`, which holds the numbers of each call.
  /// - Shape: `mask [states, elements]`; the module meets the rows of each state after those of the one before.
  func applied(_ mask: Tensor, _ new: [Tensor], _ body: (Run) throws -> Tensor) throws -> Tensor {
    var call = 0
    let result = try hooked(body) { tensor in
      guard call < new.count, tensor.rank > 0, tensor.shape.dropFirst() == new[call].shape.dropFirst(),
        tensor.shape[0] == mask.shape[0] * new[call].shape[0]
      else { throw EffectError.callsDiffer(site.name) }
      let (states, width, rows) = (mask.shape[0], mask.shape[1], new[call].shape[0])
      let both = try mask.reshape([states, 1, width]).selecting(
        new[call].reshape([1, rows, width]), tensor.reshape([states, rows, width]))
      call += 1
      return try both.reshape(tensor.shape)
    }
    guard call == new.count else { throw EffectError.callsDiffer(site.name) }
    return result
  }

  private func hooked(_ body: (Run) throws -> Tensor, _ change: @escaping (Tensor) throws -> Tensor) throws -> Tensor {
    let table = HookTable()
    switch site {
    case .output(let name, let module):
      table.onForward(module) { _, _, output in try replaced(output, name, change) }
    case .input(let name, let module):
      table.add(Hook(module, .pre { _, inputs in
        guard let first = inputs.first else { throw EffectError.noTensor(name, met: "nothing") }
        return [try replaced(first, name, change)] + inputs.dropFirst()
      }))
    case .parameter, .features: break
    }
    // After the user's own hooks, so that a change is made to what they leave.
    return try body(Run(run.tables + [table], generator: run.generator, journal: run.journal))
  }
}

/// A tensor, or the first of several results, changed.
private func replaced(_ value: any Value, _ name: String, _ change: (Tensor) throws -> Tensor) throws -> any Value {
  guard let changed = try changingLeadingTensor(of: value, change) else { throw EffectError.noTensor(name, met: type(of: value).aKind) }
  return changed
}
