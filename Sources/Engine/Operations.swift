import Builtins

/// Every operation that the shell knows, by name.
public enum Operations {
  public static let all: [Builtin<Void>] = own + Aliases.all

  private static let own: [Builtin<Void>] = [
    .abs, .acos, .acosh, .adaptiveAvgPool1d, .adaptiveAvgPool2d, .adaptiveMaxPool1d, .adaptiveMaxPool2d, .add, .addbmm,
    .addcdiv, .addcmul, .addmm, .addmv, .addr, .adjoint, .affineGrid, .all, .allclose, .amax, .amin, .aminmax, .any,
    .arange, .argmax, .argmin, .argsort, .argwhere, .asin, .asinh, .asTensor, .atan, .atan2, .atanh, .atleast1d,
    .atleast2d, .atleast3d, .avgPool1d, .avgPool2d, .baddbmm, .bartlettWindow, .bceWithLogits, .bfloat16, .bilinear,
    .binaryCrossEntropy, .binaryCrossEntropyWithLogits, .bincount, .bitwiseAnd, .bitwiseLeftShift, .bitwiseNot,
    .bitwiseOr, .bitwiseRightShift, .bitwiseXor, .blackmanWindow, .blockDiag, .bmm, .bool, .broadcastShapes,
    .broadcastTensors, .bucketize, .cartesianProd, .cat, .cdist, .ceil, .celu, .channelShuffle, .cholesky,
    .choleskyInverse, .choleskySolve, .chunk, .clamp, .clampMax, .clampMin, .clone, .columnStack, .combinations,
    .concat, .cond, .contiguous, .conv1d, .conv2d, .convTranspose1d, .convTranspose2d, .copysign, .corrcoef, .cos,
    .cosh, .cosineEmbeddingLoss, .cosineSimilarity, .countNonzero, .cov, .cross, .crossEntropy, .ctcLoss, .cummax,
    .cummin, .cumprod, .cumsum, .cumulativeTrapezoid, .deg2rad, .det, .detach, .diag, .diagEmbed, .diagflat, .diagonal,
    .diagonalScatter, .diff, .digamma, .dim, .dist, .div, .dot, .double, .dsplit, .dstack, .eig, .eigh, .eigvals,
    .eigvalsh, .einsum, .elu, .embedding, .embeddingBag, .empty, .entr, .eq, .equal, .erf, .erfc, .erfinv, .exp, .exp2,
    .expand, .expandAs, .expm1, .eye, .fill, .flatten, .flip, .fliplr, .flipud, .float, .floatPower, .floor,
    .floorDivide, .fmax, .fmin, .fmod, .fold, .frac, .frobeniusNorm, .full, .fullLike, .gather, .gaussianNllLoss, .gcd,
    .ge, .gelu, .glu, .gridSample, .groupNorm, .gt, .hammingWindow, .hannWindow, .hardshrink, .hardsigmoid, .hardswish,
    .hardtanh, .heaviside, .hingeEmbeddingLoss, .histc, .histogram, .hsplit, .hstack, .huberLoss, .hypot, .indexAdd,
    .indexCopy, .indexFill, .indexSelect, .inner, .int, .interpolate, .inv, .inverse, .isclose, .isfinite,
    .isFloatingPoint, .isin, .isinf, .isnan, .isneginf, .isNonzero, .isposinf, .item, .klDiv, .kron, .kthvalue, .l1Loss,
    .layerNorm, .lcm, .ldexp, .le, .leakyReLU, .lerp, .lgamma, .linear, .linspace, .localResponseNorm, .log, .log10,
    .log1p, .log2, .logaddexp, .logaddexp2, .logcumsumexp, .logdet, .logicalAnd, .logicalNot, .logicalOr, .logicalXor,
    .logit, .logNdtr, .logsigmoid, .logSoftmax, .logspace, .logsumexp, .long, .lpPool1d, .lpPool2d, .lstsq, .lt, .lu,
    .luFactor, .luSolve, .marginRankingLoss, .maskedFill, .maskedScatter, .maskedSelect, .matmul, .matrixExp,
    .matrixNorm, .matrixPower, .matrixRank, .max, .maximum, .maxPool1d, .maxPool2d, .maxUnpool1d, .maxUnpool2d, .mean,
    .median, .meshgrid, .min, .minimum, .mish, .mm, .mode, .movedim, .mseLoss, .msort, .mul, .multiDot,
    .multilabelMarginLoss, .multilabelSoftMarginLoss, .multiMarginLoss, .mv, .mvlgamma, .nanmean, .nanmedian,
    .nanquantile, .nansum, .nanToNum, .narrow, .ndtr, .ndtri, .ne, .neg, .newFull, .newOnes, .newZeros, .nllLoss,
    .nonzero, .norm, .normalize, .nuclearNorm, .numel, .oneHot, .ones, .onesLike, .outer, .pad, .pairwiseDistance,
    .pdist, .permute, .pinv, .pixelShuffle, .pixelUnshuffle, .poissonNllLoss, .polygamma, .positive, .pow, .prelu,
    .prod, .qr, .quantile, .rad2deg, .ravel, .reciprocal, .relu, .relu6, .remainder, .renorm, .repeat,
    .repeatInterleave, .reshape, .reshapeAs, .rmsNorm, .roll, .rot90, .round, .rsqrt, .rsub, .scatter, .scatterAdd,
    .scatterReduce, .searchsorted, .select, .selectScatter, .selu, .sigmoid, .sign, .signbit, .silu, .sin, .sinc, .sinh,
    .size, .sliceScatter, .slogdet, .smoothL1Loss, .softMarginLoss, .softmax, .softmin, .softplus, .softshrink,
    .softsign, .solve, .solveTriangular, .sort, .split, .sqrt, .square, .squeeze, .stack, .std, .stdMean, .step, .sub,
    .sum, .sumToSize, .svd, .svdvals, .swapaxes, .t, .take, .takeAlongDim, .tan, .tanh, .tanhshrink, .tensor,
    .tensordot, .tensorinv, .tensorsolve, .tensorSplit, .threshold, .tile, .to, .tolist, .topk, .trace, .transpose,
    .trapezoid, .tril, .trilIndices, .tripletMarginLoss, .triu, .triuIndices, .trunc, .typeAs, .unbind, .unflatten,
    .unfold, .unique, .uniqueConsecutive, .unravelIndex, .unsqueeze, .upsample, .vander, .var, .varMean, .vecdot,
    .vectorNorm, .view, .vsplit, .vstack, .where, .xlog1py, .xlogy, .zeros, .zerosLike,
  ]
}
