import Builtins
import Engine

extension Builtin<Generator> {
  static let batchNorm1d = batchNorm(
    1, "Brings each feature or channel to mean 0 and variance 1 over the samples, then scales and shifts it.") { try BatchNorm1d($0, $1) }
  static let batchNorm2d = batchNorm(
    2, "Brings each channel to mean 0 and variance 1 over the samples and their places, then scales and shifts it.") { try BatchNorm2d($0, $1) }
  static let batchNorm3d = batchNorm(
    3, "Brings each channel to mean 0 and variance 1 over the samples and their places, then scales and shifts it.") { try BatchNorm3d($0, $1) }
  static let instanceNorm1d = instanceNorm(1, "Brings each channel of each sequence to mean 0 and variance 1.") { try InstanceNorm1d($0, $1) }
  static let instanceNorm2d = instanceNorm(2, "Brings each channel of each picture to mean 0 and variance 1.") { try InstanceNorm2d($0, $1) }
  static let instanceNorm3d = instanceNorm(3, "Brings each channel of each volume to mean 0 and variance 1.") { try InstanceNorm3d($0, $1) }

  private static func batchNorm(_ axes: Int, _ summary: String, make: @escaping @Sendable (Int, NormSettings) throws -> RunningNorm) -> Builtin {
    runningNorm(
      "BatchNorm\(axes)d", summary, isOn: true, Source("Ioffe and Szegedy 2015, algorithms 1 and 2", arXiv: "1502.03167"),
      "(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)", make: make)
  }

  private static func instanceNorm(_ axes: Int, _ summary: String, make: @escaping @Sendable (Int, NormSettings) throws -> RunningNorm) -> Builtin {
    runningNorm(
      "InstanceNorm\(axes)d", summary, isOn: false, Source("Ulyanov, Vedaldi and Lempitsky 2016", arXiv: "1607.08022"),
      "(4, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)", make: make)
  }

  /// - Parameter isOn: whether it is scaled and keeps running statistics where nothing is said.
  private static func runningNorm(
    _ name: String, _ summary: String, isOn: Bool, _ source: Source, _ gives: String, make: @escaping @Sendable (Int, NormSettings) throws -> RunningNorm
  ) -> Builtin {
    Builtin(
      name, summary,
      .required("num_features", Int.self, in: 1...1e9, "The number of features or channels."),
      .option("eps", 1e-5, "Added to the variance, against division by 0."),
      .option("momentum", .some(0.1), "The share of a batch in the running statistics; `none` averages all batches alike."),
      .option("affine", isOn, "Whether scale and shift are trained."),
      .option("track_running_stats", isOn, "Whether evaluation uses running statistics."),
      .option("bias", true, "Whether there is a shift where there is a scale."),
      .option("dtype", DType.float32, "The type of its numbers."),
      formula: "y = (x - mean) / √(var + eps) weight + bias", source: source,
      examples: [Example("\(name)(4)", gives: name + gives)]
    ) { (_: Generator, n: Int, eps: Double, momentum: Double?, isAffine: Bool, tracks: Bool, bias: Bool, dtype: DType) in
      try make(n, NormSettings(eps: eps, momentum: momentum, isAffine: isAffine, bias: bias, tracks: tracks, dtype: dtype))
    }
  }
}

/// What normalisations with running statistics are built with.
public struct NormSettings {
  public var eps: Double
  /// The share of a batch in the running statistics; nil averages all batches alike.
  public var momentum: Double?
  public var isAffine: Bool, bias: Bool, tracks: Bool
  public var dtype: DType

  public init(eps: Double = 1e-5, momentum: Double? = 0.1, isAffine: Bool = true, bias: Bool = true, tracks: Bool = true, dtype: DType = .float32) {
    (self.eps, self.momentum, self.isAffine, self.bias, self.tracks, self.dtype) = (eps, momentum, isAffine, bias, tracks, dtype)
  }
}

/// A normalisation with running statistics.
///
/// In training it takes the moments of what it is given and enters them into the running ones, through the journal of the
/// run; else it uses the running ones, or where it keeps none the moments of what it is given.
public class RunningNorm: Module {
  public private(set) var weight: Parameter?, bias: Parameter?
  public private(set) var runningMean: Buffer?, runningVariance: Buffer?
  public let batches: Buffer?
  public private(set) var features: Int
  public let settings: NormSettings

