import Builtins
import Engine

extension Builtin<Void> {
  static let lbfgs = Builtin(
    "LBFGS", "Newton's step with a curvature guessed from the last gradients: for small models and all data at once.",
    .optional("lr", Double.self, "The learning rate, 1 where it is not said."),
    .option("max_iter", 20, in: 1...1e6, "Moves a step."),
    .optional("max_eval", Int.self, in: 1...1e9, "Evaluations of the loss a step, five quarters of max_iter where it is not said."),
    .option("tolerance_grad", 1e-7, in: 0...1e30, "A step ends where no number of the gradient is larger."),
    .option("tolerance_change", 1e-9, in: 0...1e30, "A step ends where neither loss nor parameters change more."),
    .option("history_size", 100, in: 1...1e6, "How many gradients the curvature is guessed from."),
    .optional("line_search_fn", LBFGS.Search.self, "How the length of a move is found; none takes lr."),
    source: Source("Nocedal and Wright 2006, algorithm 7.4; PyTorch's torch.optim.LBFGS"),
    examples: [Example("train net on iris.train epochs=2 batch_size=0 optimizer=LBFGS(line_search_fn=\"strong_wolfe\")", gives: "epoch 2/2")]
  ) { (lr: Double?, moves: Int, evaluations: Int?, flat: Double, still: Double, history: Int, search: LBFGS.Search?) in
    var arguments = OptimiserArguments(lr: lr)
    arguments.lbfgs = .init(
      maxIter: moves, maxEval: evaluations, toleranceGrad: flat, toleranceChange: still, historySize: history, searches: search != nil)
    return try OptimiserChoice(.lbfgs, arguments)
  }
}

/// An optimiser that asks for loss and gradients more than once a step.
public protocol RepeatingOptimiser: Optimiser {
  /// - Parameters:
  ///   - loss, gradients: at the parameters as they are.
  ///   - again: the same at the parameters as they then are.
  func step(_ parameters: [Parameter], _ loss: Double, _ gradients: [Tensor?], _ journal: Journal, again: @escaping () throws -> (Double, [Tensor?])) throws
}

/// `d = -H g`, where `H` is the inverse curvature that the last steps `s` and changes of the gradient `y` tell of.
/// - Source: Nocedal and Wright 2006, algorithms 7.4 and 3.5; stops as PyTorch's `torch.optim.LBFGS` does.
public final class LBFGS: RepeatingOptimiser {
  /// The ways to find the length of a move.
  public enum Search: String, Choice { case strong_wolfe }

  public struct Settings: Sendable {
    var maxIter = 20, maxEval: Int?, toleranceGrad = 1e-7, toleranceChange = 1e-9, historySize = 100, searches = false
  }

  public var lr: Double
  public var momentum: Double? { get { nil } set {} }
  private let settings: Settings
  private var moves = 0
  private var direction: Tensor?, length = 0.0, before: Tensor?, scale = 1.0
  private var changes: [Tensor] = [], steps: [Tensor] = []
  /// The first parameter, which the state is kept under, as PyTorch does.
  private var owner: ObjectIdentifier?

  public init(_ arguments: OptimiserArguments = .init()) {
    lr = arguments.lr ?? 1
    settings = arguments.lbfgs ?? Settings()
  }

  public func step(_ parameters: [Parameter], _ gradients: [Tensor?], _ journal: Journal) throws {
    throw TensorError.value("lbfgs", "needs the loss again and again within a step")
  }

  public func step(
    _ parameters: [Parameter], _ loss: Double, _ gradients: [Tensor?], _ journal: Journal, again: @escaping () throws -> (Double, [Tensor?])
  ) throws {
    guard let first = parameters.first else { return }
    owner = ObjectIdentifier(first)
    let line = Line(parameters, journal, again)
    var now = Point(loss: loss, gradient: try line.flat(gradients))
    let most = settings.maxEval ?? settings.maxIter * 5 / 4
    var count = 1, evaluations = 1
    guard try now.largest > settings.toleranceGrad else { return }
    while true {
      moves += 1
      let d = try turned(now.gradient)
      (before, direction) = (now.gradient, d)
      length = moves == 1 ? min(1, 1 / (try now.gradient.abs().sum().item())) * lr : lr
      let slope = try now.gradient.inner(d)
      guard slope <= -settings.toleranceChange else { return }
      let last = now.loss
      if settings.searches {
        let found = try line.search(from: now, along: d, length, slope, tolerance: settings.toleranceChange)
        (length, now) = (found.length, found.point)
        evaluations += found.evaluations
        try line.go(along: d, length)
      } else {
        try line.go(along: d, length)
        if count < settings.maxIter {
          now = try line.here()
          evaluations += 1
        }
      }
      guard count < settings.maxIter, evaluations < most, try now.largest > settings.toleranceGrad,
        try (d * length).abs().amax().item() > settings.toleranceChange, abs(now.loss - last) >= settings.toleranceChange
      else { return }
      count += 1
      guard !Interrupt.isSet else { throw TensorError.interrupted }
    }
  }

  /// The direction of the next move, by the two loops over what is remembered.
  private func turned(_ gradient: Tensor) throws -> Tensor {
    guard let before, let direction else { return try -gradient }
    let y = try gradient - before, s = try direction * length, product = try y.inner(s)
    if product > 1e-10 {
      if changes.count == settings.historySize {
        changes.removeFirst()
        steps.removeFirst()
      }
      changes.append(y)
      steps.append(s)
      scale = try product / y.inner(y)
    }
    var q = try -gradient
    var shares = [Double](repeating: 0, count: changes.count)
    for i in changes.indices.reversed() {
      shares[i] = try steps[i].inner(q) / changes[i].inner(steps[i])
      q = try q - changes[i] * shares[i]
    }
    q = try q * scale
    for i in changes.indices { q = try q + steps[i] * (shares[i] - changes[i].inner(q) / changes[i].inner(steps[i])) }
    return q
  }

  public func state(of parameter: Parameter) throws -> [(name: String, tensor: Tensor)] {
    guard owner == ObjectIdentifier(parameter), let direction, let before else { return [] }
    var out: [(name: String, tensor: Tensor)] = [
      ("n_iter", try Tensor([moves], [])), ("t", try Tensor([length, scale])), ("d", try direction.copied()), ("prev_flat_grad", try before.copied()),
    ]
    if !changes.isEmpty { out += [("old_dirs", try .stack(changes)), ("old_stps", try .stack(steps))] }
    return out
  }

  public func restore(_ state: [String: Tensor], of parameter: Parameter) throws {
    guard let count = state["n_iter"], let numbers = try state["t"]?.doubles(), numbers.count == 2, let d = state["d"], let g = state["prev_flat_grad"] else { return }
    (moves, length, scale, owner) = (try wholeNumber(count, "n_iter"), numbers[0], numbers[1], ObjectIdentifier(parameter))
    (direction, before) = (d.detached(), g.detached())
    guard let y = state["old_dirs"], let s = state["old_stps"], y.rank == 2, y.shape == s.shape, y.shape[1] == d.count, g.shape == d.shape else { return }
    for i in 0..<y.shape[0] {
      changes.append(try y.indexed([.at(i)]).copied())
      steps.append(try s.indexed([.at(i)]).copied())
    }
  }
}

extension Tensor {
  fileprivate func inner(_ other: Tensor) throws -> Double { try (self * other).sum().item() }
}
