import CKernels

/// An operation with a kernel and a backward rule of its own. All others are written out of these.
public protocol Primitive {
  /// What messages call it.
  static var name: String { get }
  /// The tensors that `vjp` reads.
  var saves: Saves { get }
  /// True where inputs of several shapes are stretched; `backward` then sums the gradients back.
  var broadcasts: Bool { get }
  /// The operations that a fused one does at once; a rule for one of them cannot reach into it.
  static var parts: [any Primitive.Type] { get }
  /// The result as a new tensor. It rejects what does not fit; nothing after it does.
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor
  /// The gradient of each input, in tensor operations, so that it can be differentiated again; nil for an input that has
  /// none or whose gradient is not wanted.
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?]
}

/// What a backward rule knows beside the gradient that arrives.
public struct BackwardStep {
  let kept: Kept
  /// The tensor that the operation made, with its history.
  public let output: Tensor?
  /// Whether the gradient of each input is wanted.
  public let wants: Wants

  /// An input, which the operation declared in `saves`.
  public func input(_ i: Int) -> Tensor {
    guard let t = kept.input(i) else { preconditionFailure("a backward rule reads input \(i), which its operation does not save") }
    return t
  }

  /// The output, which the operation declared in `saves`.
  public var result: Tensor {
    guard let output else { preconditionFailure("a backward rule reads the output, which its operation does not save") }
    return output
  }
}

/// Which inputs want a gradient: one bit each, and a list beyond 64.
public struct Wants: RandomAccessCollection {
  public private(set) var count = 0
  private var bits: UInt64 = 0
  private var rest: [Bool] = []

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  init() {}

  mutating func append(_ isWanted: Bool) {
    if count < 64 { bits |= (isWanted ? 1 : 0) << UInt64(count) } else { rest.append(isWanted) }
    count += 1
  }

  public subscript(_ i: Int) -> Bool { i < 64 ? bits >> UInt64(i) & 1 == 1 : rest[i - 64] }
}

extension Primitive {
  public var saves: Saves { [] }
  public var broadcasts: Bool { false }
  public static var parts: [any Primitive.Type] { [] }
  public static var name: String {
    let type = "\(Self.self)"
    return (type.hasSuffix("Op") ? String(type.dropLast(2)) : type).lowercased()
  }

  /// Runs the operation and, where the thread records, notes it in the history of the result.
  public func apply(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try forward(x)
    note(x, y)
    return y
  }

  /// Puts the operation into the history of its result, where the thread records.
  func note(_ x: [Tensor], _ y: Tensor) {
    let mode = pith_recording()
    if mode != 0, y.dtype.isFloating { record(x, y, all: mode >= 2, keepsAll: mode == 3) }
  }

  private func record(_ x: [Tensor], _ y: Tensor, all: Bool, keepsAll: Bool) {
    var inputs = NodeList()
    var isRequired = false, isAny = false
    for t in x {
      if t.node == nil, all, t.dtype.isFloating, !t.isNumber { t.node = Node(t.shape, isRequired: false) }
      inputs.append(t.node)
      if let node = t.node {
        isAny = true
        if node.isRequired { isRequired = true }
      }
    }
    guard all ? isAny : isRequired else { return }
    var shapes: [[Int]]?
    if broadcasts, x.contains(where: { $0.shape != y.shape }) { shapes = x.map(\.shape) }
    y.node = Node(
      self, y.shape, inputs: inputs, kept: Kept(keepsAll ? .everything : saves, x, y), inputShapes: shapes, isRequired: isRequired,
      owner: keepsAll ? Recording.owner : nil)
  }
}

/// What the engine notes while operations run.
public enum Recording: Int32 {
  case none = 0, required, all
  /// As `all`, and each operation keeps its inputs, its output and in whose call it ran, for `Rules`. No fused path is
  /// taken: whoever would take one asks for `current` first.
  case everything

  public static var current: Recording { Recording(rawValue: pith_recording()) ?? .required }

  /// Runs `body` in a mode and goes back to the one before, however the body ends.
  public static func with<T, E: Error>(_ mode: Recording, _ body: () throws(E) -> T) throws(E) -> T {
    let before = pith_recording()
    pith_set_recording(mode.rawValue)
    defer { pith_set_recording(before) }
    return try body()
  }
  /// In whose call operations run.
  static var owner: ObjectIdentifier? {
    pith_recording_owner().map { ObjectIdentifier(Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue()) }
  }

  /// Runs `body` as part of the call of a module, for rules that are for this module alone.
  public static func owned<T, E: Error>(by owner: AnyObject, _ body: () throws(E) -> T) throws(E) -> T {
    let before = pith_recording_owner()
    pith_set_recording_owner(Unmanaged.passUnretained(owner).toOpaque())
    defer {
      pith_set_recording_owner(before)
      withExtendedLifetime(owner) {}
    }
    return try body()
  }
}
