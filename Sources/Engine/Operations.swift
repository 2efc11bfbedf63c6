import Builtins

/// Every operation that the shell knows, by name.
public enum Operations {
  public static let all: [Builtin<Void>] = [
    .abs, .acos, .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveMaxPool1d, .adaptiveMaxPool2d, .add, .addmm, .all,
    .allclose, .amax, .amin, .any, .arange, .argmax, .argmin, .argsort, .asin, .asTensor, .atan, .atan2, .avgPool1d,
    .avgPool2d, .baddbmm, .bceWithLogits, .binaryCrossEntropy, .binaryCrossEntropyWithLogits, .bincount, .bmm, .bool,
    .cat, .ceil, .celu, .channelShuffle, .cholesky, .choleskySolve, .chunk, .clamp, .clone, .concat, .cond, .contiguous,
    .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .corrcoef, .cos, .cosh, .cosineEmbeddingLoss,
    .cosineSimilarity, .countNonzero, .cov, .crossEntropy, .cumprod, .cumsum, .det, .detach, .diag, .diagonal, .digamma,
    .dim, .div, .dot, .double, .eigh, .eigvalsh, .einsum, .elu, .embedding, .empty, .eq, .equal, .erf, .erfc, .exp,
    .exp2, .expand, .expandAs, .expm1, .eye, .flatten, .flip, .float, .floor, .floorDivide, .fmod, .fold, .full,
    .fullLike, .gather, .gaussianNllLoss, .ge, .gelu, .glu, .groupNorm, .gt, .hardshrink, .hardsigmoid, .hardswish,
    .hardtanh, .heaviside, .hingeEmbeddingLoss, .histc, .hstack, .huberLoss, .hypot, .indexSelect, .int, .interpolate,
    .inv, .inverse, .isclose, .isfinite, .isinf, .isnan, .item, .klDiv, .kron, .kthvalue, .l1Loss, .layerNorm, .le,
    .leakyReLU, .lerp, .lgamma, .linear, .linspace, .localResponseNorm, .log, .log10, .log1p, .log2, .logdet,
    .logicalAnd, .logicalNot, .logicalOr, .logicalXor, .logit, .logsigmoid, .logSoftmax, .logsumexp, .long, .lpPool1d,
    .lpPool2d, .lstsq, .lt, .marginRankingLoss, .maskedFill, .maskedSelect, .matmul, .matrixPower, .matrixRank, .max,
    .maximum, .maxPool1d, .maxPool2d, .mean, .median, .meshgrid, .min, .minimum, .mish, .mm, .mode, .movedim, .mseLoss,
    .mul, .multilabelSoftMarginLoss, .multiMarginLoss, .mv, .nanToNum, .narrow, .ne, .neg, .nllLoss, .nonzero, .norm,
    .normalize, .numel, .oneHot, .ones, .onesLike, .outer, .pad, .pairwiseDistance, .permute, .pinv, .pixelShuffle,
    .pixelUnshuffle, .poissonNllLoss, .polygamma, .pow, .prelu, .prod, .qr, .quantile, .reciprocal, .relu, .relu6,
    .remainder, .repeat, .repeatInterleave, .reshape, .rmsNorm, .roll, .rot90, .round, .rsqrt, .scatter, .scatterAdd,
    .searchsorted, .select, .selu, .sigmoid, .sign, .silu, .sin, .sinh, .size, .slogdet, .smoothL1Loss, .softMarginLoss,
    .softmax, .softmin, .softplus, .softshrink, .softsign, .solve, .solveTriangular, .sort, .split, .sqrt, .square,
    .squeeze, .stack, .std, .step, .sub, .sum, .svd, .svdvals, .swapaxes, .t, .takeAlongDim, .tan, .tanh, .tanhshrink,
    .tensor, .tensordot, .threshold, .tile, .to, .tolist, .topk, .trace, .transpose, .tril, .tripletMarginLoss, .triu,
    .trunc, .typeAs, .unbind, .unflatten, .unfold, .unique, .unsqueeze, .upsample, .var, .view, .vstack, .where, .zeros,
    .zerosLike,
  ]
}
