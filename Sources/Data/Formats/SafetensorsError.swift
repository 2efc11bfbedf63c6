import Engine

/// What can be wrong with a safetensors file.
public enum SafetensorsError: Error, Equatable {
  /// The file ends before what it announces: how many bytes it has, and how many more it needs.
  case truncated(bytes: Int, missing: Int)
  case headerTooLong(Int, limit: Int)
  case header(JSONError)
  case headerIsNoObject
  /// A tensor's entry lacks something or says it wrongly.
  case entry(tensor: String, what: String)
  case dtype(tensor: String, met: String)
  case size(tensor: String, shape: [Int], needs: Int?, has: Int)
  case overlap(tensor: String, other: String)
  /// Bytes that belong to no tensor.
  case gap(offset: Int, bytes: Int)
  case reservedName
}

extension SafetensorsError: ExplainedError {
  public var description: String {
    switch self {
    case .truncated(let bytes, let missing): "the file is cut off: it has \(bytes) bytes, \(missing) \(missing == 1 ? "is" : "are") missing"
    case .headerTooLong(let length, let limit): "a header of \(length) bytes is more than the \(limit) that are allowed: this is no safetensors file"
    case .header(let error): "the header is no JSON: \(error)"
    case .headerIsNoObject: "the header is no JSON object"
    case .entry(let tensor, let what): "tensor `\(tensor)`: \(what)"
    case .dtype(let tensor, let met): "tensor `\(tensor)` is of type \(met), which is not read"
    case .size(let tensor, let shape, let needs?, let has): "tensor `\(tensor)` of \(shape) needs \(needs) bytes and has \(has)"
    case .size(let tensor, let shape, nil, let has): "tensor `\(tensor)` of \(shape) needs more bytes than a file can have, and has \(has)"
    case .overlap(let tensor, let other): "tensors `\(other)` and `\(tensor)` lie over each other"
    case .gap(let offset, let bytes): "\(bytes) bytes from \(offset) on belong to no tensor"
    case .reservedName: "a tensor cannot be called `__metadata__`"
    }
  }

  public var help: String? {
    switch self {
    case .truncated: "was it copied or downloaded whole?"
    case .dtype: "read are F64, F32, F16, BF16, I64, I32, I16, I8, U32, U16, U8, BOOL"
    default: nil
    }
  }
}
