import Builtins
import Engine

extension Builtin<Session> {
  static let close = Builtin(
    "close", "Whether two tensors agree everywhere; says which elements differ most.",
    .required("input", Tensor.self, "What was computed."),
    .required("other", Tensor.self, "What it should be."),
    .option("rtol", 1e-5, in: 0...Double.infinity, "How much may differ in proportion to `other`."),
    .option("atol", 1e-8, in: 0...Double.infinity, "How much may differ at all."),
    formula: "|a - b| <= atol + rtol |b| everywhere",
    examples: [Example("check close(tensor([1.0]), tensor([1.0]))")]
  ) { (_, a: Tensor, b: Tensor, rtol: Double, atol: Double) in try Closeness(a, b, rtol: rtol, atol: atol) }
}

/// Whether two tensors agree, and where they differ most.
struct Closeness: Judged {
  let holds: Bool
  let explanation: String

  init(_ a: Tensor, _ b: Tensor, rtol: Double, atol: Double) throws {
    guard let shape = a.shape == b.shape ? a.shape : a.count == 1 || b.count == 1 ? (a.count > b.count ? a : b).shape : nil else {
      (holds, explanation) = (false, "the shapes differ: \(a.shape) and \(b.shape)")
      return
    }
    let (x, y) = try Recording.with(.none) { (try a.detached().expand(shape).doubles(), try b.detached().expand(shape).doubles()) }
    var worst: (index: Int, excess: Double)?, wrong = 0
    for i in x.indices where x[i] != y[i] && !(x[i].isNaN && y[i].isNaN) {
      let allowed = atol + rtol * abs(y[i])
      let difference = abs(x[i] - y[i])
      guard !(difference <= allowed) else { continue }
      wrong += 1
      let excess = difference.isNaN ? .infinity : difference / max(allowed, .leastNonzeroMagnitude)
      if excess > worst?.excess ?? -1 { worst = (i, excess) }
    }
    holds = worst == nil
    explanation = worst.map { w in
      let place = Closeness.place(w.index, shape)
      return "\(wrong) of \(x.count) element\(x.count == 1 ? "" : "s") differ\(wrong == 1 ? "s" : ""), the worst at [\(place)]: \(x[w.index].shortText) and \(y[w.index].shortText), "
        + "apart by \(abs(x[w.index] - y[w.index]).shortText) where \((atol + rtol * abs(y[w.index])).shortText) is allowed"
    } ?? "all agree"
  }

  private static func place(_ flat: Int, _ shape: [Int]) -> String {
    var rest = flat, places: [String] = []
    for size in shape.reversed() {
      places.append(String(rest % max(size, 1)))
      rest /= max(size, 1)
    }
    return places.reversed().joined(separator: ", ")
  }

  static let kind = "comparison"
  var shown: Shown { .text(holds ? "true" : "false: \(explanation)") }
  var json: JSON { .bool(holds) }
}
