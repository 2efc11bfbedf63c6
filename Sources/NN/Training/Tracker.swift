import Builtins
import Engine

/// What is kept of every parameter while it is trained, when asked.
///
/// `g` is the gradient of the loss that a step found, before clipping, decay and `l1`; `Δw` is how the step moved the parameter.
public enum TrackName: String, Choice {
  /// All of them.
  case all
  /// The mean of g over the steps.
  case gradient
  /// The mean of g².
  case squared_gradient
  /// The mean of |g|.
  case abs_gradient
  /// The sum of w g, w before the step.
  case weight_gradient
  /// The sum of -g Δw: how much each number took off the loss, as synaptic intelligence counts it.
  case path_integral
  /// The mean of g² over the last steps, each of which counts nine tenths of the one after it, as RWalk has it.
  case running_fisher
  /// The sum of -g Δw over half the running Fisher information times Δw² and a tenth, where it is above 0: how much each
  /// number took off the loss for how far it moved the outputs.
  case riemannian_walk
  /// The numbers before the first step.
  case start
  /// One number a step: the norms of g, of Δw and of w after the step.
  case gradient_norm, update_norm, weight_norm

  var isScalar: Bool { self == .gradient_norm || self == .update_norm || self == .weight_norm }
  /// Whether the sum over the steps is divided by their number where it is read.
  var isMean: Bool { self == .gradient || self == .squared_gradient || self == .abs_gradient }
  /// All but `all`.
  public static var single: [TrackName] { allCases.filter { $0 != .all } }
}

/// Gathers statistics of every trained parameter, step by step.
///
/// Memory: one tensor of the parameter's size for each kind that is a tensor, and while a step runs a copy of the parameter where
/// `Δw` is asked for. Of the kinds of one number a step at most 65,536 are kept: beyond that every second one goes, again and again.
struct Tracker {
  /// How many numbers a parameter and kind are kept at most.
  private let most: Int
  let kinds: [TrackName]
  let names: [String]
  private let parameters: [Parameter]
  private(set) var steps = 0
  /// A number is kept of every so many steps.
  private(set) var stride = 1
  private var sums: [[TrackName: Tensor]]
  private var numbers: [[TrackName: [Double]]]
  private var before: [Tensor] = []

  init?(_ kinds: [TrackName], _ groups: ParameterGroups, most: Int = 65_536) {
    guard !kinds.isEmpty else { return nil }
    self.most = most
    // The walk is measured by the running information.
    self.kinds = TrackName.single.filter { kinds.contains(.all) || kinds.contains($0) || $0 == .running_fisher && kinds.contains(.riemannian_walk) }
    (names, parameters) = (groups.names, groups.parameters)
    sums = parameters.map { _ in [:] }
    numbers = parameters.map { _ in [:] }
  }

  /// Once the parameters stand where the training starts.
  mutating func begin() throws {
    guard kinds.contains(.start) else { return }
    for (i, parameter) in parameters.enumerated() { sums[i][.start] = try parameter.value.detached().copied() }
  }

  private var needsStep: Bool { kinds.contains(.path_integral) || kinds.contains(.riemannian_walk) || kinds.contains(.update_norm) }

  /// Takes in the gradients of a step that is about to be made.
  mutating func willStep(_ gradients: [Tensor?]) throws {
    for (i, gradient) in gradients.enumerated() {
      guard let g = gradient?.detached() else { continue }
      if kinds.contains(.gradient) { try add(.gradient, i, g) }
      if kinds.contains(.squared_gradient) { try add(.squared_gradient, i, g.square()) }
      if kinds.contains(.abs_gradient) { try add(.abs_gradient, i, g.abs()) }
      if kinds.contains(.running_fisher) { sums[i][.running_fisher] = try sums[i][.running_fisher].map { try $0 * 0.9 + g.square() * 0.1 } ?? g.square() }
      if kinds.contains(.weight_gradient) { try add(.weight_gradient, i, parameters[i].value.detached() * g) }
    }
    if needsStep { before = try parameters.map { try $0.value.detached().copied() } }
  }

