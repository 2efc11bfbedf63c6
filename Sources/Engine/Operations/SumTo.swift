extension Tensor {
  /// Undoes broadcasting: the sum over the dimensions that were stretched from `shape`.
  func summed(to shape: [Int]) throws(TensorError) -> Tensor {
    if shape == self.shape { return self }
    let lead = rank - shape.count
    let stretched = (0..<rank).filter { $0 < lead || (shape[$0 - lead] == 1 && self.shape[$0] != 1) }
    let sum = stretched.isEmpty ? self : try self.sum(stretched, keepdim: true)
    return sum.shape == shape ? sum : try sum.reshape(shape)
  }
}
