import Builtins
import Engine

extension Builtin<Generator> {
  static let moduleList = Builtin(
    "ModuleList", "Modules in a row that a model calls as it likes: `layers[0]`, `for layer in layers`.",
    .rest("modules", "Modules by place, or a list of them."),
    examples: [Example("ModuleList()", gives: "ModuleList()"), Example("ModuleList(Linear(2, 3), ReLU())", gives: "(1): ReLU()")]
  ) { (_: Generator, modules: Rest) in
    var layers: [Module] = []
    for (name, value) in modules.items {
      if let name { throw TensorError.value("ModuleList", "takes modules by place, not `\(name)=`: a ModuleDict has names") }
      guard let list = try [Module].accept(value) else { throw TensorError.value("ModuleList", "takes modules, got \(type(of: value).aKind)") }
      layers += list
    }
    return ModuleList(layers)
  }
}

/// Modules in a row, which somebody else calls.
public final class ModuleList: Module, Indexed {
  public let modules: [Module]
  public init(_ modules: [Module]) { self.modules = modules }

  public override var parts: [Part] { modules.enumerated().map { .child(String($0.offset), $0.element) } }

  /// Neighbours that print alike stand in one line, as PyTorch puts them: `(0-3): 4 x Linear(…)`.
  public override var printedChildren: [(name: String, text: String)] {
    var out: [(name: String, text: String)] = [], start = 0
    let texts = modules.map(\.treeText)
    while start < texts.count {
      var end = start
      while end + 1 < texts.count, texts[end + 1] == texts[start] { end += 1 }
      out.append(start == end ? (String(start), texts[start]) : ("\(start)-\(end)", "\(end - start + 1) x \(texts[start])"))
      start = end + 1
    }
    return out
  }

  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    throw TensorError.value("ModuleList", "is a list of modules: call one of them, `layers[0](x)`, or put them into a Sequential")
  }

  public var count: Int { modules.count }
  public func element(_ position: Int) -> any Value { modules[position] }
}
