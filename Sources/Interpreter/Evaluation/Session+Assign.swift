import Builtins
import Engine
import Language
import NN

extension Session {
  /// Puts a value in a place: a name, a member, an index, or several at once.
  func assign(_ value: any Value, to target: Expression, _ scope: Scope) throws {
    switch target.kind {
    case .name(let name): scope[name] = value
    case .tuple(let targets), .list(let targets): try spread(value, over: targets, target.span, scope)
    case .member(let base, let name): try assign(value, toMember: name, of: base, target.span, scope)
    case .index(let base, let subscripts): try assign(value, toIndex: subscripts, of: base, target.span, scope)
    default: throw Failure("a value cannot be put here", at: target.span, help: "on the left of `=` stands a name, a member or an index")
    }
  }

  private func spread(_ value: any Value, over targets: [Expression], _ span: Span, _ scope: Scope) throws {
    guard let values = value as? List ?? (value as? Tensor).flatMap({ t in t.rank > 0 ? try? rows(t) : nil }) else {
      throw Failure("\(type(of: value).aKind) does not come apart into \(targets.count) values", at: span)
    }
    guard values.count == targets.count else {
      throw Failure("\(values.count) value\(values.count == 1 ? "" : "s") for \(targets.count) names", at: span)
    }
    for (target, item) in zip(targets, values.items) { try assign(item, to: target, scope) }
  }

  private func rows(_ tensor: Tensor) throws -> List { List(try (0..<tensor.shape[0]).map { try tensor.indexed([.at($0)]) }) }

  func update(_ target: Expression, _ operation: BinaryOperator, _ value: Expression, _ scope: Scope) throws {
    let result = try binary(operation, try evaluate(target, scope), try evaluate(value, scope), Sides(target.span.through(value.span), target.span, value.span))
    try assign(result, to: target, scope)
  }

  private func assign(_ value: any Value, toMember name: Identifier, of base: Expression, _ span: Span, _ scope: Scope) throws {
    let owner = try evaluate(base, scope)
    switch owner {
    case var record as Record:
      record[name.text] = value
      try assign(record, to: base, scope)
    case let module as Module: try assign(value, toPart: name, of: module, span)
    case let tensor as Tensor:
      try at(span) {
        switch name.text {
        case "grad": try tensor.setGrad(value is None ? nil : try Tensor.accept(value), journal: journal)
        case "requires_grad":
          guard let isOn = value as? Bool else { throw Failure("requires_grad is true or false", at: span) }
          try tensor.setRequiresGrad(isOn, journal: journal)
        default: throw noMember(name, tensor)
        }
      }
    default: throw Failure("\(type(of: owner).aKind) keeps nothing under names that could be replaced", at: span)
    }
  }

  /// Copies numbers into a parameter or a buffer of a model.
  private func assign(_ value: any Value, toPart name: Identifier, of module: Module, _ span: Span) throws {
    guard let part = module.parts.first(where: { $0.name == name.text }) else { throw noMember(name, module) }
    guard let source = try at(span, { try Tensor.accept(value) }) else {
      throw Failure("`\(name.text)` takes a tensor, got \(type(of: value).aKind)", at: span, help: "build a new model to replace a layer")
    }
    try at(span) {
      switch part {
      case .parameter(_, let parameter?):
        guard source.shape == parameter.value.shape || source.rank == 0 else { throw TensorError.shape("`\(name.text)`", expected: "\(parameter.value.shape)", met: source.shape, operand: 0) }
        let full = try source.expand(parameter.value.shape)
        try parameter.write(journal) { try parameter.value.copyNumbers(of: full) }
      case .buffer(_, let buffer?):
        let full = try source.expand(buffer.value.shape)
        try journal.write(buffer.value) { try buffer.value.copyNumbers(of: full) }
      case .parameter(_, nil), .buffer(_, nil): throw Failure("this \(module.typeName) was built without `\(name.text)`", at: span)
      case .child: throw Failure("a layer of a model cannot be replaced", at: span, help: "build a new model, and `load_state_dict` what it shares")
      }
    }
  }

  private func assign(_ value: any Value, toIndex subscripts: [Subscript], of base: Expression, _ span: Span, _ scope: Scope) throws {
    let owner = try evaluate(base, scope)
    switch owner {
    case let tensor as Tensor: try write(value, into: tensor, subscripts, base, span, scope)
    case let holder as any TensorHolder: try write(value, into: holder.tensor, subscripts, base, span, scope)
    case var list as List:
      let position = try listPosition(subscripts, list.count, span, scope)
      list.items[position] = value
      try assign(list, to: base, scope)
    case var record as Record:
      guard subscripts.count == 1, case .at(let key) = subscripts[0], let name = try evaluate(key, scope) as? String else {
        throw Failure("a record is written under a name", at: span, help: "r[\"name\"] = value")
      }
      record[name] = value
      try assign(record, to: base, scope)
    default: throw Failure("\(type(of: owner).aKind) has no elements that could be replaced", at: base.span)
    }
  }

  private func listPosition(_ subscripts: [Subscript], _ count: Int, _ span: Span, _ scope: Scope) throws -> Int {
    guard subscripts.count == 1, case .at(let key) = subscripts[0], let i = try evaluate(key, scope) as? Int else {
      throw Failure("an element of a list is written at one integer position", at: span)
    }
    let wrapped = i < 0 ? i &+ count : i
    guard wrapped >= 0, wrapped < count else { throw Failure("index \(i) is out of range: the list has \(count) elements", at: key.span) }
    return wrapped
  }

  private func write(_ value: any Value, into tensor: Tensor, _ subscripts: [Subscript], _ base: Expression, _ span: Span, _ scope: Scope) throws {
    let indices = try tensorIndices(subscripts, scope)
    try at(span) {
      guard let source = try (value as? List).map({ try Tensor.nested($0) }) ?? Tensor.accept(value) else {
        throw Failure("a tensor holds numbers, got \(type(of: value).aKind)", at: span)
      }
      if let parameter = parameter(at: base, holding: tensor, scope) {
        try parameter.write(journal) { try tensor.assign(source, at: indices, journal: journal) }
      } else {
        try tensor.assign(source, at: indices, journal: journal)
      }
    }
  }

  /// The parameter that `net.fc1.weight` names, so that its origin is kept before it is edited.
  private func parameter(at place: Expression, holding tensor: Tensor, _ scope: Scope) -> NN.Parameter? {
    guard case .member(let base, let name) = place.kind, let module = try? evaluate(base, scope) as? Module else { return nil }
    for case .parameter(name.text, let parameter?) in module.parts where parameter.value === tensor { return parameter }
    return nil
  }
}
