extension Tensor {
  /// True where operations on this tensor are recorded for `.backward()` to come back to it.
  public var requiresGrad: Bool { node?.isRequired ?? false }
  /// True where no operation of the history made it.
  public var isLeaf: Bool { node?.operation == nil }
  /// What `.backward()` left.
  public var grad: Tensor? { node?.operation == nil ? node?.gradient : nil }

  /// A leaf of the same memory for which `.backward()` keeps a gradient.
  public func requiringGrad() -> Tensor {
    let t = detached()
    t.node = Node(shape, isRequired: true)
    return t
  }

  /// The gradients of one number, summed over paths.
  /// - Parameter rules: backward rules that stand in for those of the operations; `self` was then made under
  ///   `Recording.everything`.
  /// - Returns: a gradient of each target's shape; nil where `self` does not depend on it.
  /// - Throws: `notScalar` where `self` has more than one element and no `seed` is given.
  public func gradients(with targets: [Tensor], seed: Tensor? = nil, keepsHistory: Bool = false, rules: Rules? = nil) throws -> [Tensor?] {
    try Backward.gradients(of: [self], seeds: [checkedSeed(seed)], with: targets, keepsHistory: keepsHistory, rules: rules)
  }

  /// Adds to the `.grad` of every leaf that requires one.
  /// - Parameter write: notes the change of a leaf's gradient, for a journal.
  public func backward(seed: Tensor? = nil, keepsHistory: Bool = false, journal: Journal? = nil) throws {
    try Backward.accumulate(self, seed: checkedSeed(seed), keepsHistory: keepsHistory) { leaf, gradient in
      let before = leaf.gradient
      journal?.note { leaf.gradient = before }
      leaf.gradient = try before.map { try $0 + gradient } ?? gradient
    }
  }

  /// Sets `.grad`; nil clears it.
  public func setGrad(_ gradient: Tensor?, journal: Journal? = nil) throws(TensorError) {
    guard isLeaf else { throw .noGradient("only a leaf keeps a gradient: this tensor is the result of an operation") }
    if let gradient, gradient.shape != shape { throw .shape("grad", expected: "\(shape)", met: gradient.shape, operand: 0) }
    let leaf = node ?? Node(shape, isRequired: false)
    node = leaf
    let before = leaf.gradient
    journal?.note { leaf.gradient = before }
    leaf.gradient = gradient
  }

  /// Freezes a leaf or sets it free again.
  public func setRequiresGrad(_ isRequired: Bool, journal: Journal? = nil) throws(TensorError) {
    guard isLeaf else { throw .noGradient("only a leaf can be frozen: this tensor is the result of an operation") }
    guard dtype.isFloating else { throw .dtype("requires_grad", expected: "real numbers", met: dtype, operand: 0) }
    let leaf = node ?? Node(shape, isRequired: false)
    node = leaf
    let before = leaf.isRequired
    journal?.note { leaf.isRequired = before }
    leaf.isRequired = isRequired
  }

  /// Has `body` see, and where it gives one back replace, the gradient that arrives at this tensor.
  /// - Returns: what takes the hook away again.
  public func addHook(id: Int, _ body: @escaping (Tensor) throws -> Tensor?) throws(TensorError) -> () -> Void {
    guard dtype.isFloating else { throw .dtype("hook", expected: "real numbers", met: dtype, operand: 0) }
    let here = node ?? Node(shape, isRequired: false)
    node = here
    here.hooks.append((id, body))
    return { here.hooks.removeAll { $0.id == id } }
  }

  private func checkedSeed(_ seed: Tensor?) throws(TensorError) -> Tensor {
    guard dtype.isFloating else { throw .dtype("gradient", expected: "a real number to start from", met: dtype, operand: 0) }
    if let seed {
      guard seed.shape == shape else { throw .shape("gradient", expected: "a seed of \(shape)", met: seed.shape, operand: 1) }
      return try seed.to(dtype)
    }
    guard count == 1 else { throw .notScalar(shape) }
    return try Tensor.full(shape, 1, dtype)
  }
}
