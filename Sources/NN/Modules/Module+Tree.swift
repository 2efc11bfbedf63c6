import Builtins
import Engine

extension Module {
  /// The modules right below, in order.
  public var children: [(name: String, module: Module)] {
    parts.compactMap { if case .child(let name, let module) = $0 { (name, module) } else { nil } }
  }

  /// This module under the empty path, then all below by their paths, each module once.
  public var namedModules: [(name: String, module: Module)] {
    tree("") { path, name in path.isEmpty ? name : "\(path).\(name)" }.map { ($0.path, $0.module) }
  }

  /// The same for who needs no paths, which take most of the time.
  public var everyModule: [Module] { tree(()) { _, _ in }.map(\.module) }

  private func tree<Path>(_ path: Path, below: (Path, String) -> Path) -> [(path: Path, module: Module)] {
    var out: [(path: Path, module: Module)] = [], seen: Set<ObjectIdentifier> = []
    func walk(_ module: Module, _ path: Path) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      out.append((path, module))
      for case .child(let name, let child) in module.parts { walk(child, below(path, name)) }
    }
    walk(self, path)
    return out
  }

  /// All parameters by path, in PyTorch's order; one that is used twice stands under its first path.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    var out: [(name: String, parameter: Parameter)] = [], seen: Set<ObjectIdentifier> = []
    for (path, module) in namedModules {
      for case .parameter(let name, let parameter?) in module.parts where seen.insert(ObjectIdentifier(parameter)).inserted {
        out.append((path.isEmpty ? name : "\(path).\(name)", parameter))
      }
    }
    return out
  }

  /// The same for who needs no paths.
  public var everyParameter: [Parameter] {
    var out: [Parameter] = [], seen: Set<ObjectIdentifier> = []
    for module in everyModule {
      for case .parameter(_, let parameter?) in module.parts where seen.insert(ObjectIdentifier(parameter)).inserted { out.append(parameter) }
    }
    return out
  }

  /// All buffers by path.
  public var namedBuffers: [(name: String, buffer: Buffer)] {
    namedModules.flatMap { path, module in
      module.parts.compactMap { part in
        if case .buffer(let name, let buffer?) = part { (path.isEmpty ? name : "\(path).\(name)", buffer) } else { nil }
      }
    }
  }

  /// Sets the mode here and below.
  public func setTraining(_ isOn: Bool, journal: Journal? = nil) {
    for module in everyModule where module.isTraining != isOn {
      journal?.note { module.isTraining = !isOn }
      module.isTraining = isOn
    }
  }

  /// The module as PyTorch prints it: one line a layer, children indented.
  public var treeText: String {
    let children = printedChildren
    guard !children.isEmpty else { return "\(typeName)(\(details))" }
    let lines = children.map { name, text in
      "  (\(name)): " + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
    }
    return "\(typeName)(\n" + lines.joined(separator: "\n") + "\n)"
  }
}
