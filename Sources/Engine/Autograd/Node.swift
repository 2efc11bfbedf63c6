import CKernels

/// One step of a history: an operation with the steps that its inputs came from, or a leaf that gradients are kept under.
public final class Node {
  /// Nil for a leaf.
  let operation: (any Primitive)?
  private(set) var inputs: [Node?]
  private(set) var kept: Kept
  /// The shapes of the inputs where broadcasting stretched one, so that its gradient is summed back.
  let inputShapes: [[Int]]?
  /// True where a leaf with `requires_grad` is among the ancestors, or this is one.
  var isRequired: Bool

  /// Gradients that `backward` left here; only leaves that require one have it.
  var gradient: Tensor?
  /// What a user set on this tensor: each may replace the gradient that arrives.
  var hooks: [(id: Int, body: (Tensor) throws -> Tensor?)] = []

  /// The pass that gave `slot`; another pass may number the node anew as soon as its plan is made.
  var pass: UInt64 = 0
  var slot = 0

  /// A leaf.
  init(isRequired: Bool) {
    (operation, inputs, kept, inputShapes) = (nil, [], .nothing, nil)
    self.isRequired = isRequired
  }

  init(_ operation: any Primitive, inputs: [Node?], kept: Kept, inputShapes: [[Int]]?, isRequired: Bool) {
    (self.operation, self.inputs, self.kept, self.inputShapes) = (operation, inputs, kept, inputShapes)
    self.isRequired = isRequired
  }

  /// Long histories are taken apart in a loop: freeing them link by link would use the stack for each.
  deinit {
    guard !inputs.isEmpty else { return }
    // The kept tensors hold the input nodes too, so they go first, while `pending` keeps those nodes alive.
    var pending = inputs
    inputs = []
    kept = .nothing
    while var node = pending.popLast() {
      guard let last = node, isKnownUniquelyReferenced(&node), !last.inputs.isEmpty else { continue }
      pending.append(contentsOf: last.inputs)
      last.inputs = []
      last.kept = .nothing
    }
  }
}

/// The tensors that an operation kept for its backward rule.
public struct Kept {
  fileprivate(set) var inputs: [Tensor?] = []
  fileprivate(set) var output: Tensor?
  private var versions: [Int] = []
  static var nothing: Kept { Kept() }

  init() {}

  init(_ saves: Saves, _ x: [Tensor], _ y: Tensor) {
    if !saves.isDisjoint(with: [.first, .second, .others]) {
      inputs.reserveCapacity(x.count)
      versions.reserveCapacity(x.count)
      for (i, t) in x.enumerated() {
        let isKept = saves.contains(i == 0 ? .first : i == 1 ? .second : .others)
        inputs.append(isKept ? t : nil)
        versions.append(t.storage.version)
      }
    }
    if saves.contains(.output) {
      output = y.detached()
      versions.append(y.storage.version)
    }
  }

  func checkVersions(_ name: String) throws(TensorError) {
    for (i, t) in inputs.enumerated() {
      if let t, t.storage.version != versions[i] { throw .modifiedInPlace(name) }
    }
    if let output, output.storage.version != versions[inputs.count] { throw .modifiedInPlace(name) }
  }
}

/// Which tensors the backward rule of an operation reads.
public struct Saves: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let first = Saves(rawValue: 1), second = Saves(rawValue: 2), others = Saves(rawValue: 4), output = Saves(rawValue: 8)
  public static let inputs: Saves = [.first, .second, .others]
}
