import Builtins
import Engine

extension Builtin<Generator> {
  static let unflatten = Builtin(
    "Unflatten", "Makes several dimensions of one.",
    .required("dim", Int.self, "The dimension."),
    .required("unflattened_size", [Int].self, "The sizes that it becomes; one may be -1."),
    examples: [Example("Unflatten(1, [8, 8])", gives: "Unflatten(dim=1, unflattened_size=(8, 8))")]
  ) { (_: Generator, dim: Int, sizes: [Int]) in Unflatten(dim, sizes) }
}

/// One dimension as several.
public final class Unflatten: Module {
  let dim: Int, sizes: [Int]
  public init(_ dim: Int, _ sizes: [Int]) { (self.dim, self.sizes) = (dim, sizes) }

  public override var details: String {
    "dim=\(dim), unflattened_size=(" + sizes.map(String.init).joined(separator: ", ") + (sizes.count == 1 ? ",)" : ")")
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let d = dim < 0 ? dim + x.rank : dim
    guard d >= 0, d < x.rank else { throw TensorError.dimension("Unflatten", met: dim, rank: x.rank) }
    guard sizes.allSatisfy({ $0 >= -1 }), sizes.count(where: { $0 == -1 }) <= 1 else {
      throw TensorError.value("Unflatten", "sizes are at least 0, and one of them may be -1, got \(sizes)")
    }
    let known = sizes.filter { $0 >= 0 }.reduce((1, false)) { product, size in
      let (next, overflow) = product.0.multipliedReportingOverflow(by: size)
      return (next, product.1 || overflow)
    }
    var to = sizes
    if let open = sizes.firstIndex(of: -1), !known.1, known.0 > 0, x.shape[d] % known.0 == 0 { to[open] = x.shape[d] / known.0 }
    guard !known.1, !to.contains(-1), to.reduce(1, *) == x.shape[d] else {
      throw TensorError.shape("Unflatten(\(dim), \(sizes))", expected: "\(sizes) in dimension \(dim)", met: x.shape, operand: 0)
    }
    return try x.reshape(Array(x.shape[..<d]) + to + Array(x.shape[(d + 1)...]))
  }
}
