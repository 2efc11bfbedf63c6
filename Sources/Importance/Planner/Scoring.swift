import Builtins
import Engine
import NN

/// Everything that an importance is computed from.
public struct Scoring {
  public let formula: Formula
  public let model: Module
  /// What is scored, under the names that the scores will bear.
  public let subject: Subject
  /// Nil where the formula asks nothing of any sample.
  public let x: Tensor?
  public let y: Tensor?
  public let objective: Objective
  /// The hooks that fire, the user's among them, and the randomness.
  public let run: Run
  /// The baseline that `x0` stands for: of the shape of the inputs, or of what broadcasts to it. Zeros where it is nil.
  public var baseline: Tensor?
  /// What one score is of: what `total` adds up, and effects change at once.
  public var each = ScoreEach.element
  /// Functions of outputs and targets, and tensors, under the texts that effects name them by.
  public var functions: [String: (Tensor, Tensor?) throws -> Tensor] = [:]
  public var values: [String: Tensor] = [:]
  /// Whether numbers of elements are left as they are, though scores are of groups: where a larger formula reads them.
  var isPart = false
  /// What was asked for where it is several formulas, of which `formula` reads what any of them reads.
  public var asked: [Formula] = []
  var title: String { asked.isEmpty ? formula.description : asked.map(\.description).joined(separator: ", ") }
  /// What the data is called where the result says how it was made.
  public var data = "the data"
  /// Of which model the result says it is, and by what it was made.
  public var provenance = Provenance()
  /// Bytes that the passes over the samples may take.
  public var memory = 256e6
  /// What to say of the scores that the request itself does not tell.
  public var remarks: [ImportanceWarning] = []
  /// Told the share that is done, 0 to 1, block by block.
  public var progress: ((Double) -> Void)?
  /// What a stopped request like this one had done, and where this one keeps what it has.
  public var kept: KeptWork?
  /// Seconds since some moment, where the result is to say how long it took.
  public var clock: (() -> Double)?

  /// - Parameters:
  ///   - x: the inputs of the model, samples along the first dimension.
  ///   - y: the targets, nil where the objective needs none.
  /// - Throws: `ScoringError` and `FormulaError` for what cannot be scored.
  public init(
    _ formula: Formula, of model: Module, _ subject: Subject, on x: Tensor?, _ y: Tensor?, for objective: Objective = .loss(.auto), in run: Run
  ) throws {
    self.formula = try formula.checked()
    let place = try formula.place()
    guard subject.place == place || formula.isOpenPlace else { throw ScoringError.otherPlace(formula.description, place, subject: subject.place) }
    guard !subject.names.isEmpty else { throw ScoringError.nothingSelected }
    if let x {
      guard x.rank > 0, x.shape[0] > 0 else { throw ScoringError.noSamples(x.shape) }
      if let y, y.rank == 0 || y.shape[0] != x.shape[0] { throw ScoringError.targetsDiffer(samples: x.shape[0], targets: y.shape) }
    } else if place != .parameters || formula.readsObjective || formula.hasEffect || formula.hasMethodOfData || !formula.reductions.isEmpty {
      throw ScoringError.needsData(formula.description)
    }
    (self.model, self.subject, self.x, self.y) = (model, subject, x?.detached(), y?.detached())
    (self.objective, self.run) = (objective, run)
  }

  /// A request for the elements of parameters.
  public init(
    _ formula: Formula, of model: Module, _ parameters: [(name: String, parameter: NN.Parameter)], on x: Tensor?, _ y: Tensor?,
    for objective: Objective = .loss(.auto), in run: Run
  ) throws {
    try self.init(formula, of: model, .parameters(parameters), on: x, y, for: objective, in: run)
  }

  var parameters: [(name: String, parameter: NN.Parameter)] {
    if case .parameters(let list) = subject { list } else { [] }
  }

  var sampleCount: Int { x?.shape[0] ?? 0 }

  /// The samples of a range of rows.
  func samples(_ rows: Range<Int>) throws -> (x: Tensor, y: Tensor?) {
    guard let x else { throw ScoringError.needsData(formula.description) }
    if rows.count == sampleCount { return (x, y) }
    // Not noted, whoever calls: the histories of some samples and of all of them are held against each other.
    return try Recording.with(.none) { (try x.narrow(0, rows.lowerBound, rows.count), try y?.narrow(0, rows.lowerBound, rows.count)) }
  }

