import Builtins
import Engine

/// Every layer that the shell knows, by name.
public enum Layers {
  public static let all: [Builtin<Generator>] = [
    .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveMaxPool1d, .adaptiveMaxPool2d, .avgPool1d, .avgPool2d,
    .batchNorm1d, .batchNorm2d, .celu, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .dropout, .elu, .embedding,
    .flatten, .gelu, .groupNorm, .gru, .gruCell, .hardsigmoid, .hardswish, .hardtanh, .identity, .instanceNorm1d,
    .instanceNorm2d, .layerNorm, .leakyReLU, .linear, .logSigmoid, .logSoftmax, .lstm, .lstmCell, .maxPool1d,
    .maxPool2d, .mish, .moduleDict, .moduleList, .multiheadAttention, .relu, .relu6, .rnn, .rnnCell, .selu, .sequential,
    .sigmoid, .silu, .softmax, .softplus, .softsign, .tanh, .tanhshrink, .transformerDecoder, .transformerDecoderLayer,
    .transformerEncoder, .transformerEncoderLayer, .unflatten,
  ]
}
