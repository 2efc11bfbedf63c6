import Builtins
import Engine

/// A path or a pattern that leads to nothing in a model.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  case noPart(path: String, model: String, nearest: String?, known: [String])
  case noParameter(pattern: String, model: String, nearest: String?)
  case nothingToTrain(model: String, isFrozen: Bool)

  public var description: String {
    switch self {
    case .noPart(let path, let model, let nearest, let known):
      "there is no `\(path)` in \(model)" + (nearest.map { ": did you mean `\($0)`?" } ?? (known.isEmpty ? "" : ": it has \(known.prefix(8).joined(separator: ", "))"))
    case .noParameter(let pattern, let model, let nearest):
      "no parameter of \(model) matches `\(pattern)`" + (nearest.map { ": did you mean `\($0)`?" } ?? "")
    case .nothingToTrain(let model, let isFrozen):
      isFrozen ? "there is nothing to train: every parameter of \(model) is frozen" : "there is nothing to train: \(model) has no parameters"
    }
  }
}

extension Module {
  /// The module at a path such as `fc1` or `body.0`; itself for an empty one; nil where there is none.
  public func module(at path: String) -> Module? {
    var here = self
    for name in path.split(separator: ".", omittingEmptySubsequences: true) {
      guard let next = here.children.first(where: { $0.name == name }) else { return nil }
      here = next.module
    }
    return here
  }

  /// The parameter, buffer or module at a path; nil where there is none.
  public func part(at path: String) -> Part? {
    guard let point = path.lastIndex(of: ".") else { return parts.first { $0.name == path } }
    let name = path[path.index(after: point)...]
    return module(at: String(path[..<point]))?.parts.first { $0.name == name }
  }

  /// As `part(at:)`.
  /// - Throws: `noPart` with the name that was probably meant.
  public func requiredPart(at path: String) throws(ModelError) -> Part {
    if let part = part(at: path) { return part }
    let known = namedModules.map(\.name).filter { !$0.isEmpty } + namedParameters.map(\.name)
    throw .noPart(path: path, model: typeName, nearest: nearest(to: path, among: known), known: parts.map(\.name))
  }

  /// The parameters whose paths match a pattern, or lie under a module at that path.
  /// - Throws: `noParameter` where there is none.
  public func parameters(matching pattern: String) throws(ModelError) -> [(name: String, parameter: Parameter)] {
    let all = namedParameters
    let glob = Glob(pattern)
    var found = all.filter { glob.matches($0.name) }
    if found.isEmpty {
      // A pattern of modules stands for what lies below them.
      let owners = namedModules.filter { !$0.name.isEmpty && glob.matches($0.name) }
      found = all.filter { entry in owners.contains { entry.name.hasPrefix($0.name + ".") } }
    }
    guard !found.isEmpty else {
      let paths = namedModules.map(\.name).filter { !$0.isEmpty }, leaves = Set(all.compactMap { $0.name.split(separator: ".").last })
      let known = all.map(\.name) + paths + paths.map { "\($0).*" } + leaves.sorted().map { "*.\($0)" }
      throw .noParameter(pattern: pattern, model: typeName, nearest: Builtins.nearest(to: pattern, among: known))
    }
    return found
  }

  /// Freezes the parameters here and below, or those that match, or sets them free again.
  /// - Returns: how many changed.
  @discardableResult
  public func setFrozen(_ isFrozen: Bool, matching pattern: String? = nil, journal: Journal) throws -> Int {
    let chosen = try pattern.map { try parameters(matching: $0) } ?? namedParameters
    var changed = 0
    for (_, parameter) in chosen where parameter.isFrozen != isFrozen {
      try parameter.value.setRequiresGrad(!isFrozen, journal: journal)
      changed += 1
    }
    return changed
  }

  /// The number of trainable numbers and of all; a parameter that is used twice counts once.
  public var parameterCount: (total: Int, trainable: Int) {
    everyParameter.reduce(into: (0, 0)) { sums, parameter in
      sums.0 += parameter.value.count
      if !parameter.isFrozen { sums.1 += parameter.value.count }
    }
  }
}
