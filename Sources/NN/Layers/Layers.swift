import Builtins
import Engine

/// Every layer that the shell knows, by name.
public enum Layers {
  public static let all: [Builtin<Generator>] = [
    .celu, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .dropout, .elu, .embedding, .flatten, .gelu, .hardsigmoid, .hardswish, .hardtanh, .identity, .layerNorm,
    .leakyReLU, .linear, .logSigmoid, .logSoftmax, .mish, .relu, .relu6, .selu, .sequential, .sigmoid, .silu, .softmax, .softplus,
    .softsign, .tanh, .tanhshrink, .unflatten,
  ]
}
