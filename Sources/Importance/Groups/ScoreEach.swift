import Engine

/// What one score is of: the elements that are added up by `total`, or changed at once.
public enum ScoreEach {
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

  public var word: String {
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

  /// Whether one score stands for several elements.
  var isGrouped: Bool { if case .element = self { false } else { true } }
}
