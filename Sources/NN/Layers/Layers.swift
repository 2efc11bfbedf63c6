import Builtins
import Engine

/// Every layer that the shell knows, by name.
public enum Layers {
  public static let all: [Builtin<Generator>] = [
    .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveMaxPool1d, .adaptiveMaxPool2d, .avgPool1d, .avgPool2d,
    .batchNorm1d, .batchNorm2d, .celu, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .dropout, .elu, .embedding,
    .flatten, .gelu, .groupNorm, .hardsigmoid, .hardswish, .hardtanh, .identity, .instanceNorm1d, .instanceNorm2d,
    .layerNorm, .leakyReLU, .linear, .logSigmoid, .logSoftmax, .maxPool1d, .maxPool2d, .mish, .relu, .relu6, .selu,
    .sequential, .sigmoid, .silu, .softmax, .softplus, .softsign, .tanh, .tanhshrink, .unflatten,
  ]
}
