import Builtins
import Engine

/// What `Conv1d` and `Conv2d` share: their arguments, their parameters and how these start.
///
/// The parameters are PyTorch's for a seed, so that models load and count; this version has no kernel to run them.
public class Convolution: Module {
  public let weight: Parameter, bias: Parameter?
  let settings: ConvolutionSettings

  init(_ settings: ConvolutionSettings, _ dtype: DType, _ generator: Generator) throws {
    self.settings = settings
    let start = try FanStart(settings.weightShape, bias: settings.hasBias, dtype, generator)
    weight = Parameter(start.weight)
    bias = start.bias.map(Parameter.init)
  }

  public override var parts: [Part] { [.parameter("weight", weight), .parameter("bias", bias)] }
  public override var details: String { settings.text }
  public override var attributes: [(name: String, value: any Value)] {
    [("in_channels", settings.inputs), ("out_channels", settings.outputs), ("kernel_size", List(settings.kernel)), ("stride", List(settings.stride))]
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    throw TensorError.value(typeName, "this version has no convolution kernel yet: the layer can be built, loaded and inspected, but not run")
  }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    let start = try FanStart(settings.weightShape, bias: settings.hasBias, weight.value.dtype, generator)
    try weight.start(from: start.weight, journal)
    if let fresh = start.bias { try bias?.start(from: fresh, journal) }
  }
}

/// The arguments of a convolution, one size a dimension.
struct ConvolutionSettings {
  let inputs: Int, outputs: Int
  let kernel: [Int], stride: [Int], dilation: [Int]
  let padding: Padding
  let groups: Int, hasBias: Bool, paddingMode: PaddingMode

  init(
    _ name: String, dimensions n: Int, _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int], padding: Padding, dilation: [Int],
    groups: Int, bias: Bool, mode: PaddingMode
  ) throws(TensorError) {
    (self.inputs, self.outputs, self.groups, hasBias, paddingMode) = (inputs, outputs, groups, bias, mode)
    func sizes(_ list: [Int], _ argument: String, atLeast least: Int) throws(TensorError) -> [Int] {
      let all = list.count == 1 ? Array(repeating: list[0], count: n) : list
      guard all.count == n else { throw .value(name, "`\(argument)` is one number or \(n), got \(list.count)") }
      if let bad = all.first(where: { $0 < least }) { throw .value(name, "`\(argument)` is at least \(least), got \(bad)") }
      return all
    }
    self.kernel = try sizes(kernel, "kernel_size", atLeast: 1)
    self.stride = try sizes(stride, "stride", atLeast: 1)
    self.dilation = try sizes(dilation, "dilation", atLeast: 1)
    if case .sizes(let list) = padding { self.padding = .sizes(try sizes(list, "padding", atLeast: 0)) } else { self.padding = padding }
    guard inputs % groups == 0, outputs % groups == 0 else {
      throw .value(name, "`groups` divides both numbers of channels, got \(groups) for \(inputs) and \(outputs)")
    }
    if padding == .same, self.stride.contains(where: { $0 != 1 }) { throw .value(name, "`padding=\"same\"` needs a stride of 1") }
  }

  var weightShape: [Int] { [outputs, inputs / groups] + kernel }

  /// As PyTorch prints it.
  var text: String {
    func tuple(_ list: [Int]) -> String { "(" + list.map(String.init).joined(separator: ", ") + (list.count == 1 ? ",)" : ")") }
    var text = "\(inputs), \(outputs), kernel_size=\(tuple(kernel)), stride=\(tuple(stride))"
    switch padding {
    case .same: text += ", padding=same"
    case .valid: text += ", padding=valid"
    case .sizes(let list): if list.contains(where: { $0 != 0 }) { text += ", padding=\(tuple(list))" }
    }
    if dilation.contains(where: { $0 != 1 }) { text += ", dilation=\(tuple(dilation))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if !hasBias { text += ", bias=False" }
    return paddingMode == .zeros ? text : text + ", padding_mode=\(paddingMode)"
  }
}

/// What stands around the input of a convolution.
enum Padding: Accepted, Equatable, CustomStringConvertible {
  case sizes([Int])
  case same, valid

  static let expectation = "an integer, a list of integers, \"same\" or \"valid\""
  static func accept(_ value: any Value) throws -> Padding? {
    if let word = value as? String { return word == "same" ? .same : word == "valid" ? .valid : nil }
    return try [Int].accept(value).map(Padding.sizes)
  }
  var description: String {
    switch self {
    case .sizes(let list): list.count == 1 ? "\(list[0])" : "\(list)"
    case .same: "same"
    case .valid: "valid"
    }
  }
}

/// What the padding is filled with.
enum PaddingMode: String, Choice { case zeros, reflect, replicate, circular }
