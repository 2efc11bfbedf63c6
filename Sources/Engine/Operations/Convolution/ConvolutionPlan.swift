import COneDNN

/// A convolution over one or two dimensions as the kernels take it. Sequences are pictures of one row.
struct ConvolutionPlan {
  let sizes: pith_convolution
  let inputShape: [Int], weightShape: [Int], outputShape: [Int]

  init(_ name: String, dimensions n: Int, x: [Int], weight: [Int], _ arguments: ConvolutionArguments) throws(TensorError) {
    self.init(try ConvolutionSizes(name, dimensions: n, x: x, weight: weight, arguments))
  }

  init(_ s: ConvolutionSizes) {
    func pair(_ list: some Collection<Int>, _ first: Int64) -> (Int64, Int64) {
      let list = list.map(Int64.init)
      return list.count == 1 ? (first, list[0]) : (list[0], list[1])
    }
    (inputShape, weightShape, outputShape) = (s.x, s.weight, [s.x[0], s.weight[0]] + s.out)
    sizes = pith_convolution(
      batch: Int64(s.x[0]), groups: Int64(s.groups), inputs: Int64(s.x[1]), outputs: Int64(s.weight[0]), size: pair(s.x[2...], 1),
      out: pair(s.out, 1), kernel: pair(s.weight[2...], 1), stride: pair(s.stride, 1), dilation: pair(s.dilation, 1),
      before: pair(s.before, 0), after: pair(s.after, 0))
  }

  /// The same for so many pictures.
  func of(pictures count: Int) -> ConvolutionPlan {
    var some = sizes
    some.batch = Int64(count)
    return ConvolutionPlan(
      sizes: some, inputShape: [count] + inputShape.dropFirst(), weightShape: weightShape, outputShape: [count] + outputShape.dropFirst())
  }

  private init(sizes: pith_convolution, inputShape: [Int], weightShape: [Int], outputShape: [Int]) {
    (self.sizes, self.inputShape, self.weightShape, self.outputShape) = (sizes, inputShape, weightShape, outputShape)
  }
}
