import Engine

extension Convolution {
  /// Into how many parts the channels are split.
  public var groups: Int { settings.groups }

  /// What each window of the layer reads, so that the layer is a linear one over windows.
  /// - Shape: `x [n, in, *]` to `[n, groups, windows, in / groups × window]`.
  public func patches(_ x: Tensor) throws(TensorError) -> Tensor {
    let dims = settings.kernel.count, borders = settings.borders
    guard x.rank == dims + 2, x.shape[1] == settings.inputs else {
      throw .shape(settings.name, expected: "[n, \(settings.inputs), *]", met: x.shape, operand: 0)
    }
    var picture = borders.contains { $0 != 0 } ? try x.pad(borders, settings.paddingMode.pad ?? .constant) : x
    guard dims < 3 else { return try volumePatches(picture) }
    if dims == 1 { picture = try picture.unsqueeze(2) }
    func pair(_ list: [Int]) -> [Int] { dims == 1 ? [1] + list : list }
    let windows = try picture.unfolded(kernel: pair(settings.kernel), stride: pair(settings.stride), dilation: pair(settings.dilation))
    let (n, columns, count) = (windows.shape[0], windows.shape[1], windows.shape[2])
    return try windows.reshape([n, settings.groups, columns / settings.groups, count]).transpose(2, 3)
  }
  /// The same over three axes, of what is padded already.
  private func volumePatches(_ x: Tensor) throws(TensorError) -> Tensor {
    var windows = x
    for d in 0..<3 { windows = try windows.unfold(2 + d, size: settings.kernel[d], step: settings.stride[d], dilation: settings.dilation[d]) }
    let s = windows.shape, share = s[1] / settings.groups, groups = settings.groups
    let split = try windows.reshape([s[0], groups, share] + s[2...]).permute([0, 1, 3, 4, 5, 2, 6, 7, 8])
    return try split.reshape([s[0], groups, s[2] * s[3] * s[4], share * s[5] * s[6] * s[7]])
  }
}
