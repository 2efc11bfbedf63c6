import Builtins
import Engine

/// What `Conv1d` and `Conv2d` share.
/// - Source: starts as PyTorch's layers do, weight and bias from U(±1/√fan_in), the weight first.
public class Convolution: Module {
  public private(set) var weight: Parameter, bias: Parameter?
  private(set) var settings: ConvolutionSettings
  private var folds = FoldedNorm()

  init(_ settings: ConvolutionSettings, _ dtype: DType, _ generator: Generator) throws {
    self.settings = settings
    let start = try FanStart(settings.weightShape, bias: settings.hasBias, dtype, generator)
    weight = Parameter(start.weight)
    bias = start.bias.map(Parameter.init)
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String { settings.text }
  public override var attributes: [(name: String, value: any Value)] { settings.attributes }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try convolved(x, relu: false) }

  /// The output, and what is below 0 as 0 where `relu` says so: for a layer and its activation where nothing looks between.
  func convolved(_ x: Tensor, relu: Bool) throws -> Tensor {
    var arguments = ConvolutionArguments(stride: settings.stride, padding: settings.padding, dilation: settings.dilation, groups: settings.groups)
    var input = x
    if let mode = settings.paddingMode.pad {
      input = try x.pad(settings.borders, mode)
      arguments.padding = .valid
    }
    return try input.convolved(settings.name, settings.kernel.count, weight.value, bias?.value, arguments, relu: relu)
  }

  /// The output of a normalisation behind this layer, and what is below 0 as 0 where `relu` says so. In evaluation, where no
  /// gradient of either's parameters is noted, both run as one convolution. Nothing may look between them.
  public func normalised(by norm: BatchNorm, _ x: Tensor, relu: Bool, in run: Run) throws -> Tensor {
    let fits = x.rank == settings.kernel.count + 2 && (x.rank == 4 ? norm is BatchNorm2d : norm is BatchNorm1d)
    guard fits, settings.paddingMode == .zeros, let both = try folds.weights(of: self, norm) else {
      return try norm.forward(run(self, x), relu: relu, in: run)
    }
    let arguments = ConvolutionArguments(stride: settings.stride, padding: settings.padding, dilation: settings.dilation, groups: settings.groups)
    return try x.convolved(settings.name, settings.kernel.count, both.weight, both.bias, arguments, relu: relu)
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try FanStart(weight.value.shape, bias: settings.hasBias, weight.value.dtype, generator)
    try weight.start(from: start.weight, journal)
    if let fresh = start.bias { try bias?.start(from: fresh, journal) }
  }
}

extension Convolution: Resizable {
  public var unitCount: Int { settings.outputs }
  public var inputCount: Int { settings.inputs }
  public var unitAxis: Int { 1 }
  public var isUnitByUnit: Bool { settings.groups > 1 && settings.groups == settings.inputs && settings.inputs == settings.outputs }
  public var isResizable: Bool { settings.groups == 1 || isUnitByUnit }

  public func keep(units: [Int]?, inputs kept: [Int]?, journal: Journal) throws {
    let before = (weight, bias, settings)
    let places = [units.map { (0, $0) }, isUnitByUnit ? nil : kept.map { (1, $0) }].compactMap { $0 }
    let small = (try weight.keeping(places), try units.flatMap { units in try bias?.keeping([(0, units)]) } ?? bias)
    journal.note { [self] in
      (weight, bias, settings) = before
      folds = FoldedNorm()
    }
    settings = settings.resized(inputs: kept?.count ?? settings.inputs, outputs: units?.count ?? settings.outputs, isUnitByUnit: isUnitByUnit)
    (weight, bias) = small
    folds = FoldedNorm()
  }
}

/// What the padding is filled with.
enum PaddingMode: String, Choice {
  case zeros, reflect, replicate, circular

  /// How `pad` fills it; nil for zeros, which the convolution itself reads.
  var pad: PadMode? {
    switch self {
    case .zeros: nil
    case .reflect: .reflect
    case .replicate: .replicate
    case .circular: .circular
    }
  }
}
