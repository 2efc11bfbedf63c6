import Builtins
import Engine

/// What is changed at once.
public enum EffectEach {
  case element, tensor, row, unit, channel, feature, head
  /// Equal numbers of an int64 tensor form a group; the true elements of a bool tensor form one.
  case groups(Tensor)

  /// The words that `each=` takes.
  public static let words = ["element", "tensor", "row", "unit", "channel", "feature", "head"]

  public init?(word: String) {
    switch word {
    case "element": self = .element
    case "tensor": self = .tensor
    case "row": self = .row
    case "unit": self = .unit
    case "channel": self = .channel
    case "feature": self = .feature
    case "head": self = .head
    default: return nil
    }
  }

  var word: String {
    switch self {
    case .element: "element"
    case .tensor: "tensor"
    case .row: "row"
    case .unit: "unit"
    case .channel: "channel"
    case .feature: "feature"
    case .head: "head"
    case .groups: "group"
    }
  }
}

/// Sets of elements, each of which is changed by itself. The elements are those of a parameter, or of one sample.
struct EffectGroups {
  /// The shape of the result: one number for each.
  let shape: [Int]
  let elementCount: Int
  /// The elements of each; nil where each element is one.
  private let lists: [[Int]]?

  var count: Int { lists?.count ?? elementCount }
  var areElements: Bool { lists == nil }

  init(elements shape: [Int]) { (self.shape, elementCount, lists) = (shape, shape.reduce(1, *), nil) }

  init(_ lists: [[Int]], shape: [Int], elementCount: Int) { (self.lists, self.shape, self.elementCount) = (lists, shape, elementCount) }

  func places(_ i: Int) -> [Int] { lists?[i] ?? [i] }

  /// Whether each element belongs to each of a range of groups.
  /// - Shape: bool `[range, elements]`.
  func mask(_ range: Range<Int>) throws(TensorError) -> Tensor {
    let (size, overflow) = range.count.multipliedReportingOverflow(by: elementCount)
    guard !overflow else { throw .tooLarge(shape: [range.count, elementCount], bytes: .infinity, limit: 0) }
    var bits = [Bool](repeating: false, count: size)
    for (row, i) in range.enumerated() {
      for place in places(i) { bits[row * elementCount + place] = true }
    }
    return try Tensor(bits, [range.count, elementCount])
  }
}

extension EffectGroups {
  /// The groups of an element shape whose elements have the same index along one dimension.
  init(_ shape: [Int], along axis: Int) {
    let inner = shape[(axis + 1)...].reduce(1, *), size = shape[axis], outer = shape[..<axis].reduce(1, *)
    let lists = (0..<size).map { i in
      (0..<outer).flatMap { o -> Range<Int> in
        let start = (o * size + i) * inner
        return start..<(start + inner)
      }
    }
    self.init(lists, shape: [size], elementCount: outer * size * inner)
  }

  /// The groups of an element shape that slice one dimension into runs of equal length: heads.
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
    self.init(lists, shape: [runs], elementCount: outer * size * inner)
  }

  /// Groups of the user's own.
  init(of tensor: Tensor, _ shape: [Int], name: String) throws {
    guard tensor.shape == shape, tensor.dtype == .int64 || tensor.dtype == .bool else {
      throw EffectError.groupsDiffer(of: name, expected: shape, met: tensor.shape, tensor.dtype)
    }
    if tensor.dtype == .bool {
      let places = try tensor.bools().enumerated().filter(\.element).map(\.offset)
      self.init([places], shape: [], elementCount: tensor.count)
      return
    }
    var byNumber: [Int: [Int]] = [:]
    for (place, number) in try tensor.ints().enumerated() { byNumber[number, default: []].append(place) }
    let lists = byNumber.sorted { $0.key < $1.key }.map(\.value)
    self.init(lists, shape: [lists.count], elementCount: tensor.count)
  }
}
