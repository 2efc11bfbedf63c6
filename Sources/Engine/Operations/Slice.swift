/// Numbers and slices along the dimensions, as a view.
struct SliceOp: Primitive {
  let steps: [IndexPlan.Step]
  let from: [Int]

  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    var shape: [Int] = [], strides: [Int] = [], offset = x[0].offset, d = 0
    for step in steps {
      switch step {
      case .newAxis:
        shape.append(1)
        strides.append(1)
      case .at(let i):
        offset += i * x[0].strides[d]
        d += 1
      case .slice(let start, let count, let step):
        offset += count == 0 ? 0 : start * x[0].strides[d]
        shape.append(count)
        strides.append(x[0].strides[d] * step)
        d += 1
      }
    }
    guard shape.count <= Shape.maximalRank else { throw .tooManyDimensions(shape.count) }
    return x[0].viewed(shape, strides: strides, offset: offset)
  }

  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try UnsliceOp(slice: self).apply([dy])] }
}

/// Zeros, with the input where the slice reads.
struct UnsliceOp: Primitive {
  let slice: SliceOp
  func forward(_ x: [Tensor]) throws(TensorError) -> Tensor {
    let y = try Tensor.zeros(slice.from, x[0].dtype)
    Kernel.write(try x[0].contiguous(), into: try slice.forward([y]))
    return y
  }
  func vjp(_ dy: Tensor, _ pass: BackwardStep) throws -> [Tensor?] { [try slice.apply([dy])] }
}
