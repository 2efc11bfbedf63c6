extension BackwardStep {
  /// The gradients of inputs through a definition of the operation in differentiable operations, so that they can be
  /// differentiated again. Fused rules fall back on it while history is kept.
  /// - Parameter count: how many inputs the operation has, all of them saved.
  func gradients(through definition: ([Tensor]) throws -> Tensor, inputs count: Int, seed dy: Tensor) throws -> [Tensor?] {
    try Recording.with(.all) {
      // A look at each, so that one tensor that stands for two inputs has a gradient for each.
      let looks = try (0..<count).map { i in
        let x = input(i)
        return try ReshapeOp(from: x.shape, to: x.shape).apply([x])
      }
      let wanted = (0..<count).filter { wants[$0] }
      let found = try definition(looks).gradients(with: wanted.map { looks[$0] }, seed: dy, keepsHistory: true)
      var gradients = [Tensor?](repeating: nil, count: count)
      for (i, gradient) in zip(wanted, found) { gradients[i] = gradient }
      return gradients
    }
  }
}