  /// Takes in what the step did.
  mutating func didStep(_ gradients: [Tensor?]) throws {
    for (i, parameter) in parameters.enumerated() {
      let w = parameter.value.detached()
      let moved = needsStep ? try w - before[i] : nil
      if kinds.contains(.path_integral), let g = gradients[i]?.detached(), let moved { try add(.path_integral, i, -(g * moved)) }
      if kinds.contains(.riemannian_walk), let g = gradients[i]?.detached(), let moved, let fisher = sums[i][.running_fisher] {
        let distance = try fisher * moved.square() / 2 + 0.1, gain = try g * moved / distance
        try add(.riemannian_walk, i, (-gain).relu())
      }
      guard steps.isMultiple(of: stride) else { continue }
      try note(.gradient_norm, i, gradients[i]?.detached())
      try note(.update_norm, i, moved)
      try note(.weight_norm, i, w)
    }
    before = []
    steps += 1
    if kinds.contains(where: \.isScalar), steps / stride >= most { thin() }
  }

  private mutating func add(_ kind: TrackName, _ place: Int, _ tensor: Tensor) throws {
    sums[place][kind] = try sums[place][kind].map { try $0 + tensor } ?? tensor.copied()
  }

  private mutating func note(_ kind: TrackName, _ place: Int, _ tensor: Tensor?) throws {
    guard kinds.contains(kind) else { return }
    numbers[place][kind, default: []].append(try tensor?.norm().item() ?? 0)
  }

  private mutating func thin() {
    stride *= 2
    for i in numbers.indices {
      for (kind, list) in numbers[i] { numbers[i][kind] = list.indices.filter { $0.isMultiple(of: 2) }.map { list[$0] } }
    }
  }

  /// By parameter name a record by kind.
  func record() throws -> Record {
    var out = Record()
    for (i, name) in names.enumerated() {
      var own = Record()
      let tensors = try tensors(i)
      for kind in kinds {
        if let sum = tensors[kind] { own[kind.rawValue] = sum }
        if let list = numbers[i][kind] { own[kind.rawValue] = try Tensor(list) }
      }
      own["steps"] = steps
      own["every"] = stride
      out[name] = own
    }
    return out
  }

  /// What is kept of one parameter that is of its shape.
  func tensors(_ place: Int) throws -> [TrackName: Tensor] {
    var out: [TrackName: Tensor] = [:]
    for (kind, sum) in sums[place] { out[kind] = kind.isMean ? try sum / Double(max(steps, 1)) : sum }
    return out
  }

  /// What a checkpoint keeps.
  func state() throws -> [(name: String, tensor: Tensor)] {
    var out: [(name: String, tensor: Tensor)] = [("track.steps", try Tensor([steps, stride]))]
    for (i, name) in names.enumerated() {
      for kind in kinds {
        if let sum = sums[i][kind] { out.append(("track.\(kind.rawValue).\(name)", sum)) }
        if let list = numbers[i][kind] { out.append(("track.\(kind.rawValue).\(name)", try Tensor(list))) }
      }
    }
    return out
  }

  /// Goes on from what `state` gave.
  mutating func restore(_ state: [String: Tensor]) throws {
    guard let counts = try state["track.steps"]?.ints(), counts.count == 2, counts[0] >= 0, counts[1] > 0 else {
      throw TensorError.value("resume", "the checkpoint was made without `track=`")
    }
    (steps, stride) = (counts[0], counts[1])
    guard steps > 0 else { return }
    for (i, name) in names.enumerated() {
      for kind in kinds {
        guard let tensor = state["track.\(kind.rawValue).\(name)"] else {
          throw TensorError.value("resume", "the checkpoint does not track `\(kind.rawValue)` of `\(name)`")
        }
        guard kind.isScalar || tensor.shape == parameters[i].value.shape else {
          throw TensorError.shape("`\(kind.rawValue)` of `\(name)`", expected: "\(parameters[i].value.shape)", met: tensor.shape, operand: 0)
        }
        if kind.isScalar { numbers[i][kind] = try tensor.doubles() } else { sums[i][kind] = try tensor.detached().copied() }
      }
    }
  }
}
