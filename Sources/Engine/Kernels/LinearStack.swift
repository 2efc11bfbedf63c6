import CKernels
import COneDNN

extension Kernel {
  /// The outputs of linear layers one after the other. Each thread takes its rows through all of them.
  /// - Parameter keeps: whether all outputs are wanted, or the last alone; the others then hold anything.
  /// - Returns: nil where only a layer at a time will do.
  static func stack(_ x: Tensor, _ layers: [LinearLayer], keeps: Bool) throws(TensorError) -> [Tensor]? {
    let rows = x.shape[0]
    guard layers.count > 1, rows >= 2 * grain, x.isPlainRows, layers.allSatisfy(\.isPlain) else { return nil }
    var outputs: [Tensor] = [], stack: [pith_linear_layer] = []
    for layer in layers {
      let y = try Tensor.empty([rows, layer.weight.shape[0]], .float32)
      outputs.append(y)
      stack.append(
        pith_linear_layer(
          n: Int64(layer.weight.shape[0]), k: Int64(layer.weight.shape[1]), weight: layer.weight.f32, bias: layer.bias?.f32, y: y.f32,
          has_relu: layer.hasReLU ? 1 : 0))
    }
    var job = Job(layers: stack, x: x.f32, step: Int64(x.strides[0]), keeps: keeps)
    withUnsafeMutablePointer(to: &job) { job in
      pith_parallel_for(rows, grain, job) { context, begin, end in
        guard let job = context?.assumingMemoryBound(to: Job.self) else { return }
        job.pointee.run(begin, end)
      }
    }
    return job.hasFailed ? nil : outputs
  }

  /// Rows from which on a thread pays.
  private static let grain = 128

  private struct Job {
    let layers: [pith_linear_layer]
    let x: UnsafePointer<Float>
    let step: Int64, keeps: Bool
    /// Written by several threads, and only ever to true.
    var hasFailed = false

    mutating func run(_ begin: Int, _ end: Int) {
      if pith_linear_stack(layers, Int32(layers.count), x, step, Int64(begin), Int64(end), keeps ? 1 : 0) != 0 { hasFailed = true }
    }
  }
}

extension Tensor {
  /// Rows of single precision, each of them in one piece.
  fileprivate var isPlainRows: Bool { dtype == .float32 && count > 0 && strides[1] == 1 && strides[0] >= shape[1] }
}

extension LinearLayer {
  fileprivate var isPlain: Bool { weight.dtype == .float32 && weight.count > 0 && weight.isContiguous && bias?.isContiguous ?? true }
}
