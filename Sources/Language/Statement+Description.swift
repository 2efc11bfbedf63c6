/// Canonical source on one line. Whether a statement is muted is not part of it.
extension Statement: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .expression(let value): value.listSource
    case .assignment(let target, let value): "\(target.listSource) = \(value.listSource)"
    case .update(let target, let operation, let value): "\(target) \(operation.rawValue)= \(value.listSource)"
    case .function(let declaration): "def \(declaration.source)"
    case .model(let declaration): declaration.source
    case .choice(let branches, let otherwise):
      branches.map { "if \($0.condition) \($0.body)" }.joined(separator: " el") + (otherwise.map { " else \($0)" } ?? "")
    case .loop(let target, let sequence, let body): "for \(target.listSource) in \(sequence) \(body)"
    case .repetition(let condition, let body): "while \(condition) \(body)"
    case .break: "break"
    case .continue: "continue"
    case .return(let value): value.map { "return \($0.listSource)" } ?? "return"
    case .delete(let names): "del " + names.map(\.text).joined(separator: ", ")
    }
  }
}

extension Block: CustomStringConvertible {
  public var description: String {
    statements.isEmpty ? "{ }" : "{ \(statements.map(\.description).joined(separator: "; ")) }"
  }
}

extension FunctionDeclaration {
  fileprivate var source: String {
    let head = "\(name.text)(\(function.parameters.source))"
    switch function.body {
    case .expression(let value): return "\(head) = \(value.listSource)"
    case .block(let block): return "\(head) \(block)"
    }
  }
}

extension ModelDeclaration {
  fileprivate var source: String {
    let members = fields.map { "\($0.key.text) = \($0.value.listSource)" } + methods.map(\.source)
    return "model \(name.text)(\(parameters.source)) { \(members.joined(separator: "; ")) }"
  }
}
