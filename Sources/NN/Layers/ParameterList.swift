import Builtins
import Engine

extension Builtin<Generator> {
  static let parameterList = Builtin(
    "ParameterList", "Parameters in a row that a model uses as it likes: `scales[0]`.",
    .rest("values", "Tensors by place, or a list of them."),
    examples: [Example("ParameterList()", gives: "ParameterList()"), Example("ParameterList(ones(2), zeros(3))[1].shape", gives: "[3]")]
  ) { (_: Generator, values: Rest) in
    var numbers: [Tensor] = []
    for (name, value) in values.items {
      if let name { throw TensorError.value("ParameterList", "takes tensors by place, not `\(name)=`: a ParameterDict has names") }
      guard let list = try [Tensor].accept(value) else { throw TensorError.value("ParameterList", "takes tensors, got \(type(of: value).aKind)") }
      numbers += list
    }
    return try ParameterStore("ParameterList", numbers.enumerated().map { (String($0.offset), $0.element) }, isNamed: false)
  }

  static let parameterDict = Builtin(
    "ParameterDict", "Parameters under names that a model uses as it likes: `scales[\"a\"]`.",
    .rest("values", "Tensors by name, or a record of them."),
    examples: [Example("ParameterDict()", gives: "ParameterDict()"), Example("ParameterDict(a=ones(2), b=zeros(3))[\"b\"].shape", gives: "[3]")]
  ) { (_: Generator, values: Rest) in
    var named: [(String, Tensor)] = []
    for (name, value) in values.items {
      let items: [(name: String, value: any Value)]
      if let name { items = [(name, value)] } else if let record = value as? Record { items = record.members.map { ($0.name, $0.value) } } else {
        throw TensorError.value("ParameterDict", "takes tensors by name, or a record of them, got \(type(of: value).aKind)")
      }
      for item in items {
        guard let tensor = try Tensor.accept(item.value) else {
          throw TensorError.value("ParameterDict", "takes tensors, got \(type(of: item.value).aKind) for `\(item.name)`")
        }
        named.append((item.name, tensor))
      }
    }
    return try ParameterStore("ParameterDict", named, isNamed: true)
  }
}

/// Parameters by place or by name, which somebody else uses.
public final class ParameterStore: Module, Indexed {
  private let name: String, isNamed: Bool
  private let entries: [(name: String, parameter: Parameter)]

  /// - Throws: `value` where a name is used twice, empty, or has a point in it; `dtype` for what is no real number.
  init(_ name: String, _ numbers: [(String, Tensor)], isNamed: Bool) throws(TensorError) {
    var seen: Set<String> = [], entries: [(name: String, parameter: Parameter)] = []
    for (key, tensor) in numbers {
      guard !key.isEmpty, !key.contains(".") else { throw .value(name, "\"\(key)\" cannot be the name of a parameter") }
      guard seen.insert(key).inserted else { throw .value(name, "two parameters are called `\(key)`") }
      guard tensor.dtype.isFloating else { throw .dtype(name, expected: "real numbers", met: tensor.dtype, operand: entries.count) }
      entries.append((key, Parameter(try tensor.copied())))
    }
    (self.name, self.isNamed, self.entries) = (name, isNamed, entries)
  }

  public override var parts: [Part] { entries.map { .parameter($0.name, $0.parameter) } }
  public override var typeName: String { name }
  public override var printedChildren: [(name: String, text: String)] {
    entries.map { ($0.name, "Parameter containing: \($0.parameter.value.dtype.name) of size \($0.parameter.value.shape)") }
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    throw TensorError.value(name, isNamed ? "holds parameters by name: use one of them, `scales[\"\(entries.first?.name ?? "a")\"]`" : "is a list of parameters: use one of them, `scales[0]`")
  }

  public var count: Int { entries.count }
  /// `for` meets the parameters of a list, and the names where there are some.
  public func element(_ position: Int) -> any Value { isNamed ? entries[position].name : entries[position].parameter.value }
  public func element(named name: String) -> (any Value)? { isNamed ? entries.first { $0.name == name }?.parameter.value : nil }
}
