import Builtins

extension Builtin<Void> {
  static let dim = Builtin(
    "dim", "How many dimensions a tensor has.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("dim(zeros(2, 3))", gives: "2")]
  ) { (x: Tensor) in x.rank }

  static let numel = Builtin(
    "numel", "How many elements a tensor has.",
    .required("input", Tensor.self, "Any numbers."),
    examples: [Example("numel(zeros(2, 3))", gives: "6")]
  ) { (x: Tensor) in x.count }

  static let size = Builtin(
    "size", "The sizes of all dimensions, or of one.",
    .required("input", Tensor.self, "Any numbers."),
    .optional("dim", Int.self, "The dimension."),
    examples: [Example("size(zeros(2, 3), 1)", gives: "3")]
  ) { (x: Tensor, dim: Int?) -> any Value in try dim.map { x.shape[try x.dimension($0, "size")] } ?? List(x.shape) }

  static let meshgrid = Builtin(
    "meshgrid", "The coordinates of all points of a grid, one tensor a dimension.",
    .several("tensors", [Tensor].self, "The coordinates along each dimension."),
    .option("indexing", GridOrder.ij, "Whether the first two dimensions are rows and columns, or x and y."),
    examples: [Example("meshgrid(tensor([1, 2]), tensor([3, 4]))[0]", gives: "[[1, 1],\n        [2, 2]]")]
  ) { (axes: [Tensor], order: GridOrder) in List(try Tensor.grid(axes, order)) }
}

/// The order of the first two dimensions of a grid.
public enum GridOrder: String, Choice { case ij, xy }

extension Tensor {
  static func grid(_ axes: [Tensor], _ order: GridOrder) throws(TensorError) -> [Tensor] {
    for (i, axis) in axes.enumerated() where axis.rank > 1 { throw .shape("meshgrid", expected: "vectors", met: axis.shape, operand: i) }
    var list = axes
    let isSwapped = order == .xy && list.count >= 2
    // The first two change places before and their grids after: rows then count y.
    if isSwapped { list.swapAt(0, 1) }
    let sizes = list.map(\.count)
    var out: [Tensor] = []
    for (d, axis) in list.enumerated() {
      var shape = Array(repeating: 1, count: list.count)
      shape[d] = axis.count
      out.append(try axis.reshape(shape).expand(sizes))
    }
    if isSwapped { out.swapAt(0, 1) }
    return out
  }
}
