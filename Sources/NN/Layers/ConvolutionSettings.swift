import Builtins
import Engine

/// The arguments of a convolution layer, one size a dimension.
struct ConvolutionSettings {
  let name: String
  private(set) var inputs: Int, outputs: Int
  let kernel: [Int], stride: [Int], dilation: [Int]
  let padding: ConvolutionPadding
  private(set) var groups: Int
  let hasBias: Bool, paddingMode: PaddingMode
  /// Of a transposed convolution; nil for others.
  let outputPadding: [Int]?

  init(
    _ name: String, dimensions n: Int, _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int], padding: ConvolutionPadding, dilation: [Int],
    groups: Int, bias: Bool, mode: PaddingMode = .zeros, outputPadding: [Int]? = nil
  ) throws(TensorError) {
    (self.name, self.inputs, self.outputs, self.groups, hasBias, paddingMode) = (name, inputs, outputs, groups, bias, mode)
    if let bad = [inputs, outputs].first(where: { $0 < 1 }) { throw .value(name, "a layer has at least 1 channel, got \(bad)") }
    self.kernel = try onePerDimension(kernel, n, "kernel_size", atLeast: 1, of: name)
    self.stride = try onePerDimension(stride, n, "stride", atLeast: 1, of: name)
    self.dilation = try onePerDimension(dilation, n, "dilation", atLeast: 1, of: name)
    if case .sizes(let list) = padding {
      self.padding = .sizes(try onePerDimension(list, n, "padding", atLeast: 0, of: name))
    } else {
      self.padding = padding
    }
    if let outputPadding {
      self.outputPadding = try onePerDimension(outputPadding, n, "output_padding", atLeast: 0, of: name)
    } else {
      self.outputPadding = nil
    }
    guard groups > 0, inputs % groups == 0, outputs % groups == 0 else {
      throw .value(name, "`groups` divides both numbers of channels, got \(groups) for \(inputs) and \(outputs)")
    }
    if padding == .same, self.stride.contains(where: { $0 != 1 }) { throw .value(name, "`padding=\"same\"` needs a stride of 1") }
  }

  /// The same of other numbers of channels.
  func resized(inputs: Int, outputs: Int) -> ConvolutionSettings {
    var small = self
    (small.inputs, small.outputs) = (inputs, outputs)
    if groups > 1 { small.groups = inputs / max(self.inputs / groups, 1) }
    return small
  }

  /// A transposed convolution's weight maps outputs to inputs.
  var weightShape: [Int] { outputPadding == nil ? [outputs, inputs / groups] + kernel : [inputs, outputs / groups] + kernel }

  /// How much `pad` adds, from the last dimension on.
  var borders: [Int] {
    var list: [Int] = []
    for d in kernel.indices.reversed() {
      switch padding {
      case .valid: list += [0, 0]
      case .sizes(let sizes): list += [sizes[d], sizes[d]]
      case .same:
        let total = dilation[d] * (kernel[d] - 1)
        list += [total / 2, total - total / 2]
      }
    }
    return list
  }

  var attributes: [(name: String, value: any Value)] {
    var list: [(name: String, value: any Value)] = [
      ("in_channels", inputs), ("out_channels", outputs), ("kernel_size", List(kernel)), ("stride", List(stride)),
    ]
    switch padding {
    case .sizes(let sizes): list.append(("padding", List(sizes)))
    case .same, .valid: list.append(("padding", padding.description))
    }
    list += [("dilation", List(dilation)), ("groups", groups)]
    if let outputPadding { list.append(("output_padding", List(outputPadding))) }
    return list
  }

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
    if let outputPadding, outputPadding.contains(where: { $0 != 0 }) { text += ", output_padding=\(tuple(outputPadding))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if !hasBias { text += ", bias=False" }
    return paddingMode == .zeros ? text : text + ", padding_mode=\(paddingMode)"
  }
}
