import Builtins
import CKernels
@testable import Engine
import Testing

/// An operation with its other arguments fixed, to be differentiated.
struct DifferentiableCase: Sendable, CustomTestStringConvertible {
  let name: String
  let shapes: [[Int]]
  let range: ClosedRange<Double>
  let body: @Sendable ([Tensor]) throws -> any Value
  var testDescription: String { name }

  init(_ name: String, _ shapes: [[Int]], in range: ClosedRange<Double> = -2...2, _ body: @escaping @Sendable ([Tensor]) throws -> any Value) {
    (self.name, self.shapes, self.range, self.body) = (name, shapes, range, body)
  }

  static let all: [DifferentiableCase] = layouts + choices + products + rows + losses + convolutions + volumes + special + pooling + norms + resampling + names + guessed

  private static let convolutions: [DifferentiableCase] = [
    .init("conv1d", [[2, 2, 5], [3, 2, 2], [3]]) { try $0[0].conv1d($0[1], $0[2], stride: [2], padding: [1]) },
    .init("conv2d", [[1, 2, 4, 3], [2, 2, 2, 2], [2]]) { try $0[0].conv2d($0[1], $0[2], padding: [1, 0]) },
    .init("conv2d in groups", [[1, 4, 5, 4], [2, 2, 2, 2]]) { try $0[0].conv2d($0[1], stride: [2, 1], padding: [1], dilation: [2, 1], groups: 2) },
    .init("conv2d and relu", [[1, 2, 3, 3], [2, 2, 2, 2], [2]]) {
      try $0[0].convolved("conv2d", 2, $0[1], $0[2], ConvolutionArguments(), relu: true)
    },
    .init("conv_transpose1d", [[1, 2, 3], [2, 3, 2], [3]]) { try $0[0].conv_transpose1d($0[1], $0[2], stride: [2], outputPadding: [1]) },
    .init("conv_transpose2d", [[1, 2, 2, 3], [2, 1, 3, 2], [2]]) {
      try $0[0].conv_transpose2d($0[1], $0[2], stride: [2], padding: [1], outputPadding: [1], groups: 2)
    },
  ]

  private static let layouts: [DifferentiableCase] = [
    .init("slice", [[4, 5]]) { try $0[0].indexed([.slice(from: 1, to: nil, step: 2), .at(-1)]) },
    .init("positions", [[4, 5]]) { try $0[0].indexed([.tensor(Tensor([0, 3, 0]))]) },
    .init("positions after a slice", [[4, 5]]) { try $0[0].indexed([.slice(from: 1, to: 3, step: 1), .tensor(Tensor([4, 4, 0]))]) },
    .init("mask", [[2, 3]]) { try $0[0].indexed([.tensor(Tensor([true, false, true, true, false, false], [2, 3]))]) },
    .init("expand", [[3, 1]]) { try $0[0].expand([2, 3, 4]) },
    .init("permute", [[2, 3, 4]]) { try $0[0].permute([2, 0, 1]) },
    .init("reshape of a permutation", [[2, 3, 4]]) { try $0[0].permute([2, 0, 1]).reshape([6, 4]) },
    .init("cat", [[2, 3], [2, 1]]) { try Tensor.cat($0, 1) },
    .init("stack", [[2, 3], [2, 3]]) { try Tensor.stack($0, -1) },
    .init("split", [[5, 2]]) { List(try $0[0].split(2)) },
    .init("unbind", [[2, 3]]) { List(try $0[0].unbind(1)) },
    .init("flip", [[2, 3]]) { try $0[0].flip([0, 1]) },
    .init("roll", [[4, 3]]) { try $0[0].roll([1, -1], [0, 1]) },
    .init("tiled", [[2, 3]]) { try $0[0].tiled([2, 3], "tile") },
    .init("repeat_interleave", [[2, 3]]) { try $0[0].repeatInterleave(Tensor([2, 0, 1]), 1) },
    .init("pad", [[3, 4]]) { try $0[0].pad([1, -1, 2, 0]) },
    .init("pad by mirror", [[1, 3, 4]]) { try $0[0].pad([2, 3], .reflect) },
    .init("diagonal", [[3, 4, 2]]) { try $0[0].diagonal(1, 0, 1) },
    .init("diag", [[3]]) { try $0[0].diag(-1) },
    .init("unflatten", [[6, 2]]) { try $0[0].unflatten(0, [2, -1]) },
  ]

