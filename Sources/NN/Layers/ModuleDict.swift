import Builtins
import Engine

extension Builtin<Generator> {
  static let moduleDict = Builtin(
    "ModuleDict", "Modules under names that a model calls as it likes: `heads[\"a\"]`.",
    .rest("modules", "Modules by name, or a record of them."),
    examples: [Example("ModuleDict()", gives: "ModuleDict()"), Example("ModuleDict(a=Linear(2, 3), b=ReLU())", gives: "(b): ReLU()")]
  ) { (_: Generator, modules: Rest) in
    var named: [(String, any Value)] = []
    for (name, value) in modules.items {
      if let name { named.append((name, value)) } else if let record = value as? Record { named += record.members.map { ($0.name, $0.value) } } else {
        throw TensorError.value("ModuleDict", "takes modules by name, or a record of them, got \(type(of: value).aKind)")
      }
    }
    return try ModuleDict(named.map { name, value in
      guard let module = value as? Module else { throw TensorError.value("ModuleDict", "takes modules, got \(type(of: value).aKind) for `\(name)`") }
      return (name, module)
    })
  }
}

/// Modules under names, which somebody else calls.
public final class ModuleDict: Module, Indexed {
  public let modules: [(name: String, module: Module)]

  /// - Throws: `value` where a name is used twice, empty, or has a point in it.
  public init(_ modules: [(String, Module)]) throws(TensorError) {
    var seen: Set<String> = []
    for (name, _) in modules {
      guard !name.isEmpty, !name.contains(".") else { throw .value("ModuleDict", "\"\(name)\" cannot be the name of a module") }
      guard seen.insert(name).inserted else { throw .value("ModuleDict", "two modules are called `\(name)`") }
    }
    self.modules = modules.map { ($0.0, $0.1) }
  }

  public override var parts: [Part] { modules.map { .child($0.name, $0.module) } }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    throw TensorError.value("ModuleDict", "holds modules by name: call one of them, `heads[\"\(modules.first?.name ?? "a")\"](x)`")
  }

  public var count: Int { modules.count }
  /// `for` meets the names.
  public func element(_ position: Int) -> any Value { modules[position].name }
  public func element(named name: String) -> (any Value)? { modules.first { $0.name == name }?.module }
}
