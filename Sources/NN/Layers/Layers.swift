import Builtins
import Engine

/// Every layer that the shell knows, by name.
public enum Layers {
  public static let all: [Builtin<Generator>] = [
    .celu, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .dropout, .elu, .embedding, .flatten, .gelu, .gru, .gruCell,
    .hardsigmoid, .hardswish, .hardtanh, .identity, .layerNorm, .leakyReLU, .linear, .logSigmoid, .logSoftmax, .lstm, .lstmCell,
    .mish, .moduleDict, .moduleList, .multiheadAttention, .relu, .relu6, .rnn, .rnnCell, .selu, .sequential, .sigmoid, .silu,
    .softmax, .softplus, .softsign, .tanh, .tanhshrink, .transformerDecoder, .transformerDecoderLayer, .transformerEncoder,
    .transformerEncoderLayer, .unflatten,
  ]
}