  private static let choices: [DifferentiableCase] = [
    .init("where", [[2, 3], [3]]) { try Tensor([true, false, true], [3]).selecting($0[0], $0[1]) },
    .init("masked_fill", [[3]]) { try $0[0].maskedFill(Tensor([true, false, true]), Tensor.number(1.0)) },
    .init("clamp by tensors", [[5], [5]]) { try $0[0].clamp($0[1], nil) },
    .init("clamp", [[9]]) { try $0[0].clamp(low: -1, high: 1) },
    .init("gather", [[3, 4]]) { try $0[0].gather(1, Tensor([0, 0, 3, 1], [2, 2])) },
    .init("scatter", [[3, 4], [2, 2]]) { try $0[0].scatter(1, Tensor([0, 2, 3, 1], [2, 2]), $0[1]) },
    .init("scatter_add", [[3, 4], [2, 2]]) { try $0[0].scatterAdd(1, Tensor([0, 0, 3, 1], [2, 2]), $0[1]) },
    .init("embedding", [[4, 3]]) { try $0[0].embedding(Tensor([1, 1, 3, 0], [2, 2])) },
    .init("sort", [[3, 4]]) { try $0[0].sort(1, descending: true).values },
    .init("topk", [[3, 4]]) { try $0[0].topk(2, 0).values },
    .init("max along", [[3, 4]]) { try $0[0].extreme(PITH_ARG_MAX, 1, keepdim: true).values },
    .init("quantile", [[3, 5]]) { try $0[0].quantile(Tensor.number(0.3), 1) },
    .init("assignment", [[3, 3], [3]]) { x in
      let y = try x[0] * 1
      try y.assign(x[1], at: [.at(1)], journal: Journal())
      return try y * y
    },
  ]

  private static let products: [DifferentiableCase] = [
    .init("matmul of batches", [[2, 1, 3, 4], [2, 4, 2]]) { try $0[0].matmul($0[1]) },
    .init("matmul of vectors", [[3], [3]]) { try $0[0].matmul($0[1]) },
    .init("linear", [[2, 2, 3], [4, 3], [4]]) { try $0[0].linear($0[1], $0[2]) },
    .init("attention", [[2, 3, 2], [2, 4, 2], [2, 4, 3]], in: -1...1) { try $0[0].attention($0[1], $0[2], using: Generator(seed: 0)) },
    .init("causal attention", [[3, 2], [3, 2], [3, 2]], in: -1...1) { try $0[0].attention($0[1], $0[2], isCausal: true, scale: 0.7, using: Generator(seed: 0)) },
    .init("attention with a mask of numbers", [[2, 2], [3, 2], [3, 1], [2, 3]], in: -1...1) {
      try $0[0].attention($0[1], $0[2], mask: $0[3], using: Generator(seed: 0))
    },
    .init("attention of a query that sees nothing", [[2, 2], [3, 2], [3, 2]], in: -1...1) {
      try $0[0].attention($0[1], $0[2], mask: Tensor([false, false, false, true, false, true], [2, 3]), using: Generator(seed: 0))
    },
    .init("einsum of a batch", [[2, 3, 2], [2, 2, 3]]) { try Tensor.einsum("bij,bjk->bik", $0) },
    .init("einsum of a diagonal", [[3, 3, 2]]) { try Tensor.einsum("iij->j", $0) },
    .init("einsum of three", [[2, 3], [2, 2], [2, 2]]) { try Tensor.einsum("bi,bj,bk->ijk", $0) },
    .init("einsum with an ellipsis", [[2, 1, 2, 3], [3, 3, 2]]) { try Tensor.einsum("...ij,...jk->...ik", $0) },
    .init("pow of tensors", [[2, 3], [3]], in: 0.3...2) { try $0[0].pow($0[1]) },
    .init("products with zeros", [[2, 3]]) { try ($0[0] * Tensor([0.0, 1, 1, 0, 0, 1], [2, 3])).prod([1]) },
    .init("running products with zeros", [[2, 4]]) { try ($0[0] * Tensor([1.0, 0, 1, 1, 1, 1, 0, 0], [2, 4])).cumprod(1) },
    .init("addition stretched", [[2, 1, 3], [4, 1]]) { try $0[0] + $0[1] },
    .init("division stretched", [[2, 3], [3]], in: 0.5...2) { try $0[0] / $0[1] },
  ] + [1, 2, 3, -1, -2, 0.5, -0.5, 2.5, 4, 0].map { (p: Double) in
    .init("to the power of \(p)", [[5]], in: 0.3...2) { try $0[0].raised(p) }
  }

