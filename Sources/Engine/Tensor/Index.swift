import Builtins

/// One entry between the brackets of `x[i, 1:3, ..., mask]`.
public enum Index {
  case at(Int)
  case slice(from: Int?, to: Int?, step: Int)
  case ellipsis
  case newAxis
  /// Positions (int64) or a mask (bool), as PyTorch's advanced indexing takes them.
  case tensor(Tensor)
}

extension Tensor {
  /// The elements that the indices choose: a view where they are numbers and slices, else a copy.
  /// - Throws: `index` for a position outside, `shape` where there are more indices than dimensions.
  public func indexed(_ indices: [Index]) throws(TensorError) -> Tensor {
    let plan = try IndexPlan(self, indices)
    let view = try SliceOp(steps: plan.steps, from: shape).apply([self])
    return plan.positions.allSatisfy({ $0 == nil }) ? view : try view.gathered(plan.positions)
  }

  /// Writes into the elements that the indices choose, keeping the old numbers in the journal. The value stretches to them
  /// and is cast to the dtype of the tensor. History follows the write, except into a leaf that requires a gradient, whose
  /// numbers are edited and nothing else.
  public func assign(_ value: Tensor, at indices: [Index], journal: Journal) throws {
    let plan = try IndexPlan(self, indices)
    let place = detached()
    let view = try Recording.with(.none) { () throws(TensorError) -> Tensor in try SliceOp(steps: plan.steps, from: shape).forward([place]) }
    let isFollowed = Recording.current != .none && dtype.isFloating && !(isLeaf && requiresGrad) && (value.node != nil || node != nil)
    if isFollowed, let made = node?.operation, made is any ViewPrimitive, value.node?.operation != nil {
      throw TensorError.noGradient("this is a view of another tensor, whose gradient would miss what is written here: write into that tensor, or `detach` the value")
    }
    try journal.write(self) {
      try Recording.with(.none) {
        if plan.positions.allSatisfy({ $0 == nil }) {
          Kernel.write(try value.detached().to(dtype).broadcast(to: view.shape, "assignment").contiguous(), into: view)
        } else {
          try view.scatter(value.detached().to(dtype), plan.positions)
        }
      }
    }
    guard isFollowed else { return }
    let (before, leaf) = (node, value.dtype.isFloating && !value.isNumber ? value.node ?? Node(value.shape, isRequired: false) : nil)
    if let leaf { value.node = leaf }
    journal.note { [self] in node = before }
    var inputs = NodeList()
    inputs.append(before)
    inputs.append(leaf)
    node = Node(
      IndexPutOp(indices: indices, shape: shape, valueShape: value.shape, dtype: dtype, valueType: value.dtype), shape, inputs: inputs, kept: .nothing,
      inputShapes: nil, isRequired: (before?.isRequired ?? false) || (leaf?.isRequired ?? false))
  }

  func broadcast(to shape: [Int], _ name: String) throws(TensorError) -> Tensor {
    // Leading ones of the value may be dropped: `x[0] = ones(1, 3)`.
    var t = self
    while t.rank > shape.count, t.shape[0] == 1 { t = try t.reshape(Array(t.shape.dropFirst())) }
    guard Shape.broadcast(t.shape, shape) == shape else { throw .shapesDoNotBroadcast(name, shape, self.shape) }
    return try t.expand(shape)
  }
}

/// An operation whose result is a look at the memory of its input.
protocol ViewPrimitive: Primitive {}
extension ReshapeOp: ViewPrimitive {}
extension PermuteOp: ViewPrimitive {}
extension ExpandOp: ViewPrimitive {}
extension SliceOp: ViewPrimitive {}

/// Indices brought to the dimensions of a tensor: what is a view first, then positions for the dimensions that are left.
struct IndexPlan {
  enum Step: Equatable {
    case at(Int)
    case slice(start: Int, count: Int, step: Int)
    case newAxis
  }
  var steps: [Step] = []
  /// For each dimension of the view: the positions chosen along it, or nil for all.
  var positions: [Tensor?] = []

  init(_ x: Tensor, _ indices: [Index]) throws(TensorError) {
    let used = indices.reduce(0) { n, index in
      switch index {
      case .at, .slice: n + 1
      case .ellipsis, .newAxis: n
      case .tensor(let t): n + (t.dtype == .bool ? max(t.rank, 1) : 1)
      }
    }
    guard used <= x.rank else { throw .shape("an index of \(used) dimensions", expected: "a tensor of as many", met: x.shape, operand: 0) }
    var d = 0, hasEllipsis = false
    for index in indices {
      switch index {
      case .ellipsis:
        guard !hasEllipsis else { throw .value("index", "`...` may stand once") }
        hasEllipsis = true
        for _ in 0..<(x.rank - used) { all(x, &d) }
      case .newAxis:
        steps.append(.newAxis)
        positions.append(nil)
      case .at(let i):
        let size = x.shape[d]
        let wrapped = i < 0 ? i + size : i
        guard wrapped >= 0, wrapped < size else { throw .index(i, size: size, dimension: d) }
        steps.append(.at(wrapped))
        d += 1
      case .slice(let from, let to, let step):
        guard step > 0 else { throw .value("index", "a step must be above 0, got \(step); `flip` turns a dimension around") }
        let size = x.shape[d]
        let clamp = { (i: Int) in max(0, min(size, i < 0 ? i &+ size : i)) }
        let (start, end) = (clamp(from ?? 0), clamp(to ?? size))
        // A step beyond the end reaches one element at most, whatever its size.
        let stride = min(step, max(size, 1))
        steps.append(.slice(start: start, count: end > start ? (end - start - 1) / stride + 1 : 0, step: stride))
        positions.append(nil)
        d += 1
      case .tensor(let t): try chosen(t, x, &d)
      }
    }
    while d < x.rank { all(x, &d) }
  }

  private mutating func all(_ x: Tensor, _ d: inout Int) {
    steps.append(.slice(start: 0, count: x.shape[d], step: 1))
    positions.append(nil)
    d += 1
  }

  private mutating func chosen(_ t: Tensor, _ x: Tensor, _ d: inout Int) throws(TensorError) {
    switch t.dtype {
    case .bool:
      for (k, size) in t.shape.enumerated() where x.shape[d + k] != size {
        throw .shape("a mask of \(t.shape)", expected: "a tensor of that shape at dimension \(d)", met: x.shape, operand: 0)
      }
      for place in try t.nonzeroByDimension() {
        all(x, &d)
        positions[positions.count - 1] = place
      }
    case .int64:
      let size = x.shape[d]
      let places = try t.detached().wrapped(size: size, dimension: d)
      all(x, &d)
      positions[positions.count - 1] = places
    case .float32, .float64: throw .dtype("index", expected: "integers or truth values", met: t.dtype, operand: 1)
    }
  }
}

/// A value that is indexed as a tensor is, along the dimension of its samples: a data set.
public protocol TensorIndexed: Indexed {
  func indexed(_ indices: [Index]) throws -> any Value
}
