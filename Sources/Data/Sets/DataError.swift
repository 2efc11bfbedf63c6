import Builtins

/// What can be wrong with a data set or the way it is asked for.
public enum DataError: Error, Equatable {
  case rows(x: Int, y: Int)
  case noRows(what: String)
  case labels(shape: [Int])
  case names(of: String, expected: Int, met: Int)
  case classOutOfRange(Int, classes: Int)
  case unknownFeature(String, nearest: String?, known: [String])
  case position(Int, features: Int)
  case noFeatureNames(shape: [Int])
  case noFeatureLeft
  case mask(expected: Int, shape: [Int], dtype: String)
  case index(String)
  case notFinite(feature: String, count: Int)
  case noLabels(for: String)
  case emptyPart(String, samples: Int)
  case isSplit
  case otherFeatures([String], [String])
  case option(String, String, met: String)
  case unusedOption(String, of: String, takes: [String])
  case unknownSet(String, nearest: String?, known: [String])
  case unknownEnding(path: String, known: [String])
  case cannotLoad(format: String)
  case cannotSave(kind: String, format: String, takes: String)
}

extension DataError: ExplainedError {
  public var description: String {
    switch self {
    case .rows(let x, let y): "x has \(x) row\(x == 1 ? "" : "s") and y has \(y)"
    case .noRows(let what): "\(what) has no rows: a data set takes at least one dimension"
    case .labels(let shape): "y is \(shape): it takes one value a row, [n]"
    case .names(let what, let expected, let met): "\(met) names were given for \(expected) \(what)"
    case .classOutOfRange(let label, let classes): "y holds the label \(label), and there are \(classes) classes"
    case .unknownFeature(let name, _, _): "there is no feature `\(name)`"
    case .position(let place, let count): "there is no feature \(place): the data set has \(count)"
    case .noFeatureNames(let shape): "samples of \(shape.dropFirst()) have no named features"
    case .noFeatureLeft: "no feature is left"
    case .mask(let expected, let shape, let dtype): "a mask has one truth value a row, [\(expected)], got \(shape) of \(dtype)"
    case .index(let text): text
    case .notFinite(let feature, let count): "feature `\(feature)` has \(count) value\(count == 1 ? "" : "s") that \(count == 1 ? "is" : "are") not finite"
    case .noLabels(let what): "\(what) needs a data set with labels of classes"
    case .emptyPart(let part, let samples): "the \(part) part of \(samples) sample\(samples == 1 ? "" : "s") would be empty"
    case .isSplit: "this data set is split"
    case .otherFeatures(let expected, let met): "the features differ: \(DataError.list(expected)) and \(DataError.list(met))"
    case .option(let name, let expected, let met): "`\(name)` takes \(expected), got `\(met)`"
    case .unusedOption(let name, let what, _): "\(what) has no use for `\(name)`"
    case .unknownSet(let name, _, _): "there is no file and no built-in data set `\(name)`"
    case .unknownEnding(let path, _): "the ending of `\(path)` names no known format"
    case .cannotLoad(let format): "\(format) is written, not read"
    case .cannotSave(let kind, let format, let takes): "a \(kind) does not go into \(format), which holds \(takes)"
    }
  }

  public var help: String? {
    switch self {
    case .unknownFeature(_, let nearest?, _), .unknownSet(_, let nearest?, _): "did you mean `\(nearest)`?"
    case .unknownFeature(_, nil, let known): "the features are \(DataError.list(known))"
    case .unknownSet(_, nil, let known): "built in are \(DataError.list(known))"
    case .unknownEnding(_, let known): "known are \(DataError.list(known))"
    case .isSplit: "name a part: `.train` or `.test`"
    case .unusedOption(_, _, let takes): takes.isEmpty ? nil : "it takes \(DataError.list(takes))"
    default: nil
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
  }
}
