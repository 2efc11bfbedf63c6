import Builtins

/// The type of a tensor's elements.
public enum DType: String, Choice {
  case float32, float64, int64, bool

  /// What the C kernels call it.
  var code: Int32 {
    switch self {
    case .float32: 0
    case .float64: 1
    case .int64: 2
    case .bool: 3
    }
  }

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .float32: 4
    case .float64, .int64: 8
    case .bool: 1
    }
  }

  public var name: String { rawValue }

  /// By the case, not by the word: what Swift gives to enums of strings compares the strings, at a tenth of an operation.
  public static func == (a: DType, b: DType) -> Bool { a.code == b.code }
  public var isFloating: Bool { self == .float32 || self == .float64 }

  /// bool below integers below real numbers: PyTorch's categories.
  var category: Int { isFloating ? 2 : self == .int64 ? 1 : 0 }

  /// The smallest type that holds both.
  func joined(_ other: DType) -> DType {
    if self == other { return self }
    if category != other.category { return category > other.category ? self : other }
    return .float64
  }
}

/// PyTorch's result type: tensors with dimensions decide; tensors without and then plain numbers only where they are of a
/// higher category. A plain real number among integers is of the default type, float32.
func resultType(_ operands: [Tensor]) -> DType {
  var levels: (DType?, DType?, DType?) = (nil, nil, nil)
  for t in operands {
    if t.isNumber {
      levels.2 = levels.2?.joined(t.dtype) ?? t.dtype
    } else if t.rank == 0 {
      levels.1 = levels.1?.joined(t.dtype) ?? t.dtype
    } else {
      levels.0 = levels.0?.joined(t.dtype) ?? t.dtype
    }
  }
  func over(_ strong: DType?, _ weak: DType?, isNumber: Bool) -> DType? {
    guard let weak else { return strong }
    let met = isNumber && weak.isFloating ? DType.float32 : weak
    guard let strong else { return met }
    return strong.category >= weak.category ? strong : met
  }
  return over(over(levels.0, levels.1, isNumber: false), levels.2, isNumber: true) ?? .float32
}
