import Builtins
import Engine

extension Module {
  /// Gives the parameters here and below, or those that match a pattern, fresh numbers.
  ///
  /// A scheme that looks at fans fills weights of two or more dimensions; biases become 0, and other parameters of one
  /// dimension, such as the scale of a normalisation, stay. Other schemes fill every parameter. `default` builds each
  /// layer's own start anew.
  /// - Returns: how many parameters were written.
  @discardableResult
  public func initialise(
    by scheme: Initialisation, _ arguments: Initialisation.Arguments = .init(), matching pattern: String? = nil, using generator: Generator,
    journal: Journal
  ) throws -> Int {
    let chosen = try pattern.map { try parameters(matching: $0) } ?? namedParameters
    if scheme == .default {
      try restartAll(generator, journal, only: pattern == nil ? nil : Set(chosen.map { ObjectIdentifier($0.parameter) }))
      return chosen.count
    }
    var written = 0
    for (name, parameter) in chosen {
      let shape = parameter.value.shape
      if scheme.needsFan, shape.count < 2 {
        guard name == "bias" || name.hasSuffix(".bias") else { continue }
        try parameter.start(from: .zeros(shape, parameter.value.dtype), journal)
      } else {
        try parameter.initialise(by: scheme, arguments, using: generator, journal: journal)
      }
      written += 1
    }
    guard written > 0 else { throw TensorError.value(scheme.rawValue, "there is no weight of two or more dimensions in \(typeName)") }
    return written
  }

  private func restartAll(_ generator: Generator, _ journal: Journal, only chosen: Set<ObjectIdentifier>?) throws {
    for module in everyModule {
      let own = module.parts.compactMap { part -> Parameter? in if case .parameter(_, let p?) = part { p } else { nil } }
      let isWhole = chosen.map { chosen in own.contains { chosen.contains(ObjectIdentifier($0)) } } ?? true
      guard isWhole else { continue }
      // A layer draws all its parameters; those that were not chosen get back what they had.
      let others = own.filter { p in chosen.map { !$0.contains(ObjectIdentifier(p)) } ?? false }
      let before = try others.map { ($0, try $0.value.detached().copied()) }
      try module.restart(using: generator, journal)
      for (parameter, numbers) in before { try parameter.value.copyNumbers(of: numbers) }
    }
  }
}

extension Parameter {
  /// Gives this parameter fresh numbers of a scheme.
  /// - Throws: `shape` where the scheme needs two or more dimensions.
  public func initialise(
    by scheme: Initialisation, _ arguments: Initialisation.Arguments = .init(), using generator: Generator, journal: Journal
  ) throws {
    guard scheme != .default else {
      throw TensorError.value("default", "is how a layer starts: name the layer rather than one of its parameters")
    }
    try start(from: scheme.tensor(value.shape, value.dtype, arguments, using: generator), journal)
  }
}
