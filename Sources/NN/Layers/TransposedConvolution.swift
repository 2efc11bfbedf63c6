import Builtins
import Engine

/// What `ConvTranspose1d` and `ConvTranspose2d` share.
/// - Source: starts as PyTorch's layers do, weight and bias from U(±1/√fan_in), where PyTorch counts as fan_in the second
///   dimension of the weight, that of the outputs.
public class TransposedConvolution: Module {
  public let weight: Parameter, bias: Parameter?
  let settings: ConvolutionSettings

  init(_ settings: ConvolutionSettings, _ dtype: DType, _ generator: Generator) throws {
    self.settings = settings
    let start = try FanStart(settings.weightShape, bias: settings.hasBias, dtype, generator, outputs: settings.outputs)
    weight = Parameter(start.weight)
    bias = start.bias.map(Parameter.init)
  }

  public var groups: Int { settings.groups }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String { settings.text }
  public override var attributes: [(name: String, value: any Value)] { settings.attributes }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let arguments = ConvolutionArguments(stride: settings.stride, padding: settings.padding, dilation: settings.dilation, groups: settings.groups)
    return try x.transposedConvolution(
      settings.name, settings.kernel.count, weight.value, bias?.value, arguments, settings.outputPadding ?? [0])
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try FanStart(weight.value.shape, bias: settings.hasBias, weight.value.dtype, generator, outputs: settings.outputs)
    try weight.start(from: start.weight, journal)
    if let fresh = start.bias { try bias?.start(from: fresh, journal) }
  }
}
