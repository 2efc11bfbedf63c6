import Builtins
import Engine

extension Trainer {
  /// All that the training needs to go on from here.
  func checkpoint(_ history: History) throws -> Record {
    var record = Record()
    for (name, numbers) in try model.keptNumbers() { record["model.\(name)"] = numbers }
    for (i, name) in groups.names.enumerated() {
      for (slot, tensor) in try groups.optimiser(of: i).state(of: groups.parameters[i]) { record["optimizer.\(slot).\(name)"] = tensor }
    }
    record["optimizer"] = try Checkpoint.encoded(options.optimiser.rawValue)
    record["generator"] = try run.generator.savedState()
    record["history"] = try history.rows()
    record["steps"] = try Tensor([history.steps], [])
    if let stopping, let best = stopping.best {
      record["stopping"] = try Tensor([Double(best.epoch), best.value, Double(stopping.waited)])
      for (name, numbers) in stopping.bestNumbers { record["best.\(name)"] = numbers }
    }
    for (name, tensor) in try tracker?.state() ?? [] { record[name] = tensor }
    return record
  }

  /// Goes on from a checkpoint: afterwards all is as it was when that was written.
  /// - Throws: what of it does not fit this training.
  func resume(_ record: Record, _ history: inout History) throws {
    let saved = try Checkpoint(record)
    let kind = try Checkpoint.text(saved.tensors["optimizer"])
    guard kind == options.optimiser.rawValue else {
      throw TensorError.value("resume", "the checkpoint was made with optimizer=\(kind), and this training has \(options.optimiser.rawValue)")
    }
    try write(model: saved.under("model"))
    let slots = saved.under("optimizer")
    for (i, name) in groups.names.enumerated() {
      var own: [String: Tensor] = [:]
      for (key, tensor) in slots where key.hasSuffix("." + name) { own[String(key.dropLast(name.count + 1))] = tensor }
      try groups.optimiser(of: i).restore(own, of: groups.parameters[i])
    }
    if let rows = saved.tensors["history"] { try history.take(rows) }
    if let steps = saved.tensors["steps"] { history.steps = try wholeNumber(steps, "steps") }
    try resumeStopping(saved)
    try tracker?.restore(saved.tensors)
    if let stream = saved.tensors["generator"] { try run.generator.restore(stream) }
  }

  private func write(model saved: [String: Tensor]) throws {
    var error = StateDictError(model: model.typeName)
    let own = model.namedParameters.map { ($0.name, $0.parameter.value.shape) } + model.namedBuffers.map { ($0.name, $0.buffer.value.shape) }
    for (name, shape) in own {
      guard let numbers = saved[name] else { error.missing.append(name); continue }
      if numbers.shape != shape { error.misfits.append(.init(name: name, expected: shape, met: numbers.shape)) }
    }
    let names = Set(own.map(\.0))
    error.unexpected = saved.keys.filter { !names.contains($0) }.sorted()
    guard error.isEmpty else { throw error }
    try model.write(saved.map { ($0.key, $0.value) }, journal)
  }

  private func resumeStopping(_ saved: Checkpoint) throws {
    guard stopping != nil, let numbers = try saved.tensors["stopping"]?.doubles(), numbers.count == 3, let epoch = Int(exactly: numbers[0]),
      let waited = Int(exactly: numbers[2])
    else { return }
    stopping?.resume(best: (epoch, numbers[1]), waited: waited, numbers: saved.under("best").map { ($0.key, $0.value) })
  }
}
