import Builtins
import Engine

/// Sets of elements, each of which has one score. The elements are those of a parameter, or of one sample.
struct ElementGroups {
  private enum Form {
    case elements
    /// Those of the same index along one dimension.
    case along(outer: Int, size: Int, inner: Int)
    case lists([[Int]])
  }

  /// The shape of the scores: one number for each.
  let shape: [Int]
  let elementShape: [Int]
  private let form: Form

  /// Each element by itself.
  init(elements shape: [Int]) { (self.shape, elementShape, form) = (shape, shape, .elements) }

  init(_ lists: [[Int]], shape: [Int], of elementShape: [Int]) { (self.shape, self.elementShape, form) = (shape, elementShape, .lists(lists)) }

  /// Those whose elements have the same index along one dimension.
  init(_ shape: [Int], along axis: Int) {
    let inner = shape[(axis + 1)...].reduce(1, *), outer = shape[..<axis].reduce(1, *)
    (self.shape, elementShape, form) = ([shape[axis]], shape, .along(outer: outer, size: shape[axis], inner: inner))
  }

  var count: Int {
    switch form {
    case .elements: elementCount
    case .along(_, let size, _): size
    case .lists(let lists): lists.count
    }
  }

  var elementCount: Int { elementShape.reduce(1, *) }
  var areElements: Bool { if case .elements = form { true } else { false } }

  /// The flat places of the elements of one.
  func places(_ i: Int) -> [Int] {
    switch form {
    case .elements: [i]
    case .along(let outer, let size, let inner):
      (0..<outer).flatMap { o -> Range<Int> in
        let start = (o * size + i) * inner
        return start..<(start + inner)
      }
    case .lists(let lists): lists[i]
    }
  }

  /// Whether each element belongs to each of a range of groups.
  /// - Shape: bool `[range, elements]`.
  func mask(_ range: Range<Int>) throws(TensorError) -> Tensor {
    let count = elementCount, (size, overflow) = range.count.multipliedReportingOverflow(by: count)
    guard !overflow else { throw .tooLarge(shape: [range.count, count], bytes: .infinity, limit: 0) }
    var bits = [Bool](repeating: false, count: size)
    for (row, i) in range.enumerated() {
      for place in places(i) { bits[row * count + place] = true }
    }
    return try Tensor(bits, [range.count, count])
  }
}

extension ElementGroups {
  /// What numbers of elements come to for each group.
  /// - Shape: what broadcasts to `[elements]`, or `[samples, elements]`, to `[shape]` or `[samples, shape]`.
  func sums(_ values: Tensor) throws(TensorError) -> Tensor {
    let full = try stretched(values), lead = Array(full.shape.dropLast(elementShape.count)), rows = lead.reduce(1, *)
    switch form {
    case .elements: return full
    case .along(let outer, let size, let inner): return try full.reshape([rows, outer, size, inner]).sum([1, 3]).reshape(lead + shape)
    case .lists(let lists):
      let flat = try full.reshape([rows, elementCount]), width = lists.first?.count ?? 0
      if width > 0, lists.allSatisfy({ $0.count == width }) {
        return try flat.indexSelect(1, Tensor(Array(lists.joined()))).reshape([rows, lists.count, width]).sum([2]).reshape(lead + shape)
      }
      var parts: [Tensor] = []
      for list in lists { parts.append(list.isEmpty ? try Tensor.zeros([rows], flat.dtype) : try flat.indexSelect(1, Tensor(list)).sum([1])) }
      return try parts.isEmpty ? Tensor.zeros(lead + shape, flat.dtype) : Tensor.stack(parts, 1).reshape(lead + shape)
    }
  }

