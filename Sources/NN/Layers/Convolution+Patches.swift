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
    if dims == 1 { picture = try picture.unsqueeze(2) }
    func pair(_ list: [Int]) -> [Int] { dims == 1 ? [1] + list : list }
    let windows = try picture.unfolded(kernel: pair(settings.kernel), stride: pair(settings.stride), dilation: pair(settings.dilation))
    let (n, columns, count) = (windows.shape[0], windows.shape[1], windows.shape[2])
    return try windows.reshape([n, settings.groups, columns / settings.groups, count]).transpose(2, 3)
  }
}