  /// The run of a pass whose history is read layer by layer.
  var layerRun: Run {
    let own = Run(run.tables, generator: run.generator, journal: run.journal)
    own.keepsLayersApart = true
    return own
  }

  /// The sum of the objective over samples, recorded so that gradients with respect to anything can be taken.
  func total(_ rows: Range<Int>, in run: Run) throws -> (out: Tensor, total: Tensor) {
    guard !Interrupt.isSet else { throw TensorError.interrupted }
    let (x, y) = try samples(rows)
    return try Recording.with(.all) {
      let out = try run(model, x)
      guard out.shape.first == rows.count else { throw ScoringError.outputRows(expected: rows.count, met: out.shape) }
      return (out, try objective.total(out, y))
    }
  }
}

/// What is scored.
public enum Subject {
  case parameters([(name: String, parameter: NN.Parameter)])
  /// The units of modules: all of an output, or of an input, but its first dimension.
  case modules([(name: String, module: Module)])
  /// The features of the model's input: all but its first dimension.
  case input

  public var place: FormulaPlace {
    switch self {
    case .parameters: .parameters
    case .modules: .units
    case .input: .inputs
    }
  }

  /// The names that the scores bear.
  var names: [String] {
    switch self {
    case .parameters(let list): list.map(\.name)
    case .modules(let list): list.map(\.name)
    case .input: ["input"]
    }
  }
}

/// What cannot be scored.
public enum ScoringError: Error, Equatable {
  /// The formula, what it weighs, and what was selected.
  case otherPlace(String, FormulaPlace, subject: FormulaPlace)
  /// A module that a pass over the data did not call.
  case notCalled(String)
  /// A module that put out, or was given, no tensor with a row for each sample.
  case noRows(String, samples: Int, met: [Int])
  case noTensor(String)
  case calledTwice(String, Int)
  case baseline([Int], inputs: [Int])
  case notFloating(String)
  case groups(samples: Int, met: [Int], DType)
  case groupNumber(Int)
  case needsLabels
  /// A reduction over the units beside a parameter that does not meet as many.
  case noUnits(String, String, units: Int, shape: [Int])
  case emptyGroup(String, Int, known: [Int])
  case nothingSelected
  case noSamples([Int])
  case needsData(String)
  case targetsDiffer(samples: Int, targets: [Int])
  case outputRows(expected: Int, met: [Int])
  case unknownScore(String, nearest: String?, known: [String])
  case shapesDiffer(String, score: [Int], parameter: [Int])
  /// An index that the scores of a name do not have.
  case noElement(String, index: [Int], shape: [Int])
  case notInModel(String, nearest: String?)
  case noWeights
  /// A formula of how a parameter was trained, of which nothing was kept.
  case noTrace(String, String, kind: String)
  /// A method whose numbers left the range of the dtype.
  case outOfRange(String, DType)
  /// A Gauss-Newton matrix that has no inverse, of a parameter and an objective.
  case notCurved(String, objective: String)
  /// A Fisher information whose damping is too small to make it one that has an inverse, of a parameter.
  case notInvertible(String, Double)
  /// A method of linear layers, and a parameter of something else.
  case notOfLinear(String, String)
  /// A method, what its matrix is of, the bytes that this takes and that there are, and what takes less.
  case matrixTooLarge(String, String, bytes: Double, limit: Double, other: String)
  /// A part of a formula that its plan left out: a mistake of ours, which must not end the process.
  case unplanned(String)
}

