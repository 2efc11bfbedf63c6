import Builtins

extension Tensor: Value {
  public static let kind = "tensor"

  public func field(_ name: String) throws -> (any Value)? {
    switch name {
    case "shape": List(shape)
    case "dtype": dtype.name
    case "grad": grad ?? None()
    case "requires_grad": requiresGrad
    case "is_leaf": isLeaf
    case "ndim": rank
    case "T": try permute((0..<rank).reversed())
    case "mT": try transpose(-2, -1)
    default: nil
    }
  }
  public var fields: [String] { ["shape", "dtype", "grad", "requires_grad", "is_leaf", "ndim", "T", "mT"] }

  public var shown: Shown { .text(text) }
  public var json: JSON {
    guard let numbers = try? doubles() else { return .null }
    var next = numbers.startIndex
    func tree(_ axis: Int) -> JSON {
      guard axis < rank else {
        defer { next += 1 }
        return number(numbers[next])
      }
      return .array((0..<shape[axis]).map { _ in tree(axis + 1) })
    }
    return tree(0)
  }

  private func number(_ value: Double) -> JSON {
    switch dtype {
    case .float64: .number(value)
    // The shortest digits that give the same float32, not those of the double that it became.
    case .float32: value.isFinite ? .number(Double("\(Float(value))") ?? value) : .number(value)
    case .int64: .integer(Int(exactly: value) ?? 0)
    case .bool: .bool(value != 0)
    }
  }
}

extension Tensor: Accepted {
  public static let expectation = "a tensor"
  /// Plain numbers stand for tensors without dimensions.
  public static func accept(_ value: any Value) throws -> Tensor? {
    switch value {
    case let tensor as Tensor: tensor
    case let number as Double: try Tensor.number(number)
    case let number as Int: try Tensor.number(number)
    case let truth as Bool: try Tensor.number(truth)
    case let holder as any TensorHolder: holder.tensor
    default: nil
    }
  }
}

/// A value that may stand where a tensor is expected, as a parameter of a model does.
public protocol TensorHolder: Value {
  var tensor: Tensor { get }
}
