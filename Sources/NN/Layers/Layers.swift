import Builtins
import Engine

/// Every layer that the shell knows, by name.
public enum Layers {
  public static let all: [Builtin<Generator>] = [
    .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveAvgPool3d, .adaptiveMaxPool1d, .adaptiveMaxPool2d,
    .adaptiveMaxPool3d, .alphaDropout, .avgPool1d, .avgPool2d, .avgPool3d, .batchNorm1d, .batchNorm2d, .batchNorm3d,
    .bilinear, .celu, .channelShuffle, .circularPad1d, .circularPad2d, .circularPad3d, .constantPad1d, .constantPad2d,
    .constantPad3d, .conv1d, .conv2d, .conv3d, .convTranspose1d, .convTranspose2d, .convTranspose3d, .cosineSimilarity,
    .dropout, .dropout1d, .dropout2d, .dropout3d, .elu, .embedding, .embeddingBag, .featureAlphaDropout, .flatten,
    .fold, .gelu, .glu, .groupNorm, .gru, .gruCell, .hardshrink, .hardsigmoid, .hardswish, .hardtanh, .identity,
    .instanceNorm1d, .instanceNorm2d, .instanceNorm3d, .layerNorm, .leakyReLU, .linear, .localResponseNorm, .logSigmoid,
    .logSoftmax, .lpPool1d, .lpPool2d, .lpPool3d, .lstm, .lstmCell, .maxPool1d, .maxPool2d, .maxPool3d, .maxUnpool1d,
    .maxUnpool2d, .maxUnpool3d, .mish, .moduleDict, .moduleList, .multiheadAttention, .pairwiseDistance, .parameterDict,
    .parameterList, .pixelShuffle, .pixelUnshuffle, .prelu, .reflectionPad1d, .reflectionPad2d, .reflectionPad3d, .relu,
    .relu6, .replicationPad1d, .replicationPad2d, .replicationPad3d, .rmsNorm, .rnn, .rnnCell, .rrelu, .selu,
    .sequential, .sigmoid, .silu, .softmax, .softmax2d, .softmin, .softplus, .softshrink, .softsign, .tanh, .tanhshrink,
    .threshold, .transformer, .transformerDecoder, .transformerDecoderLayer, .transformerEncoder,
    .transformerEncoderLayer, .unflatten, .unfold, .upsample, .upsamplingBilinear2d, .upsamplingNearest2d, .zeroPad1d,
    .zeroPad2d, .zeroPad3d,
  ]
}