extension ScoringError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unplanned(let part): "`\(part)` was not worked out for this formula: that is a mistake in Pith, and none of yours"
    case .otherPlace(let formula, let place, let subject): "`\(formula)` weighs \(place.rawValue), and \(subject.rawValue) were selected"
    case .notCalled(let name): "`\(name)` was not called while the data went through the model"
    case .noRows(let name, let samples, let met): "`\(name)` has \(met) for \(samples) samples: its first dimension must be theirs"
    case .noTensor(let name): "`\(name)` puts out no tensor"
    case .calledTwice(let name, let calls): "`\(name)` is called \(calls) times in a pass, so that a unit of it has \(calls) values a sample"
    case .baseline(let shape, let inputs): "a baseline of \(shape) does not fit inputs of \(inputs)"
    case .notFloating(let name): "`\(name)` is of whole numbers, which have no derivative"
    case .groups(let samples, let met, let dtype): "groups are whole numbers, one for each of \(samples) samples, got \(dtype.name) of \(met)"
    case .groupNumber(let number): "groups are numbered from 0 on, got \(number)"
    case .needsLabels: "the data has no class labels"
    case .noUnits(let formula, let name, let units, let shape): "`\(formula)` is of \(units) units, and `\(name)` of \(shape) does not meet them"
    case .emptyGroup(let name, let group, _): "no sample has \(name) \(group)"
    case .nothingSelected: "nothing is selected: there is nothing to score"
    case .noSamples(let shape): "the data has no samples: its inputs are \(shape)"
    case .needsData(let formula): "`\(formula)` asks for samples, and no data is given"
    case .targetsDiffer(let samples, let targets): "\(samples) samples have targets of \(targets): one is needed for each"
    case .outputRows(let expected, let met): "the model gave \(met) for \(expected) samples: the first dimension of its output must be theirs"
    case .unknownScore("", _, _): "an index alone does not say of what"
    case .unknownScore(let name, _, _): "there are no scores of `\(name)`"
    case .noElement(let name, let index, let shape): "`\(name)` has scores of \(shape), and no \(index)"
    case .shapesDiffer(let name, let score, let parameter): "the scores of `\(name)` are \(score), the parameter is \(parameter)"
    case .notInModel(let name, _): "the model has no parameter `\(name)`"
    case .noTrace(let formula, let name, _): "`\(formula)` is about how `\(name)` was trained, and nothing of that was kept"
    case .noWeights: "only biases were scored: there is no weight to remove"
    case .outOfRange(let name, let dtype): "`\(name)`: the numbers leave the range of \(dtype.name)"
    case .notCurved(let name, let objective): "`\(objective)` does not curve upwards everywhere, so that the Gauss-Newton matrix of `\(name)` has no inverse of use"
    case .notInvertible(let name, let damping): "with a damping of \(damping) the Fisher information of `\(name)` has no inverse of use"
    case .matrixTooLarge(let method, let what, let bytes, let limit, _):
      "`\(method)` inverts the matrix of \(what), which takes \(memoryText(bytes)), more than the \(memoryText(limit)) allowed"
    case .notOfLinear(let method, let name): "`\(method)` is of linear and convolution layers, and `\(name)` is not of one of them alone"
    }
  }

  /// Whether it is of an element that was named, rather than of the request.
  public var isAboutElement: Bool {
    switch self {
    case .unknownScore, .noElement: true
    default: false
    }
  }

  /// What to do instead.
  public var help: String? {
    switch self {
    case .unknownScore(_, let near?, _), .notInModel(_, let near?): "did you mean `\(near)`?"
    case .unknownScore(_, nil, let known): "there are: " + known.joined(separator: ", ")
    case .noElement(let name, _, let shape): "as in `at \(name)[\(shape.map { String(max($0 - 1, 0)) }.joined(separator: ", "))]`, the last of them"
    case .needsData: "name the data: `importance … of net on DATA`"
    case .baseline(_, let inputs): "give a number, one row of \(Array(inputs.dropFirst())), or a row for each sample"
    case .calledTwice: "score the layers before it, or build one for each place"
    case .noUnits: "name those that do, as in `of net.fc1` or `of net.params(\"*.weight_ih*\")`"
    case .notFloating: "whole numbers have nothing between them: score the layer that looks them up, by its name after `of`"
    case .shapesDiffer: "leave `each=` out, so that each weight has a score of its own"
    case .emptyGroup(_, _, let known): "there are: " + known.map(String.init).joined(separator: ", ")
    case .needsLabels: "`per predicted` takes the model's own classes"
    case .outOfRange(_, .float32): "build the layers with dtype=float64"
    case .notCurved: "take a loss as the objective, or a larger damping"
    case .notInvertible: "take a larger damping, or see whether the data or the weights hold nan"
    case .matrixTooLarge(_, _, let bytes, _, let other): "`set memory=\(Int(min((bytes * 1.1).rounded(.up), 1e18)))` allows it; `\(other)` takes less"
    case .notOfLinear: "score some layers only, as in `of net.fc1`, or take `wanda`, which knows more of them"
    case .noTrace(_, _, let kind): "train with it kept: train net on data track=[\"\(kind)\"]"
    case .noWeights: "`include_bias=true` counts biases too"
    default: nil
    }
  }
}