  private static let rows: [DifferentiableCase] = [
    .init("softmax", [[3, 4]]) { try $0[0].softmax(1) },
    .init("softmax down", [[3, 4]]) { try $0[0].softmax(0) },
    .init("log_softmax", [[3, 4]]) { try $0[0].logSoftmax(1) },
    .init("log_softmax down", [[3, 4]]) { try $0[0].logSoftmax(0) },
    .init("logsumexp", [[2, 3, 2]]) { try $0[0].logsumexp([0, 2]) },
    .init("cumsum", [[3, 4]]) { try $0[0].cumsum(0) },
    .init("cumprod", [[3, 4]], in: 0.5...2) { try $0[0].cumprod(1) },
    .init("var", [[3, 4, 2]]) { try $0[0].variance([0, 2], correction: 0) },
    .init("std", [[3, 4]]) { try $0[0].std([1], keepdim: true) },
    .init("layer_norm", [[3, 4], [4], [4]]) { try $0[0].layerNorm([4], $0[1], $0[2]) },
    .init("group_norm", [[2, 4, 3], [4], [4]]) { try $0[0].groupNorm(2, $0[1], $0[2]) },
    .init("norm 3", [[3, 4]]) { try $0[0].norm(3, [1]) },
    .init("norm 1/2", [[4]], in: 0.5...2) { try $0[0].norm(0.5) },
    .init("norm inf", [[3, 4]]) { try $0[0].norm(.infinity, [1]) },
    .init("polygamma", [[4]], in: 0.5...4) { try $0[0].polygamma(1) },
    .init("gelu with tanh", [[6]]) { try $0[0].gelu(.tanh) },
    .init("softplus of another sharpness", [[6]]) { try $0[0].softplus(2, threshold: 3) },
  ]

  private static let losses: [DifferentiableCase] = [
    .init("cross_entropy", [[4, 3]]) { try $0[0].crossEntropy(Tensor([0, 2, 1, 2])) },
    .init("cross_entropy, each", [[4, 3]]) { try $0[0].crossEntropy(Tensor([0, 2, 1, 2]), .none) },
    .init("cross_entropy of images", [[2, 3, 2]]) { try $0[0].crossEntropy(Tensor([0, 2, 1, 2], [2, 2]), .sum) },
    .init("cross_entropy smoothed", [[4, 3]]) { try $0[0].crossEntropy(Tensor([0, 2, 1, 2]), weight: Tensor([1.0, 2, 0.5]), smoothing: 0.1) },
    .init("cross_entropy with one ignored", [[4, 3]]) { try $0[0].crossEntropy(Tensor([0, -100, 1, 2])) },
    .init("cross_entropy of probabilities", [[2, 3], [2, 3]], in: 0.1...1) { try $0[0].crossEntropy($0[1]) },
    .init("nll_loss", [[4, 3]]) { try $0[0].nllLoss(Tensor([0, 2, 1, 2])) },
    .init("bce_with_logits", [[2, 3]]) {
      try $0[0].bceWithLogits(Tensor([0.0, 1, 1, 0, 0.3, 1], [2, 3]), positiveWeight: Tensor([2.0, 1, 0.5]))
    },
    .init("kl_div", [[2, 3]]) { try $0[0].divergence(Tensor([0.0, 0.5, 0.5, 0.2, 0.3, 0.5], [2, 3]), .batchmean, isLog: false) },
    .init("huber_loss", [[2, 3], [2, 3]]) { try $0[0].huberLoss($0[1], delta: 0.7) },
  ]
}
