import Builtins
import Engine

extension DataSet: TensorIndexed, Accepted {
  public static let kind = "data set"
  public static let expectation = "a data set"

  /// - Throws: `isSplit` for a split one, whose parts must be told apart.
  public static func accept(_ value: any Value) throws -> DataSet? {
    if value is Split { throw DataError.isSplit }
    return value as? DataSet
  }

  public var fields: [String] { ["x", "y", "features", "classes", "target", "name", "shift", "scale"] }
  public func field(_ field: String) throws -> (any Value)? {
    switch field {
    case "x": x
    case "y": y ?? None()
    case "features": List(features)
    case "classes": classes.map { List($0) } ?? None()
    case "target": target ?? None()
    case "name": name ?? None()
    case "shift": try scaling.map { try Tensor($0.shift) } ?? None()
    case "scale": try scaling.map { try Tensor($0.scale) } ?? None()
    default: nil
    }
  }

  public func element(_ position: Int) throws -> any Value { try sample(position) }

  /// The column of a feature, or what is to be predicted.
  public func element(named name: String) throws -> (any Value)? {
    if name == target, !features.contains(name), let y { return y }
    return try x.indexed([.slice(from: nil, to: nil, step: 1), .at(place(of: .name(name)))])
  }

  /// One sample, counted from either end.
  public func sample(_ position: Int) throws -> Sample {
    Sample(x: try x.indexed([.at(position)]), y: try y?.indexed([.at(position)]))
  }

  /// What one index in brackets chooses: a sample for a number, a data set for a slice (a view), positions or a mask.
  public func indexed(_ indices: [Index]) throws -> any Value {
    guard indices.count == 1, let index = indices.first else {
      throw DataError.index("a data set is indexed by its rows alone: \(indices.count) indices belong to `.x`")
    }
    switch index {
    case .at(let position): return try sample(position)
    case .slice: return with(try x.indexed([index]), try y?.indexed([index]))
    case .tensor(let t) where t.dtype == .bool: return try filtered(t)
    case .tensor(let t) where t.rank == 1: return try rows(t)
    case .tensor, .ellipsis, .newAxis: throw DataError.index("a data set is indexed by a number, a slice, a list of rows or a mask")
    }
  }

  /// The samples at which a mask is true.
  public func filtered(_ mask: Tensor) throws -> DataSet {
    guard mask.dtype == .bool, mask.shape == [count] else {
      throw DataError.mask(expected: count, shape: mask.shape, dtype: mask.dtype.name)
    }
    let places = try mask.bools().enumerated().filter(\.element).map(\.offset)
    return try rows(Tensor(places))
  }
}

/// One sample of a data set: `for x, y in d`.
public struct Sample: Indexed {
  public let x: Tensor
  public let y: Tensor?

  public static let kind = "sample"
  public var count: Int { 2 }
  public func element(_ position: Int) -> any Value { position == 0 ? x : label }
  public var fields: [String] { ["x", "y"] }
  public func field(_ name: String) -> (any Value)? {
    switch name {
    case "x": x
    case "y": label
    default: nil
    }
  }
  private var label: any Value {
    if let y { return y }
    return None()
  }
  public var shown: Shown { .text("x: \(x.inlineText)" + (y.map { "\ny: \($0.inlineText)" } ?? "")) }
  public var json: JSON { .object(["x": x.json, "y": y?.json ?? .null]) }
}
