import Builtins
import Engine

/// A rule that changes parameters by their gradients. It keeps what it remembers by parameter.
public protocol Optimiser: AnyObject {
  var lr: Double { get set }
  /// How much of the last direction goes on: the momentum of SGD, the first beta of Adam; nil where there is no such thing.
  var momentum: Double? { get set }
  /// One step. A parameter whose gradient is nil is left as it is. Call it where a journal keeps the parameters.
  func step(_ parameters: [Parameter], _ gradients: [Tensor?], _ journal: Journal) throws
  /// What is remembered of a parameter, under PyTorch's names; empty before its first step.
  func state(of parameter: Parameter) throws -> [(name: String, tensor: Tensor)]
  /// Remembers what `state` gave.
  func restore(_ state: [String: Tensor], of parameter: Parameter) throws
}

/// What an optimiser remembers of one parameter.
struct OptimiserSlots {
  /// Running averages, in the order of the optimiser's names.
  var tensors: [Tensor]
  /// Steps taken.
  var steps = 0
  /// A number that goes along with the steps, such as NAdam's product.
  var number = 1.0
}

/// An optimiser whose rule for a parameter looks at nothing but that parameter, its gradient and a few running averages.
public class RunningOptimiser: Optimiser {
  private var memory = OptimiserMemory<OptimiserSlots>()
  private let maximize: Bool

  init(maximize: Bool) { self.maximize = maximize }

  public var lr: Double { get { 0 } set {} }
  public var momentum: Double? { get { nil } set {} }

  /// The running averages that a new parameter gets: PyTorch's name, and what each number starts with.
  var slots: [(name: String, start: Double)] { [] }
  /// The same with their shapes, for a parameter; those of the parameter where nothing else is said.
  func averages(of like: Tensor) -> [(name: String, start: Double, shape: [Int])] { slots.map { ($0.name, $0.start, like.shape) } }
  /// PyTorch's name of the number that goes along with the steps; nil where there is none.
  var numberName: String? { nil }

  /// Moves one parameter. `slots.steps` counts this step already.
  func move(_ parameter: Tensor, _ gradient: Tensor, _ slots: inout OptimiserSlots) throws(TensorError) {}

  public final func step(_ parameters: [Parameter], _ gradients: [Tensor?], _ journal: Journal) throws {
    memory.arrange(parameters)
    for (i, parameter) in parameters.enumerated() {
      guard let given = gradients[i] else { continue }
      let gradient = maximize ? try -given : given
      var slots = try memory[i] ?? fresh(parameter.value)
      slots.steps += 1
      try parameter.write(journal) { try move(parameter.value, gradient, &slots) }
      memory[i] = slots
    }
  }

  private func fresh(_ like: Tensor) throws(TensorError) -> OptimiserSlots {
    var tensors: [Tensor] = []
    for (_, start, shape) in averages(of: like) { tensors.append(try .full(shape, start, like.dtype)) }
    return OptimiserSlots(tensors: tensors)
  }

  public final func state(of parameter: Parameter) throws -> [(name: String, tensor: Tensor)] {
    guard let kept = memory.entry(of: parameter) else { return [] }
    var out: [(name: String, tensor: Tensor)] = [("step", try Tensor([kept.steps], []))]
    if let numberName { out.append((numberName, try Tensor([kept.number], []))) }
    for ((name, _, _), tensor) in zip(averages(of: parameter.value), kept.tensors) { out.append((name, try tensor.copied())) }
    return out
  }

  public final func restore(_ state: [String: Tensor], of parameter: Parameter) throws {
    guard let step = state["step"] else { return }
    var tensors: [Tensor] = []
    for (name, _, shape) in averages(of: parameter.value) {
      guard let tensor = state[name] else { throw TensorError.value("resume", "the checkpoint lacks the optimizer's `\(name)`") }
      guard tensor.shape == shape, tensor.dtype == parameter.value.dtype else {
        throw TensorError.shape("the optimizer's `\(name)`", expected: "\(shape)", met: tensor.shape, operand: 0)
      }
      tensors.append(try tensor.detached().copied())
    }
    var kept = OptimiserSlots(tensors: tensors, steps: try wholeNumber(step, "step"))
    if let numberName, let number = state[numberName] { kept.number = try number.item() }
    memory.set(kept, of: parameter)
  }
}

/// One integer of a checkpoint.
func wholeNumber(_ tensor: Tensor, _ name: String) throws -> Int {
  guard tensor.count == 1, let number = Int(exactly: try tensor.item()), number >= 0 else {
    throw TensorError.value("resume", "`\(name)` of the checkpoint is no count")
  }
  return number
}

/// What an optimiser keeps for each parameter, found without a look-up while the list of parameters stays the same.
struct OptimiserMemory<Entry> {
  private var owners: [Parameter] = []
  private(set) var entries: [Entry?] = []
  private var others: [ObjectIdentifier: (owner: Parameter, entry: Entry)] = [:]

  /// Brings the entries in the order of `parameters`.
  mutating func arrange(_ parameters: [Parameter]) {
    if owners.count == parameters.count, zip(owners, parameters).allSatisfy({ $0 === $1 }) { return }
    for (owner, entry) in zip(owners, entries) {
      if let entry { others[ObjectIdentifier(owner)] = (owner, entry) }
    }
    owners = parameters
    entries = parameters.map { others.removeValue(forKey: ObjectIdentifier($0))?.entry }
  }

  subscript(_ place: Int) -> Entry? {
    get { entries[place] }
    set { entries[place] = newValue }
  }

  func entry(of parameter: Parameter) -> Entry? {
    if let place = owners.firstIndex(where: { $0 === parameter }) { return entries[place] }
    return others[ObjectIdentifier(parameter)]?.entry
  }

  mutating func set(_ entry: Entry, of parameter: Parameter) {
    if let place = owners.firstIndex(where: { $0 === parameter }) { entries[place] = entry } else {
      others[ObjectIdentifier(parameter)] = (parameter, entry)
    }
  }
}

/// What Adam's kin share: a rate, and a first beta that is their momentum.
public class AdamFamily: RunningOptimiser {
  var settings: OptimiserStep.Adam

  init(_ settings: OptimiserStep.Adam, maximize: Bool?) {
    self.settings = settings
    super.init(maximize: maximize ?? false)
  }

  public override final var lr: Double {
    get { settings.lr }
    set { settings.lr = newValue }
  }
  public override final var momentum: Double? {
    get { settings.beta1 }
    set { settings.beta1 = newValue ?? 0 }
  }
}

extension Tensor {
  /// `self + share (other - self)`.
  func moved(towards other: Tensor, by share: Double) throws(TensorError) -> Tensor { try self + (other - self) * share }
}
