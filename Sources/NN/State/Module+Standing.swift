import Builtins
import Engine

extension Module {
  /// Runs `body` while tensors stand where parameters and buffers of these paths do; gradients go to them.
  /// - Throws: `StateDictError` for names that the model lacks and shapes that differ.
  public func standing<R>(_ tensors: Record, _ body: () throws -> R) throws -> R {
    var error = StateDictError(model: typeName), before: [(slot: Slot, tensor: Tensor)] = [], after: [(slot: Slot, tensor: Tensor)] = []
    for (name, value) in tensors.members {
      guard let slot = slot(at: name) else {
        error.unexpected.append(name)
        continue
      }
      guard let tensor = try Tensor.accept(value) else {
        error.notTensors.append("\(name): \(type(of: value).aKind), not a tensor")
        continue
      }
      if tensor.shape != slot.tensor.shape { error.misfits.append(.init(name: name, expected: slot.tensor.shape, met: tensor.shape)) }
      before.append((slot, slot.tensor))
      after.append((slot, tensor))
    }
    guard error.unexpected.isEmpty, error.notTensors.isEmpty, error.misfits.isEmpty else { throw error }
    defer { for (slot, tensor) in before.reversed() { slot.stand(tensor) } }
    for (slot, tensor) in after { slot.stand(tensor) }
    return try body()
  }

  private func slot(at path: String) -> Slot? {
    switch part(at: path) {
    case .parameter(_, let parameter?): .parameter(parameter)
    case .buffer(_, let buffer?): .buffer(buffer)
    default: nil
    }
  }
}

/// Where a model keeps a tensor.
private enum Slot {
  case parameter(Parameter)
  case buffer(Buffer)

  var tensor: Tensor {
    switch self {
    case .parameter(let parameter): parameter.value
    case .buffer(let buffer): buffer.value
    }
  }

  func stand(_ tensor: Tensor) {
    switch self {
    case .parameter(let parameter): parameter.value = tensor
    case .buffer(let buffer): buffer.value = tensor
    }
  }
}