  /// The numerical rank of what each group holds, taken as a matrix, or as the vector or the one number that it is.
  /// - Shape: as that of `sums`.
  /// - Throws: where groups are no maps of rows and columns.
  func ranks(_ values: Tensor) throws -> Tensor {
    let full = try stretched(values), lead = Array(full.shape.dropLast(elementShape.count))
    if areElements { return try full.ne(Tensor.zeros([], full.dtype)).to(full.dtype) }
    guard case .along(let outer, let size, let inner) = form, elementShape.count == 2 || (elementShape.count == 3 && outer == 1) else {
      throw TensorError.shape("matrix_rank", expected: "maps of rows and columns, such as those of the channels of a picture", met: elementShape, operand: 0)
    }
    if elementShape.count == 2 { return try full.reshape([lead.reduce(1, *), outer, size, inner]).ne(Tensor.zeros([], full.dtype)).to(full.dtype).amax([1, 3]).reshape(lead + shape) }
    guard inner > 0 else { return try Tensor.zeros(lead + shape, full.dtype) }
    guard let operation = Operations.all.first(where: { $0.name == "matrix_rank" }), let ranks = try operation.call((), [Passed(nil, full)]) as? Tensor else {
      throw TensorError.value("matrix_rank", "gives no tensor")
    }
    return try ranks.to(full.dtype)
  }

  /// For each element the number of its group. An element of none has that of the first, which no sum reads.
  /// - Shape: `[shape]` or `[samples, shape]` to `[elements]` or `[samples, elements]`.
  func spread(_ values: Tensor) throws(TensorError) -> Tensor {
    let lead = Array(values.shape.dropLast(shape.count)), rows = lead.reduce(1, *)
    switch form {
    case .elements: return values
    case .along(let outer, let size, let inner):
      return try values.reshape([rows, 1, size, 1]).expand([rows, outer, size, inner]).reshape(lead + elementShape)
    case .lists(let lists):
      var owners = [Int](repeating: 0, count: elementCount)
      for (i, list) in lists.enumerated() { for place in list { owners[place] = i } }
      return try values.reshape([rows, lists.count]).indexSelect(1, Tensor(owners)).reshape(lead + elementShape)
    }
  }

  /// With a number for every element, and the samples before them where there are any.
  private func stretched(_ values: Tensor) throws(TensorError) -> Tensor {
    let lead = values.shape.dropLast(min(values.rank, elementShape.count))
    return values.shape == lead + elementShape ? values : try values.expand(lead + elementShape)
  }
}

extension ElementGroups {
  /// The groups of an element shape that slice one dimension into runs of equal length, such as heads; of each of so many
  /// equal parts of the dimension, one run.
  init(_ shape: [Int], along axis: Int, runs: Int, parts: Int = 1) {
    let inner = shape[(axis + 1)...].reduce(1, *), size = shape[axis], outer = shape[..<axis].reduce(1, *)
    let width = size / (runs * parts)
    var lists: [[Int]] = Array(repeating: [], count: runs)
    for (run, o) in (0..<runs).flatMap({ run in (0..<outer).map { (run, $0) } }) {
      for part in 0..<parts {
        let start = (o * size + part * (size / parts) + run * width) * inner
        lists[run] += start..<(start + width * inner)
      }
    }
    self.init(lists, shape: [runs], of: shape)
  }

  /// Groups of the user's own.
  init(of tensor: Tensor, _ shape: [Int], name: String) throws {
    guard tensor.shape == shape, tensor.dtype == .int64 || tensor.dtype == .bool else {
      throw EffectError.groupsDiffer(of: name, expected: shape, met: tensor.shape, tensor.dtype)
    }
    if tensor.dtype == .bool {
      let places = try tensor.bools().enumerated().filter(\.element).map(\.offset)
      self.init([places], shape: [], of: shape)
      return
    }
    var byNumber: [Int: [Int]] = [:]
    for (place, number) in try tensor.ints().enumerated() { byNumber[number, default: []].append(place) }
    let lists = byNumber.sorted { $0.key < $1.key }.map(\.value)
    self.init(lists, shape: [lists.count], of: shape)
  }
}
