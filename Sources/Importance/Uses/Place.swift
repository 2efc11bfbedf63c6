import Builtins
import Engine
import NN

/// What the scores of one name stand for in a model.
enum Place {
  case parameter(NN.Parameter)
  /// The units of a module: its output, or its input, without the dimension of samples.
  case units(Module, UnitSide)
  /// The features: the input without the dimension of samples.
  case input

  /// - Parameter side: which side of a module is meant.
  /// - Throws: `noPlace` where the model has nothing of that name.
  init(_ name: String, _ side: UnitSide, in model: Module) throws(UseError) {
    if let found = model.namedParameters.first(where: { $0.name == name }) {
      self = .parameter(found.parameter)
    } else if let module = name.isEmpty ? model : model.module(at: name), !name.hasPrefix(".") {
      self = .units(module, side)
    } else if name == "input" || name.hasSuffix(".input") {
      self = .input
    } else {
      let known = model.namedParameters.map(\.name) + model.namedModules.map(\.name).filter { !$0.isEmpty } + ["input"]
      throw .noPlace(name, model: model.typeName, nearest: nearest(to: name, among: known))
    }
  }
}

/// Where the units of a module are.
enum UnitSide { case output, input }

extension Formula {
  /// The side of a module that a formula weighs the units of.
  var unitSide: UnitSide {
    let changed = effects.compactMap { $0.question.change?.place }
    let isOfInput = contains(.z) || contains(.dz) || changed.contains(.z), isOfOutput = contains(.a) || contains(.da) || changed.contains(.a)
    return isOfInput && !isOfOutput ? .input : .output
  }
}

/// What takes the place of what is removed.
public enum RemovalFill: String, Choice {
  case zero
  /// The mean over the data, of units and features.
  case mean
  /// The number of another sample, of units and features.
  case shuffle
}

/// The elements that scores are of, which a model can be run without.
struct Removable {
  struct Slot {
    let name: String
    let place: Place
    let scores: [Double]
    /// The shape of the elements, without the dimension of samples where each sample has its own.
    let shape: [Int]
    var count: Int { shape.reduce(1, *) }
  }

  let slots: [Slot]
  /// The samples where each has scores of its own; nil where one score stands for all samples.
  let samples: Int?
  /// What the elements are called.
  let noun: String

  var count: Int { slots.reduce(0) { $0 + $1.count } }

  /// - Parameter includeBias: whether parameters of one dimension count.
  /// - Throws: `UseError`, or `ScoringError` where scores do not fit the model.
  init(_ importance: ImportanceValue, in model: Module, samples n: Int, includeBias: Bool, run: Run, x: Tensor) throws {
    var slots: [Slot] = [], rows: Int?
    let side = importance.formula.unitSide
    for (name, tensor) in importance.scores {
      let place = try Place(name, side, in: model)
      var shape = tensor.shape
      switch place {
      case .parameter(let parameter):
        guard parameter.value.shape == shape else { throw ScoringError.shapesDiffer(name, score: shape, parameter: parameter.value.shape) }
        guard includeBias || shape.count > 1 else { continue }
      case .units(let module, let side):
        let output = try Removable.unitShape(of: module, side, name, model, x, run)
        if !fits(shape, output), shape.first == n, fits(Array(shape.dropFirst()), output) {
          shape.removeFirst()
          rows = n
        } else if !fits(shape, output) {
          throw UseError.unitsDiffer(name, scores: shape, output: output)
        }
      case .input:
        let features = Array(x.shape.dropFirst())
        if shape != features, shape.first == n, Array(shape.dropFirst()) == features {
          shape.removeFirst()
          rows = n
        } else if !fits(shape, features) {
          throw UseError.unitsDiffer(name, scores: shape, output: features)
        }
      }
      slots.append(Slot(name: name, place: place, scores: try tensor.doubles(), shape: shape))
    }
    guard !slots.isEmpty else { throw ScoringError.noWeights }
    if rows != nil, let odd = slots.first(where: { $0.scores.count != $0.count * n }) {
      throw UseError.option(odd.name, "has one score for all samples, and others have one for each")
    }
    (self.slots, samples) = (slots, rows)
    noun = slots.allSatisfy { if case .parameter = $0.place { true } else { false } } ? "weights"
      : slots.allSatisfy { if case .input = $0.place { true } else { false } } ? "features" : "units"
  }

  /// The shape of what a module puts out, or is given, for one sample.
  private static func unitShape(of module: Module, _ side: UnitSide, _ name: String, _ model: Module, _ x: Tensor, _ run: Run) throws -> [Int] {
    var met: (any Value)?
    let table = HookTable()
    table.onForward(module) { _, inputs, output in
      met = side == .input ? inputs.first : output
      return nil
    }
    let watched = Run(run.tables + [table], generator: run.generator, journal: run.journal)
    try model.evaluating { _ = try watched(model, [x.narrow(0, 0, 1)]) }
    guard let output = leadingTensor(of: met), output.rank > 0 else {
      throw UseError.noUnits(name, met: met.map { type(of: $0).aKind } ?? "nothing, as the model does not run it")
    }
    return Array(output.shape.dropFirst())
  }

  /// The flat scores, those of the first sample first where each has its own.
  var scores: [Double] {
    guard let samples else { return slots.flatMap(\.scores) }
    var out: [Double] = []
    out.reserveCapacity(samples * count)
    for row in 0..<samples {
      for slot in slots { out += slot.scores[(row * slot.count)..<((row + 1) * slot.count)] }
    }
    return out
  }

  /// For each element its place in the order of removal, of each sample where each has its own.
  func places(by scores: [Double]) -> [Int] {
    guard let samples else { return Ranking(scores).places }
    var out: [Int] = []
    out.reserveCapacity(scores.count)
    for row in 0..<samples { out += Ranking(Array(scores[(row * count)..<((row + 1) * count)])).places }
    return out
  }

  /// Places drawn at random.
  func randomPlaces(_ generator: Generator) throws -> [Int] {
    var out: [Int] = []
    for _ in 0..<(samples ?? 1) { out += try generator.permutation(count).ints() }
    return out
  }

  /// The same places, each slot by itself: `[elements]`, or `[samples, elements]`.
  func split(_ places: [Int]) throws -> [Tensor] {
    var start = 0
    return try slots.map { slot in
      defer { start += slot.count }
      guard let samples else { return try Tensor(Array(places[start..<(start + slot.count)]), slot.shape) }
      let rows = (0..<samples).flatMap { row in places[(row * count + start)..<(row * count + start + slot.count)] }
      return try Tensor(rows, [samples] + slot.shape)
    }
  }
}

/// Whether scores of this shape stand for elements or for leading dimensions of them, such as the channels.
private func fits(_ shape: [Int], _ elements: [Int]) -> Bool {
  shape.count <= elements.count && Array(elements.prefix(shape.count)) == shape
}
