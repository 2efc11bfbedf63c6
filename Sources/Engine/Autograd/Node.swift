import CKernels

/// One step of a history: an operation with the steps that its inputs came from, or a leaf that gradients are kept under.
public final class Node {
  /// Nil for a leaf.
  let operation: (any Primitive)?
  private(set) var inputs: NodeList
  private(set) var kept: Kept
  /// The shapes of the inputs where broadcasting stretched one, so that its gradient is summed back.
  let inputShapes: [[Int]]?
  /// Of the tensor that it stands for.
  let shape: [Int]
  /// In whose call it ran, where that was noted.
  let owner: ObjectIdentifier?
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
  init(_ shape: [Int], isRequired: Bool) {
    (operation, inputs, kept, inputShapes, owner) = (nil, NodeList(), .nothing, nil, nil)
    (self.shape, self.isRequired) = (shape, isRequired)
  }

  init(
    _ operation: any Primitive, _ shape: [Int], inputs: NodeList, kept: Kept, inputShapes: [[Int]]?, isRequired: Bool, owner: ObjectIdentifier? = nil
  ) {
    (self.operation, self.inputs, self.kept, self.inputShapes, self.owner) = (operation, inputs, kept, inputShapes, owner)
    self.shape = shape
    self.isRequired = isRequired
  }

  /// Long histories are taken apart in a loop: freeing them link by link would use the stack for each.
  deinit {
    guard inputs.count > 0 else { return }
    var pending: [Node] = []
    release(into: &pending)
    while var node = pending.popLast() {
      // A node that nobody else holds would be freed here, and its inputs with it: they are taken over first.
      if isKnownUniquelyReferenced(&node), node.inputs.count > 0 { node.release(into: &pending) }
    }
  }

  /// Hands over the input nodes. The kept tensors hold them too, so these go while `pending` keeps the nodes alive.
  private func release(into pending: inout [Node]) {
    inputs.move(to: &pending)
    kept = .nothing
  }
}

/// The steps that the inputs of an operation came from, nil for constants. Three need no memory of their own, which is
/// what nearly every operation has: making it took as long as the operation.
struct NodeList {
  private(set) var count = 0
  private var first: Node?, second: Node?, third: Node?
  private var rest: [Node?] = []

  mutating func append(_ node: Node?) {
    switch count {
    case 0: first = node
    case 1: second = node
    case 2: third = node
    default: rest.append(node)
    }
    count += 1
  }

  subscript(_ i: Int) -> Node? {
    switch i {
    case 0: first
    case 1: second
    case 2: third
    default: rest[i - 3]
    }
  }

  /// Empties the list into another. Leaves have no inputs, so they may be freed on the way.
  mutating func move(to list: inout [Node]) {
    if let first, first.operation != nil { list.append(first) }
    if let second, second.operation != nil { list.append(second) }
    if let third, third.operation != nil { list.append(third) }
    for case let node? in rest where node.operation != nil { list.append(node) }
    self = NodeList()
  }
}

/// The tensors that an operation kept for its backward rule, with the versions that their memory had.
public struct Kept {
  private var first: Tensor?, second: Tensor?
  private var others: [Tensor] = []
  private(set) var output: Tensor?
  private var firstVersion = 0, secondVersion = 0, outputVersion = 0
  private var otherVersions: [Int] = []
  /// True where all inputs and the output are here, though the operation's own rule may read fewer.
  private(set) var isWhole = false
  static var nothing: Kept { Kept() }

  init() {}

  init(_ saves: Saves, _ x: [Tensor], _ y: Tensor) {
    if saves.contains(.first), let t = x.first { (first, firstVersion) = (t, t.storage.version) }
    if saves.contains(.second), x.count > 1 { (second, secondVersion) = (x[1], x[1].storage.version) }
    if saves.contains(.others), x.count > 2 {
      others = Array(x[2...])
      otherVersions = others.map(\.storage.version)
    }
    // Without its history, or the node would hold itself.
    if saves.contains(.output) { (output, outputVersion) = (y.detached(), y.storage.version) }
    isWhole = saves == .everything
  }

  func input(_ i: Int) -> Tensor? {
    switch i {
    case 0: first
    case 1: second
    default: i - 2 < others.count ? others[i - 2] : nil
    }
  }

  /// - Parameter saves: what will be read of all that is here; nil for everything.
  func checkVersions(_ operation: any Primitive, reading saves: Saves? = nil) throws(TensorError) {
    let saves = saves ?? .everything
    var isChanged = false
    if let first, first.storage.version != firstVersion, saves.contains(.first) { isChanged = true }
    if let second, second.storage.version != secondVersion, saves.contains(.second) { isChanged = true }
    if let output, output.storage.version != outputVersion, saves.contains(.output) { isChanged = true }
    for (i, t) in others.enumerated() where t.storage.version != otherVersions[i] && saves.contains(.others) { isChanged = true }
    if isChanged { throw .modifiedInPlace(type(of: operation).name) }
  }
}

/// Which tensors the backward rule of an operation reads.
public struct Saves: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let first = Saves(rawValue: 1), second = Saves(rawValue: 2), others = Saves(rawValue: 4), output = Saves(rawValue: 8)
  public static let inputs: Saves = [.first, .second, .others]
  public static let everything: Saves = [.inputs, .output]
}
