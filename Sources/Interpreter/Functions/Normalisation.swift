import Builtins
import Engine

extension Builtin<Session> {
  static let batchNorm = Builtin(
    "batch_norm", "Each channel moved to mean 0 and variance 1 over the samples and places.",
    .required("input", Tensor.self, "[samples, channels, …]"),
    .optional("running_mean", Tensor.self, "A mean for each channel; training enters the batch's into it."),
    .optional("running_var", Tensor.self, "A variance for each channel, likewise."),
    .optional("weight", Tensor.self, "A factor for each channel."),
    .optional("bias", Tensor.self, "What is added to each channel."),
    .option("training", false, "Whether the moments are those of the input."),
    .option("momentum", 0.1, "The share of a batch in the running moments."),
    .option("eps", 1e-5, "Added to the variance."),
    formula: "(x - mean) / √(var + eps) weight + bias",
    source: Source("Ioffe and Szegedy 2015", arXiv: "1502.03167"),
    examples: [Example("batch_norm(tensor([[1.0], [3.0]]), training=true)", gives: "[[-1.0000],\n        [ 1.0000]]")]
  ) { (session, x: Tensor, mean: Tensor?, variance: Tensor?, w: Tensor?, b: Tensor?, training: Bool, momentum: Double, eps: Double) in
    guard training else {
      guard let mean, let variance else { throw TensorError.value("batch_norm", "without training=true it needs running_mean and running_var") }
      return try x.batchNorm(mean: mean, variance: variance, w, b, eps: eps)
    }
    let result = try x.batchNorm(w, b, eps: eps)
    try session.enter(result.moments, "batch_norm", mean, variance, momentum)
    return result.output
  }

  static let instanceNorm = Builtin(
    "instance_norm", "Each channel of each sample moved to mean 0 and variance 1.",
    .required("input", Tensor.self, "[samples, channels, …]"),
    .optional("running_mean", Tensor.self, "A mean for each channel; those of the samples are entered into it."),
    .optional("running_var", Tensor.self, "A variance for each channel, likewise."),
    .optional("weight", Tensor.self, "A factor for each channel."),
    .optional("bias", Tensor.self, "What is added to each channel."),
    .option("use_input_stats", true, "Whether the moments are those of the input."),
    .option("momentum", 0.1, "The share of a batch in the running moments."),
    .option("eps", 1e-5, "Added to the variance."),
    source: Source("Ulyanov, Vedaldi and Lempitsky 2016", arXiv: "1607.08022"),
    examples: [Example("instance_norm(tensor([[[1.0, 3.0]]]))", gives: "[[[-1.0000,  1.0000]]]")]
  ) { (session, x: Tensor, mean: Tensor?, variance: Tensor?, w: Tensor?, b: Tensor?, usesInput: Bool, momentum: Double, eps: Double) in
    guard usesInput else {
      guard let mean, let variance else { throw TensorError.value("instance_norm", "without use_input_stats it needs running_mean and running_var") }
      return try x.batchNorm(mean: mean, variance: variance, w, b, eps: eps)
    }
    let result = try x.instanceNorm(w, b, eps: eps)
    try session.enter(result.moments, "instance_norm", mean, variance, momentum)
    return result.output
  }
}

extension Session {
  /// Enters the moments of a batch into running ones that a user keeps.
  fileprivate func enter(_ moments: ChannelMoments, _ name: String, _ mean: Tensor?, _ variance: Tensor?, _ share: Double) throws {
    guard mean != nil || variance != nil else { return }
    guard let mean, let variance else { throw TensorError.value(name, "takes running_mean and running_var together") }
    for t in [mean, variance] where t.rank != 1 || t.count == 0 || moments.mean.count % t.count != 0 || mean.shape != variance.shape {
      throw TensorError.shape(name, expected: "running moments of one number a channel", met: t.shape, operand: 1)
    }
    try moments.enter(mean: mean, variance: variance, share: share, journal)
  }
}
