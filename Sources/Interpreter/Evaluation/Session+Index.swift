import Builtins
import Engine
import Language
import NN

extension Session {
  func index(_ value: any Value, _ subscripts: [Subscript], _ span: Span, _ base: Span, _ scope: Scope) throws -> any Value {
    switch value {
    case let tensor as Tensor:
      let indices = try tensorIndices(subscripts, scope)
      do { return try tensor.indexed(indices) } catch { throw indexFailure(error, tensor, subscripts, span) }
    case let table as any TensorIndexed where !isName(subscripts, scope):
      let indices = try tensorIndices(subscripts, scope)
      return try at(span) { try table.indexed(indices) }
    case let text as String: return try element(List(text.map { String($0) }), subscripts, span, scope, joined: { items in
        items.map(\.plainText).joined() })
    case let list as List: return try element(list, subscripts, span, scope) { List($0) }
    case let indexed as any Indexed: return try element(indexed, subscripts, span, scope) { List($0) }
    case let holder as any TensorHolder: return try index(holder.tensor, subscripts, span, base, scope)
    default: throw Failure("\(type(of: value).aKind) has no elements to index", at: base)
    }
  }

  private func isName(_ subscripts: [Subscript], _ scope: Scope) -> Bool {
    if subscripts.count == 1, case .at(let e) = subscripts[0] {
      switch e.kind {
      case .string, .format: return true
      case .name(let name): return scope[name] is String
      default: return false
      }
    }
    return false
  }

  /// The element of a list, a record, a model or another value that is indexed by one position or name.
  private func element(
    _ value: any Indexed, _ subscripts: [Subscript], _ span: Span, _ scope: Scope, joined: ([any Value]) -> any Value
  ) throws -> any Value {
    guard subscripts.count == 1 else { throw Failure("\(type(of: value).aKind) takes one index, got \(subscripts.count)", at: span) }
    switch subscripts[0] {
    case .at(let expression):
      let key = try evaluate(expression, scope)
      if let name = key as? String {
        guard let element = try at(expression.span, { try value.element(named: name) }) else {
          let near = nearest(to: name, among: value.fields)
          let known = value.fields.prefix(12).joined(separator: ", ")
          throw Failure("there is nothing called \"\(name)\" in this \(type(of: value).kind)", at: expression.span, help: near.map { "did you mean \"\($0)\"?" } ?? (known.isEmpty ? nil : "it has \(known)"))
        }
        return element
      }
      guard let position = integer(key) else { throw Failure("an index is an integer or a name, got \(type(of: key).aKind)", at: expression.span) }
      let wrapped = position < 0 ? position &+ value.count : position
      guard wrapped >= 0, wrapped < value.count else {
        throw Failure("index \(position) is out of range: the \(type(of: value).kind) has \(value.count) element\(value.count == 1 ? "" : "s")", at: expression.span, help: value.count == 0 ? nil : "the last one is \(value.count - 1), or -1")
      }
      return try at(span) { try value.element(wrapped) }
    case .slice(let start, let stop, let step, let place):
      let (from, to, by) = (try bound(start, scope), try bound(stop, scope), try bound(step, scope) ?? 1)
      guard by > 0 else { throw Failure("a step must be above 0, got \(by)", at: place) }
      let clamp = { (i: Int) in max(0, min(value.count, i < 0 ? i &+ value.count : i)) }
      let (low, high) = (clamp(from ?? 0), clamp(to ?? value.count))
      let places = low < high ? Array(stride(from: low, to: high, by: by)) : []
      if let sequential = value as? Sequential { return try at(span) { try sequential.sliced(from: from, to: to, step: by) } }
      return joined(try places.map { try value.element($0) })
    }
  }

  /// A bound of a slice, or nil where it is left out.
  private func bound(_ expression: Expression?, _ scope: Scope) throws -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression, scope)
    if value is None { return nil }
    guard let i = integer(value) else { throw Failure("a bound of a slice is an integer, got \(type(of: value).aKind)", at: expression.span) }
    return i
  }

  private func integer(_ value: any Value) -> Int? {
    if let i = value as? Int { return i }
    guard let tensor = value as? Tensor, tensor.count == 1, tensor.rank == 0, tensor.dtype == .int64 else { return nil }
    return (try? tensor.item()).flatMap { Int(exactly: $0) }
  }

  /// What stands between the brackets, as the engine takes it.
  func tensorIndices(_ subscripts: [Subscript], _ scope: Scope) throws -> [Index] {
    try subscripts.map { entry in
      switch entry {
      case .slice(let start, let stop, let step, _):
        return .slice(from: try bound(start, scope), to: try bound(stop, scope), step: try bound(step, scope) ?? 1)
      case .at(let expression):
        if case .ellipsis = expression.kind { return .ellipsis }
        let value = try evaluate(expression, scope)
        if value is None { return .newAxis }
        if let i = integer(value) { return .at(i) }
        switch value {
        case let truth as Bool: return .tensor(try at(expression.span) { try Tensor([truth], []) })
        case let list as List: return .tensor(try at(expression.span) { try positions(list, expression.span) })
        case let tensor as Tensor: return .tensor(tensor)
        default: throw Failure("an index is an integer, a slice, a list or a tensor, got \(type(of: value).aKind)", at: expression.span)
        }
      }
    }
  }

  private func positions(_ list: List, _ span: Span) throws -> Tensor {
    if list.items.isEmpty { return try Tensor([Int]()) }
    let tensor = try Tensor.nested(list)
    guard !tensor.dtype.isFloating else { throw Failure("positions are integers, got real numbers", at: span) }
    return tensor
  }

  /// An index outside its dimension, at the very entry that is wrong.
  private func indexFailure(_ error: any Error, _ tensor: Tensor, _ subscripts: [Subscript], _ span: Span) -> any Error {
    guard case TensorError.index(let i, let size, let dimension) = error, dimension < subscripts.count else { return located(error, span) }
    let place = subscripts.count == tensor.rank || dimension == 0 ? subscripts[dimension].span : span
    return Failure(
      "index \(i) is out of range: dimension \(dimension) of \(tensor.shape) has \(size) element\(size == 1 ? "" : "s")", at: place,
      help: size == 0 ? nil : "the last one is \(size - 1), or -1")
  }
}
