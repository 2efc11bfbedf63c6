import Builtins
import Engine

/// The parameters that a training changes, in groups of one learning rate and weight decay, each with its optimiser.
///
/// As in PyTorch, all else is common to the groups, and what is remembered belongs to a parameter.
struct ParameterGroups {
  struct Group {
    /// Places in the list of all trained parameters; nil for all of them.
    let places: [Int]?
    let optimiser: any Optimiser
    /// The rate that it was given, which schedules start from.
    let base: Double
  }
  let groups: [Group]
  let parameters: [Parameter], names: [String]
  /// The optimiser, where it is one that asks for the loss again within a step.
  let repeating: (any RepeatingOptimiser)?

  init(_ model: Module, _ options: TrainingOptions) throws {
    let all = model.namedParameters, trained = all.filter { !$0.parameter.isFrozen }
    guard !trained.isEmpty else { throw ModelError.nothingToTrain(model: model.typeName, isFrozen: !all.isEmpty) }
    (parameters, names) = (trained.map(\.parameter), trained.map(\.name))
    var arguments = options.arguments
    if let lr = options.lr?.whole { arguments.lr = lr }
    if let decay = options.weightDecay?.whole { arguments.weightDecay = decay }
    let rates = options.lr?.whole == nil ? try options.lr?.numbers(of: model, trained, "lr") : nil
    let decays = options.weightDecay?.whole == nil ? try options.weightDecay?.numbers(of: model, trained, "weight_decay") : nil
    guard rates != nil || decays != nil else {
      let optimiser = try options.optimiser.make(arguments)
      groups = [Group(places: nil, optimiser: optimiser, base: optimiser.lr)]
      repeating = optimiser as? any RepeatingOptimiser
      return
    }
    if let rates, let without = rates.firstIndex(of: nil) {
      let others = rates.count { $0 == nil } - 1
      throw TensorError.value(
        "lr", "no pattern gives `\(names[without])`\(others > 0 ? " and \(others) more" : "") a rate: add \"*\": 0.01 for the rest, or freeze them")
    }
    repeating = nil
    if options.optimiser == .lbfgs {
      throw TensorError.value(rates != nil ? "lr" : "weight_decay", "of LBFGS there is one for all parameters: it moves them together")
    }
    groups = try ParameterGroups.grouped(parameters.count, rates, decays, arguments, options.optimiser)
  }

  private static func grouped(
    _ count: Int, _ rates: [Double?]?, _ decays: [Double?]?, _ arguments: OptimiserArguments, _ kind: OptimiserKind
  ) throws -> [Group] {
    var places: [[Int]] = [], settings: [OptimiserArguments] = []
    for i in 0..<count {
      var own = arguments
      if let rates { own.lr = rates[i] }
      // What no pattern of `weight_decay` names does not decay.
      if let decays { own.weightDecay = decays[i] ?? 0 }
      if let group = settings.firstIndex(where: { $0.lr == own.lr && $0.weightDecay == own.weightDecay }) { places[group].append(i) } else {
        places.append([i])
        settings.append(own)
      }
    }
    return try zip(places, settings).map { places, own in
      let optimiser = try kind.make(own)
      return Group(places: places, optimiser: optimiser, base: optimiser.lr)
    }
  }

  /// One step of all parameters.
  func step(_ gradients: [Tensor?], _ journal: Journal) throws {
    for group in groups {
      guard let places = group.places else {
        try group.optimiser.step(parameters, gradients, journal)
        continue
      }
      try group.optimiser.step(places.map { parameters[$0] }, places.map { gradients[$0] }, journal)
    }
  }

  /// Sets what a schedule gives.
  func set(_ rates: [Rate]) {
    for (group, rate) in zip(groups, rates) {
      group.optimiser.lr = rate.lr
      if let momentum = rate.momentum, group.optimiser.momentum != nil { group.optimiser.momentum = momentum }
    }
  }

  /// The optimiser of the parameter at a place.
  func optimiser(of place: Int) -> any Optimiser {
    groups.first { $0.places?.contains(place) ?? true }?.optimiser ?? groups[0].optimiser
  }
}
