import Builtins
import Engine
import NN

/// How one score of each algorithm comes about, with the numbers of the model.
enum MethodParts {
  typealias Lines = @Sendable (MethodRun, MethodPlace, NumberText) throws -> [String]

  /// `w_u² / Σ w_v²`.
  static let lamp: Lines = { run, place, text in
    let square = place.w * place.w
    let larger = try run.values[place.parameter].detached().doubles().map { $0 * $0 }.filter { $0 >= square }
    return ["w = \(text.one(place.w)), w² = \(text.one(square)); the \(larger.count) squares of the tensor that are no smaller add up to \(text.one(larger.reduce(0, +)))"]
  }

  /// The distances of the row from the others, shared out.
  static let fpgm: Lines = { run, place, text in
    let value = run.values[place.parameter]
    guard let row = place.index.first, value.rank > 0, value.shape[0] > 0 else { return [] }
    let size = value.count / value.shape[0], flat = try Recording.with(.none) { try value.detached().to(.float64).reshape([value.shape[0], size]) }
    let distances = try Recording.with(.none) { try (flat - flat.narrow(0, row, 1)).square().sum([1]).sqrt().doubles() }
    let first = distances.indices.filter { $0 != row }.prefix(3).map { "row \($0) \(text.one(distances[$0]))" }.joined(separator: ", ")
    return ["row \(row) lies from \(first)\(distances.count > 4 ? " …" : ""); all distances add up to \(text.one(distances.reduce(0, +))), shared out among its \(size) numbers"]
  }

  /// A weight times something.
  static func product(_ what: String, magnitude: Bool = false) -> Lines {
    { _, place, text in
      let w = magnitude ? abs(place.w) : place.w, name = magnitude ? "|w|" : "w"
      guard w != 0 else { return ["\(name) = 0, and so is the product with \(what)"] }
      return ["\(name) = \(text.one(w)), \(what) = \(text.one(place.score / w)); their product is \(text.one(place.score))"]
    }
  }

  static let obs = removal("[H⁻¹]_qq"), woodfisher = removal("[F⁻¹]_qq")

  private static func removal(_ inverse: String) -> Lines {
    { _, place, text in
      guard place.score != 0 else { return ["w = 0: nothing changes"] }
      return ["w = \(text.one(place.w)), \(inverse) = \(text.one(place.w * place.w / (2 * place.score))): w² over twice that is \(text.one(place.score))"]
    }
  }

  /// The gradient at some points of the way from 0.
  static let alongWeights: Lines = { run, place, text in
    let nodes = PathRule.gausslegendre.nodes(5)
    let grid = try run.restoring { journal in
      let values = run.values, whole = try values.map { try $0.detached().copied() }
      var grid = Grid(["point", "t", "g(t w)"])
      for (i, node) in nodes.enumerated() {
        for (value, w) in zip(values, whole) {
          let scaled = try Recording.with(.none) { try w * node.t }
          try journal.write(value) { try value.copyNumbers(of: scaled) }
        }
        grid.rows.append(("\(i + 1)", [node.t, try run.scores(.g)[place.parameter].element(place.index)]))
      }
      return grid
    }
    let mean = place.w == 0 ? 0 : place.score / place.w
    return ["g on the way from 0 to w, at five of its points:"] + grid.lines(text).map { "    " + $0 } + ["w = \(text.one(place.w)) times the mean of g on the way, \(text.one(mean)), is \(text.one(place.score))"]
  }

  /// The classes of the first sample.
  static let trueFisher: Lines = { run, place, text in
    let request = run.request, n = request.sampleCount
    let out = try Recording.with(.none) { try request.run(request.model, request.samples(0..<1).x) }
    guard out.rank == 2, request.y.map({ !$0.dtype.isFloating }) ?? true, out.shape[1] <= 100 else { return [] }
    let p = try Recording.with(.none) { try out.detached().softmax(1).doubles() }
    var grid = Grid(["class", "p", "∂log p/∂w"]), sum = 0.0
    for c in p.indices {
      let objective = Objective.function("log p") { out, _ in try out.logSoftmax(1).select(1, c) }
      let part = try Scoring(.g, of: request.model, [request.parameters[place.parameter]], on: request.samples(0..<1).x, nil, for: objective, in: request.run)
      let g = try part.scores().scores[0].tensor.element(place.index)
      sum += p[c] * g * g
      if c < 5 { grid.rows.append(("\(c)", [p[c], g])) }
    }
    return ["of sample 0:"] + grid.lines(text).map { "    " + $0 }
      + ["p times the square, added up over \(p.count) classes: \(text.one(sum)); the mean of that over \(n) samples is \(text.one(place.score))"]
  }

  /// `H v` by the gradient a little this way and that along v.
  static let alongVector: Lines = { run, place, text in
    guard let operand = run.operand else { return [] }
    let v = try run.scores(operand), size = try v.map { $0.count == 0 ? 0 : try $0.abs().amax().item() }.max() ?? 0
    guard size > 0, size.isFinite else { return [] }
    let step = 0.01 / size
    func gradient(_ t: Double) throws -> Double {
      try run.restoring { journal in
        for (value, v) in zip(run.values, v) {
          let moved = try Recording.with(.none) { try value.detached() + v * t }
          try journal.write(value) { try value.copyNumbers(of: moved) }
        }
        return try run.scores(.g)[place.parameter].element(place.index)
      }
    }
    let (below, above) = (try gradient(-step), try gradient(step))
    return ["v = \(text.one(try v[place.parameter].element(place.index))); g at w - εv is \(text.one(below)), at w + εv \(text.one(above)), ε = \(text.one(step)): their difference over 2ε is \(text.one((above - below) / (2 * step)))"]
  }
}
