import Builtins
import Engine

/// The hooks of a session or of one run, by module. Nothing is noted in the modules, so nothing is left behind in them.
public final class HookTable {
  private var byModule: [ObjectIdentifier: [Hook]] = [:]
  /// All in the order in which they were set.
  public private(set) var all: [Hook] = []

  public init() {}

  public var isEmpty: Bool { all.isEmpty }

  func hooks(of module: Module) -> [Hook] { isEmpty ? [] : byModule[ObjectIdentifier(module)] ?? [] }

  public func add(_ hook: Hook) {
    all.append(hook)
    if let module = hook.module { byModule[ObjectIdentifier(module), default: []].append(hook) }
  }

  public func remove(_ hook: Hook) {
    all.removeAll { $0 === hook }
    if let module = hook.module { byModule[ObjectIdentifier(module)]?.removeAll { $0 === hook } }
    hook.detach()
  }

  /// A forward hook, for methods: what `body` gives back replaces the output.
  public func onForward(_ module: Module, _ body: @escaping (Module, [any Value], any Value) throws -> (any Value)?) {
    add(Hook(module, .forward(body)))
  }

  /// The table as it stands, to go back to.
  public var contents: [Hook] {
    get { all }
    set {
      for hook in all { remove(hook) }
      for hook in newValue {
        add(hook)
        hook.attach()
      }
    }
  }
}

/// Something that runs when a module runs, or when a gradient arrives.
public final class Hook {
  public typealias Pre = (Module, [any Value]) throws -> [any Value]?
  public typealias Forward = (Module, [any Value], any Value) throws -> (any Value)?
  /// Module, the gradients of its inputs and of its outputs (nil where there is none); gives back new ones of the inputs.
  public typealias Backward = (Module, [Tensor?], [Tensor?]) throws -> [Tensor?]?
  public typealias Gradient = (Tensor) throws -> Tensor?

  public enum Body {
    case pre(Pre)
    case forward(Forward)
    case backward(Backward)
    /// On a tensor rather than a module.
    case gradient(Tensor, Gradient)

    public var kind: String {
      switch self {
      case .pre: "pre"
      case .forward: "forward"
      case .backward: "backward"
      case .gradient: "grad"
      }
    }
  }

  /// Nil for a hook on a tensor. The hook keeps its module alive, so that its place in the table stays true.
  public let module: Module?
  public let body: Body
  /// Whoever set it and wants to be found again through the table.
  public var owner: AnyObject?
  /// How often it ran.
  public internal(set) var calls = 0
  private var detachTensor: (() -> Void)?

  public init(_ module: Module?, _ body: Body) {
    (self.module, self.body) = (module, body)
    attach()
  }

  func attach() {
    guard detachTensor == nil, case .gradient(let tensor, let body) = body else { return }
    let id = ObjectIdentifier(self).hashValue
    detachTensor = try? tensor.addHook(id: id) { [weak self] gradient in
      self?.calls += 1
      return try body(gradient)
    }
  }

  func detach() {
    detachTensor?()
    detachTensor = nil
  }
}
