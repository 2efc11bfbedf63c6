import Builtins
import Engine

/// Every layer that the shell knows, by name.
public enum Layers {
  public static let all: [Builtin<Generator>] = [
    .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveMaxPool1d, .adaptiveMaxPool2d, .alphaDropout, .avgPool1d,
    .avgPool2d, .batchNorm1d, .batchNorm2d, .bilinear, .celu, .channelShuffle, .circularPad1d, .circularPad2d,
    .constantPad1d, .constantPad2d, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .cosineSimilarity, .dropout,
    .dropout1d, .dropout2d, .elu, .embedding, .embeddingBag, .featureAlphaDropout, .flatten, .fold, .gelu, .glu,
    .groupNorm, .gru, .gruCell, .hardshrink, .hardsigmoid, .hardswish, .hardtanh, .identity, .instanceNorm1d,
    .instanceNorm2d, .layerNorm, .leakyReLU, .linear, .localResponseNorm, .logSigmoid, .logSoftmax, .lpPool1d,
    .lpPool2d, .lstm, .lstmCell, .maxPool1d, .maxPool2d, .maxUnpool1d, .maxUnpool2d, .mish, .moduleDict, .moduleList,
    .multiheadAttention, .pairwiseDistance, .parameterDict, .parameterList, .pixelShuffle, .pixelUnshuffle, .prelu,
    .reflectionPad1d, .reflectionPad2d, .relu, .relu6, .replicationPad1d, .replicationPad2d, .rmsNorm, .rnn, .rnnCell,
    .rrelu, .selu, .sequential, .sigmoid, .silu, .softmax, .softmax2d, .softmin, .softplus, .softshrink, .softsign,
    .tanh, .tanhshrink, .threshold, .transformer, .transformerDecoder, .transformerDecoderLayer, .transformerEncoder,
    .transformerEncoderLayer, .unflatten, .unfold, .upsample, .upsamplingBilinear2d, .upsamplingNearest2d, .zeroPad1d,
    .zeroPad2d,
  ]
}
