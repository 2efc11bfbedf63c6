import Builtins
import Charts
import Engine

extension Builtin<Session> {
  static let len = Builtin(
    "len", "How many elements a value has: rows of a tensor or data set, entries of a list, letters of a string.",
    .required("value", Anything.self, "What to count."),
    examples: [Example("len([1, 2, 3])", gives: "3")]
  ) { (_, value: Anything) in
    switch value.value {
    case let text as String: return text.count
    case let tensor as Tensor:
      guard let n = tensor.shape.first else { throw TensorError.value("len", "a tensor without dimensions has no length") }
      return n
    case let indexed as any Indexed: return indexed.count
    default: throw TensorError.value("len", "\(Swift.type(of: value.value).aKind) has no length")
    }
  }

  static let range = Builtin(
    "range", "The integers from `start` to below `end`, to walk over with `for`.",
    .several("bounds", [Int].self, "end; or start, end; or start, end, step."),
    examples: [Example("for i in range(3) { print(i) }", gives: "2")]
  ) { (_, bounds: [Int]) in
    guard (1...3).contains(bounds.count) else { throw TensorError.value("range", "takes one to three integers") }
    let (start, end, step) = (bounds.count > 1 ? bounds[0] : 0, bounds.count > 1 ? bounds[1] : bounds[0], bounds.count > 2 ? bounds[2] : 1)
    guard step != 0 else { throw TensorError.value("range", "a step of 0 never arrives") }
    return Counting(start, end, step)
  }

  static let enumerate = Builtin(
    "enumerate", "Pairs of position and element.", .required("values", Anything.self, "A list or another value with elements."),
    examples: [Example("for i, v in enumerate([\"a\", \"b\"]) { print(i, v) }", gives: "1 b")]
  ) { (session, values: Anything) in
    let items = try session.items(of: values.value, "enumerate")
    return List(items.enumerated().map { List([$0, $1]) })
  }

  static let zip = Builtin(
    "zip", "The elements of several lists, side by side, as far as the shortest goes.",
    .several("lists", [Anything].self, "Lists or other values with elements."),
    examples: [Example("for a, b in zip([1, 2], [3, 4]) { print(a + b) }", gives: "6")]
  ) { (session, lists: [Anything]) in
    let columns = try lists.map { try session.items(of: $0.value, "zip") }
    return List((0..<(columns.map(\.count).min() ?? 0)).map { i in List(columns.map { $0[i] }) })
  }

  static let keys = Builtin(
    "keys", "The names of a record.", .required("record", Record.self, "A record."),
    examples: [Example("keys({a: 1, b: 2})", gives: "[\"a\", \"b\"]")]
  ) { (_, record: Record) in List(record.keys) }

  static let values = Builtin(
    "values", "The values of a record.", .required("record", Record.self, "A record."),
    examples: [Example("values({a: 1, b: 2})", gives: "[1, 2]")]
  ) { (_, record: Record) in List(record.members.map(\.value)) }

  static let sorted = Builtin(
    "sorted", "A list in rising order: numbers or strings.", .required("list", List.self, "What to sort."),
    .option("reverse", false, "Falling order."),
    examples: [Example("sorted([3, 1, 2])", gives: "[1, 2, 3]")]
  ) { (_, list: List, reverse: Bool) in
    let sorted: [any Value]
    if let texts = list.items as? [String] {
      sorted = texts.sorted()
    } else {
      let keyed = try list.items.map { item throws(TensorError) in
        guard let key = Double.accept(item) else { throw TensorError.value("sorted", "takes a list of numbers or a list of strings") }
        return (key, item)
      }
      sorted = keyed.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return List(reverse ? sorted.reversed() : sorted)
  }

  static let str = Builtin(
    "str", "A value as text.", .required("value", Anything.self, "Any value."), examples: [Example("str(0.5)", gives: "0.5")]
  ) { (_, value: Anything) in value.value.plainText }

  static let type = Builtin(
    "type", "What kind of value it is.", .required("value", Anything.self, "Any value."), examples: [Example("type(1.5)", gives: "number")]
  ) { (_, value: Anything) in Swift.type(of: value.value).kind }

  static let timeit = Builtin(
    "timeit", "How long a function takes: the median seconds of several calls, after one to warm up.",
    .required("f", AnyFunction.self, "A function without parameters."),
    .option("runs", 5, in: 1...1_000_000, "How many calls are timed."),
    examples: [Example("timeit(() -> ones(10).sum(), runs=3) < 1", gives: "true")]
  ) { (session, f: AnyFunction, runs: Int) in
    _ = try f.body([])
    var seconds: [Double] = []
    for _ in 0..<runs {
      let start = ContinuousClock.now
      _ = try f.body([])
      seconds.append((ContinuousClock.now - start).seconds)
    }
    seconds.sort()
    return runs % 2 == 1 ? seconds[runs / 2] : (seconds[runs / 2 - 1] + seconds[runs / 2]) / 2
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Session {
  /// The elements of a value, for functions that take them all at once.
  fileprivate func items(of value: any Value, _ name: String) throws -> [any Value] {
    switch value {
    case let list as List: return list.items
    case let indexed as any Indexed: return try (0..<indexed.count).map { try indexed.element($0) }
    case let tensor as Tensor where tensor.rank > 0: return try (0..<tensor.shape[0]).map { try tensor.indexed([.at($0)]) }
    case let text as String: return text.map { String($0) }
    default: throw TensorError.value(name, "\(Swift.type(of: value).aKind) has no elements")
    }
  }
}

/// The integers of a `range`, not stored.
struct Counting: Indexed {
  let start: Int, step: Int, count: Int

  init(_ start: Int, _ end: Int, _ step: Int) {
    (self.start, self.step) = (start, step)
    // In real numbers, since the distance of two integers may be more than an integer holds.
    let n = ((Double(end) - Double(start)) / Double(step)).rounded(.up)
    count = n <= 0 ? 0 : Int(exactly: min(n, 9e15)) ?? 0
  }

  static let kind = "range"
  func element(_ position: Int) -> any Value { start &+ position &* step }
  var shown: Shown { .text("range(\(start), \(start &+ count &* step)\(step == 1 ? "" : ", \(step)"))") }
  var json: JSON { .array((0..<min(count, 1_000_000)).map { .integer(start &+ $0 &* step) }) }
}
