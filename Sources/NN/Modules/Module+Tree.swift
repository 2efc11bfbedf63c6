import Builtins
import Engine

extension Module {
  /// The modules right below, in order.
  public var children: [(name: String, module: Module)] {
    parts.compactMap { if case .child(let name, let module) = $0 { (name, module) } else { nil } }
  }

  /// This module under the empty path, then all below by their paths, each module once.
  public var namedModules: [(name: String, module: Module)] {
    var out: [(name: String, module: Module)] = [], seen: Set<ObjectIdentifier> = []
    func walk(_ module: Module, _ path: String) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      out.append((path, module))
      for (name, child) in module.children { walk(child, path.isEmpty ? name : "\(path).\(name)") }
    }
    walk(self, "")
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
    for (_, module) in namedModules where module.isTraining != isOn {
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