  fileprivate init(_ features: Int, _ settings: NormSettings) throws {
    guard settings.dtype.isFloating else { throw TensorError.dtype("a normalisation", expected: "float32 or float64", met: settings.dtype, operand: 0) }
    guard features > 0 else { throw TensorError.value("a normalisation", "the number of features is at least 1, got \(features)") }
    (self.features, self.settings) = (features, settings)
    let dtype = settings.dtype
    weight = settings.isAffine ? Parameter(try .ones([features], dtype)) : nil
    bias = settings.isAffine && settings.bias ? Parameter(try .zeros([features], dtype)) : nil
    runningMean = settings.tracks ? Buffer(try .zeros([features], dtype)) : nil
    runningVariance = settings.tracks ? Buffer(try .ones([features], dtype)) : nil
    batches = settings.tracks ? Buffer(try .zeros([], .int64)) : nil
  }

  public override var parts: [Part] {
    [
      .parameter("weight", weight), .parameter("bias", bias), .buffer("running_mean", runningMean), .buffer("running_var", runningVariance),
      .buffer("num_batches_tracked", batches),
    ]
  }
  public override var details: String {
    "\(features), eps=\(settings.eps.shortText), momentum=\(settings.momentum?.shortText ?? "None"), affine=\(settings.isAffine.pythonText), "
      + "bias=\((bias != nil).pythonText), track_running_stats=\(settings.tracks.pythonText)"
  }
  public override var attributes: [(name: String, value: any Value)] {
    [("num_features", features), ("eps", settings.eps), ("momentum", settings.momentum ?? None())]
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let dtype = settings.dtype
    if let weight { try weight.start(from: .ones([features], dtype), journal) }
    if let bias { try bias.start(from: .zeros([features], dtype), journal) }
    if let runningMean { try journal.write(runningMean.value) { try runningMean.value.copyNumbers(of: .zeros([features], dtype)) } }
    if let runningVariance { try journal.write(runningVariance.value) { try runningVariance.value.copyNumbers(of: .ones([features], dtype)) } }
    if let batches { try journal.write(batches.value) { try batches.value.copyNumbers(of: .zeros([], .int64)) } }
  }

  /// Enters the moments of a batch into the running ones, with this share of the result.
  fileprivate func enter(_ moments: ChannelMoments, share: Double, _ journal: Journal) throws {
    guard let runningMean, let runningVariance else { return }
    try moments.enter(mean: runningMean.value, variance: runningVariance.value, share: share, journal)
  }

  fileprivate func check(_ x: Tensor, ranks: [Int], _ expected: String) throws {
    let place = x.rank == ranks[0] ? 1 : 0
    guard ranks.contains(x.rank), x.shape[place] == features else {
      throw TensorError.shape("\(typeName)(\(features))", expected: expected, met: x.shape, operand: 0)
    }
  }
}

extension RunningNorm: Resizable {
  public var unitCount: Int { features }
  public var inputCount: Int { features }
  public var unitAxis: Int { 1 }
  public var isUnitByUnit: Bool { true }

  public func keep(units: [Int]?, inputs: [Int]?, journal: Journal) throws {
    guard let places = units ?? inputs else { return }
    let before = (weight, bias, runningMean, runningVariance, features)
    func part(_ buffer: Buffer?) throws -> Buffer? { try buffer.map { Buffer(try $0.value.indexSelect(0, Tensor(places)).copied()) } }
    let small = (try weight?.keeping([(0, places)]), try bias?.keeping([(0, places)]), try part(runningMean), try part(runningVariance), places.count)
    journal.note { [self] in (weight, bias, runningMean, runningVariance, features) = before }
    (weight, bias, runningMean, runningVariance, features) = small
  }
}

/// What `BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d` share.
public class BatchNorm: RunningNorm {
  fileprivate var axes: Int { 2 }
  private var expected: String { axes == 1 ? "[samples, \(features)] or [samples, \(features), length]" : "[samples, \(features), \(Extent.of(axes).places)]" }

