import Builtins

/// Every operation that the shell knows, by name.
public enum Operations {
  public static let all: [Builtin<Void>] = own + Aliases.all

  private static let own: [Builtin<Void>] = [
    .abs, .acos, .acosh, .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveMaxPool1d, .adaptiveMaxPool2d, .add, .addbmm,
    .addcdiv, .addcmul, .addmm, .addmv, .addr, .all, .allclose, .amax, .amin, .aminmax, .any, .arange, .argmax, .argmin,
    .argsort, .argwhere, .asin, .asinh, .asTensor, .atan, .atan2, .atanh, .atleast1d, .atleast2d, .atleast3d,
    .avgPool1d, .avgPool2d, .baddbmm, .bceWithLogits, .bfloat16, .binaryCrossEntropy, .binaryCrossEntropyWithLogits, .bincount,
    .blockDiag, .bmm, .bool, .broadcastTensors, .bucketize, .cartesianProd, .cat, .cdist, .ceil, .celu, .channelShuffle,
    .cholesky, .choleskyInverse, .choleskySolve, .chunk, .clamp, .clampMax, .clampMin, .clone, .columnStack,
    .combinations, .concat, .cond, .contiguous, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .copysign,
    .corrcoef, .cos, .cosh, .cosineEmbeddingLoss, .cosineSimilarity, .countNonzero, .cov, .cross, .crossEntropy,
    .cummax, .cummin, .cumprod, .cumsum, .cumulativeTrapezoid, .deg2rad, .det, .detach, .diag, .diagEmbed, .diagflat,
    .diagonal, .diagonalScatter, .diff, .digamma, .dim, .dist, .div, .dot, .double, .dsplit, .dstack, .eigh, .eigvalsh,
    .einsum, .elu, .embedding, .empty, .entr, .eq, .equal, .erf, .erfc, .erfinv, .exp, .exp2, .expand, .expandAs,
    .expm1, .eye, .flatten, .flip, .fliplr, .flipud, .float, .floatPower, .floor, .floorDivide, .fmax, .fmin, .fmod,
    .fold, .frac, .full, .fullLike, .gather, .gaussianNllLoss, .gcd, .ge, .gelu, .glu, .groupNorm, .gt, .hardshrink,
    .hardsigmoid, .hardswish, .hardtanh, .heaviside, .hingeEmbeddingLoss, .histc, .histogram, .hsplit, .hstack,
    .huberLoss, .hypot, .indexAdd, .indexCopy, .indexFill, .indexSelect, .inner, .int, .interpolate, .inv, .inverse,
    .isclose, .isfinite, .isin, .isinf, .isnan, .isneginf, .isposinf, .item, .klDiv, .kron, .kthvalue, .l1Loss,
    .layerNorm, .lcm, .ldexp, .le, .leakyReLU, .lerp, .lgamma, .linear, .linspace, .localResponseNorm, .log, .log10,
    .log1p, .log2, .logaddexp, .logaddexp2, .logcumsumexp, .logdet, .logicalAnd, .logicalNot, .logicalOr, .logicalXor,
    .logit, .logsigmoid, .logSoftmax, .logspace, .logsumexp, .long, .lpPool1d, .lpPool2d, .lstsq, .lt,
    .marginRankingLoss, .maskedFill, .maskedScatter, .maskedSelect, .matmul, .matrixExp, .matrixNorm, .matrixPower,
    .matrixRank, .max, .maximum, .maxPool1d, .maxPool2d, .mean, .median, .meshgrid, .min, .minimum, .mish, .mm, .mode,
    .movedim, .mseLoss, .msort, .mul, .multiDot, .multilabelSoftMarginLoss, .multiMarginLoss, .mv, .nanmean, .nanmedian,
    .nanquantile, .nansum, .nanToNum, .narrow, .ne, .neg, .newFull, .newOnes, .newZeros, .nllLoss, .nonzero, .norm,
    .normalize, .numel, .oneHot, .ones, .onesLike, .outer, .pad, .pairwiseDistance, .pdist, .permute, .pinv,
    .pixelShuffle, .pixelUnshuffle, .poissonNllLoss, .polygamma, .pow, .prelu, .prod, .qr, .quantile, .rad2deg, .ravel,
    .reciprocal, .relu, .relu6, .remainder, .renorm, .repeat, .repeatInterleave, .reshape, .reshapeAs, .rmsNorm, .roll,
    .rot90, .round, .rsqrt, .scatter, .scatterAdd, .scatterReduce, .searchsorted, .select, .selectScatter, .selu,
    .sigmoid, .sign, .signbit, .silu, .sin, .sinc, .sinh, .size, .sliceScatter, .slogdet, .smoothL1Loss,
    .softMarginLoss, .softmax, .softmin, .softplus, .softshrink, .softsign, .solve, .solveTriangular, .sort, .split,
    .sqrt, .square, .squeeze, .stack, .std, .stdMean, .step, .sub, .sum, .svd, .svdvals, .swapaxes, .t, .take,
    .takeAlongDim, .tan, .tanh, .tanhshrink, .tensor, .tensordot, .tensorinv, .tensorsolve, .tensorSplit, .threshold,
    .tile, .to, .tolist, .topk, .trace, .transpose, .trapezoid, .tril, .trilIndices, .tripletMarginLoss, .triu,
    .triuIndices, .trunc, .typeAs, .unbind, .unflatten, .unfold, .unique, .uniqueConsecutive, .unsqueeze, .upsample,
    .vander, .var, .varMean, .vecdot, .vectorNorm, .view, .vsplit, .vstack, .where, .xlog1py, .xlogy, .zeros,
    .zerosLike,
  ]
}