  /// Whether it works on tensors of so many dimensions.
  func takes(_ rank: Int) -> Bool { rank == axes + 2 || (axes == 1 && rank == 2) }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try forward(x, relu: false, in: run) }

  /// The output, and what is below 0 as 0 where `relu` says so, in one pass.
  public func forward(_ x: Tensor, relu: Bool, in run: Run) throws -> Tensor {
    guard takes(x.rank), x.shape[1] == features else {
      throw TensorError.shape("\(typeName)(\(features))", expected: expected, met: x.shape, operand: 0)
    }
    if !isTraining, let runningMean, let runningVariance {
      return try x.batchNorm(
        mean: runningMean.value, variance: runningVariance.value, weight?.value, bias?.value, eps: settings.eps, relu: relu)
    }
    let result = try x.batchNorm(weight?.value, bias?.value, eps: settings.eps, relu: relu)
    if isTraining, let batches {
      let count = try batches.value.item() + 1
      try run.journal.write(batches.value) { try batches.value.copyNumbers(of: .full([], count, .int64)) }
      try enter(result.moments, share: settings.momentum ?? 1 / count, run.journal)
    }
    return result.output
  }
}

/// Each feature, or each channel of sequences, brought to mean 0 and variance 1 over the samples.
/// - Shape: `x [samples, features]` or `[samples, features, length]`.
public final class BatchNorm1d: BatchNorm {
  override var axes: Int { 1 }
  public override init(_ features: Int, _ settings: NormSettings = .init()) throws { try super.init(features, settings) }
}

/// Each channel brought to mean 0 and variance 1 over the samples and their places.
/// - Shape: `x [samples, features, rows, columns]`.
public final class BatchNorm2d: BatchNorm {
  public override init(_ features: Int, _ settings: NormSettings = .init()) throws { try super.init(features, settings) }
}

/// Each channel brought to mean 0 and variance 1 over the samples and their places.
/// - Shape: `x [samples, features, depth, rows, columns]`.
public final class BatchNorm3d: BatchNorm {
  override var axes: Int { 3 }
  public override init(_ features: Int, _ settings: NormSettings = .init()) throws { try super.init(features, settings) }
}

/// What `InstanceNorm1d`, `InstanceNorm2d` and `InstanceNorm3d` share: one sample may come without the dimension of samples.
public class InstanceNorm: RunningNorm {
  fileprivate var axes: Int { 2 }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let places = Extent.of(axes).places
    try check(x, ranks: [axes + 2, axes + 1], "[samples, \(features), \(places)] or [\(features), \(places)]")
    guard x.rank == axes + 2 else { return try normalised(x.unsqueeze(0), in: run).squeeze([0]) }
    return try normalised(x, in: run)
  }

  private func normalised(_ x: Tensor, in run: Run) throws -> Tensor {
    if !isTraining, let runningMean, let runningVariance {
      return try x.batchNorm(mean: runningMean.value, variance: runningVariance.value, weight?.value, bias?.value, eps: settings.eps)
    }
    let result = try x.instanceNorm(weight?.value, bias?.value, eps: settings.eps)
    // As PyTorch has it, these layers count no batches.
    if isTraining { try enter(result.moments, share: settings.momentum ?? 0, run.journal) }
    return result.output
  }
}

/// Each channel of each sequence brought to mean 0 and variance 1.
/// - Shape: `x [*, features, length]`.
public final class InstanceNorm1d: InstanceNorm {
  override var axes: Int { 1 }
  public override init(_ features: Int, _ settings: NormSettings = NormSettings(isAffine: false, tracks: false)) throws { try super.init(features, settings) }
}

/// Each channel of each picture brought to mean 0 and variance 1.
/// - Shape: `x [*, features, rows, columns]`.
public final class InstanceNorm2d: InstanceNorm {
  public override init(_ features: Int, _ settings: NormSettings = NormSettings(isAffine: false, tracks: false)) throws { try super.init(features, settings) }
}

/// Each channel of each volume brought to mean 0 and variance 1.
/// - Shape: `x [*, features, depth, rows, columns]`.
public final class InstanceNorm3d: InstanceNorm {
  override var axes: Int { 3 }
  public override init(_ features: Int, _ settings: NormSettings = NormSettings(isAffine: false, tracks: false)) throws { try super.init(features, settings) }
}
