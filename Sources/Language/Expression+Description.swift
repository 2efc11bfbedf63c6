/// Canonical source: it reads back as the same tree, with no parentheses but those that are needed.
extension Expression: CustomStringConvertible {
  public var description: String { source(atLeast: -1) }

  /// How tightly the parts hold together, as the rules of the parser have it; -1 is a command that must be written as one.
  private var tightness: Int {
    switch kind {
    case .call(let call) where call.needsCommandForm: -1
    case .conditional, .lambda, .quote: 0
    case .logical(.or, _, _): 1
    case .logical(.and, _, _): 2
    case .comparison: 3
    case .binary(let operation, _, _): operation.tightness
    case .unary: 7
    case .integer(let value) where value < 0: 7
    case .real(let value) where value < 0: 7
    default: 9
    }
  }

  /// The source, in parentheses if it holds together less than `minimum`.
  fileprivate func source(atLeast minimum: Int) -> String { tightness < minimum ? "(\(plain))" : plain }

  private var plain: String {
    switch kind {
    case .binary(.power, let base, let exponent):
      return base.source(atLeast: 9) + "^" + exponent.source(atLeast: 7)
    case .binary(let operation, let left, let right):
      let level = operation.tightness
      return "\(left.source(atLeast: level)) \(operation.rawValue) \(right.source(atLeast: level + 1))"
    case .logical(let operation, let left, let right):
      let level = operation == .or ? 1 : 2
      return "\(left.source(atLeast: level)) \(operation.rawValue) \(right.source(atLeast: level + 1))"
    case .unary(let operation, let operand):
      return (operation == .not ? "not " : "-") + operand.source(atLeast: 7)
    case .comparison(let first, let rest):
      return rest.reduce(first.source(atLeast: 4)) { "\($0) \($1.operation.rawValue) \($1.operand.source(atLeast: 4))" }
    case .conditional(let value, let condition, let otherwise):
      return "\(value.source(atLeast: 1)) if \(condition.source(atLeast: 1)) else \(otherwise.source(atLeast: 0))"
    case .lambda(let function): return function.lambdaSource
    case .absolute(let value): return "|\(value.source(atLeast: 0))|"
    default: return postfixSource
    }
  }

  private var postfixSource: String {
    switch kind {
    case .member(let value, let name): return "\(value.baseSource).\(name.text)"
    case .index(let value, let subscripts): return "\(value.baseSource)[\(subscripts.map(\.source).joined(separator: ", "))]"
    case .call(let call): return call.source
    case .list(let items): return "[\(items.sources)]"
    case .tuple(let items): return items.count == 1 ? "(\(items.sources),)" : "(\(items.sources))"
    case .record(let fields):
      return "{" + fields.map { "\($0.key.fieldSource): \($0.value.source(atLeast: 0))" }.joined(separator: ", ") + "}"
    case .noGrad(let block): return "no_grad \(block)"
    case .quote(let statement): return statement.description
    default: return atomSource
    }
  }

  private var atomSource: String {
    switch kind {
    case .integer(let value): String(value)
    case .real(let value): "\(value)"
    case .string(let text): "\"\(text.escaped)\""
    case .format(let pieces): "f\"\(pieces.map(\.source).joined())\""
    case .boolean(let value): value ? "true" : "false"
    case .none: "none"
    case .ellipsis: "..."
    case .name(let name): name
    default: ""
    }
  }

  /// The source in front of a dot or a bracket, where a number would swallow the dot.
  fileprivate var baseSource: String {
    switch kind {
    case .integer, .real: "(\(plain))"
    default: source(atLeast: 9)
    }
  }
}

extension BinaryOperator {
  fileprivate var tightness: Int {
    switch self {
    case .add, .subtract: 4
    case .multiply, .divide, .floorDivide, .remainder: 5
    case .matrixMultiply: 6
    case .power: 8
    }
  }
}

extension [Expression] {
  fileprivate var sources: String { map { $0.source(atLeast: 0) }.joined(separator: ", ") }
}

extension Call {
  /// Whether an argument cannot be written between parentheses: a statement, or a keyword as in `help for`.
  fileprivate var needsCommandForm: Bool {
    isCommand
      && arguments.contains { argument in
        switch argument.value.kind {
        case .quote: true
        case .name(let name): argument.name == nil && Token.Kind.keywords[name] != nil
        default: false
        }
      }
  }

  fileprivate var source: String {
    let list = arguments.map(\.source).joined(separator: ", ")
    return needsCommandForm ? "\(callee) \(list)" : "\(callee.baseSource)(\(list))"
  }
}

extension Argument {
  fileprivate var source: String { (name.map { "\($0.text)=" } ?? "") + value.source(atLeast: 0) }
}

extension Subscript {
  fileprivate var source: String {
    switch self {
    case .at(let value): return value.source(atLeast: 0)
    case .slice(let start, let stop, let step, _):
      let bounds = "\(start?.source(atLeast: 0) ?? ""):\(stop?.source(atLeast: 0) ?? "")"
      return step.map { "\(bounds):\($0.source(atLeast: 0))" } ?? bounds
    }
  }
}

extension Identifier {
  /// A field's name, in quotes unless it is a word.
  fileprivate var fieldSource: String {
    let scalars = text.unicodeScalars
    let isWord = scalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
    return isWord && scalars.allSatisfy(\.properties.isXIDContinue) ? text : "\"\(text.escaped)\""
  }
}

extension FormatPiece {
  fileprivate var source: String {
    switch self {
    case .text(let text): return text.escaped.replacingBraces
    case .value(let value, let spec):
      let plain = value.source(atLeast: 0)
      let isSafe = !plain.utf8.contains(UInt8(ascii: "\"")) && plain.utf8.first != UInt8(ascii: "{")
      return "{" + (isSafe ? plain : "(\(plain))") + (spec.map { ":\($0)" } ?? "") + "}"
    }
  }
}

extension Function {
  fileprivate var lambdaSource: String {
    let isBare = parameters.count == 1 && parameters[0].defaultValue == nil
    let head = isBare ? parameters[0].name.text : "(\(parameters.source))"
    switch body {
    case .expression(let value): return "\(head) -> \(value.source(atLeast: 0))"
    case .block(let block): return "\(head) -> \(block)"
    }
  }
}

extension [Parameter] {
  var source: String {
    map { $0.name.text + ($0.defaultValue.map { "=\($0.source(atLeast: 0))" } ?? "") }.joined(separator: ", ")
  }
}

extension Expression {
  /// The source where a statement allows `a, b` without parentheses.
  var listSource: String {
    if case .tuple(let items) = kind, items.count > 1 { return items.sources }
    return description
  }
}

extension String {
  /// As it stands between double quotes.
  fileprivate var escaped: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// With the braces of an f-string's text doubled; those of `\u{…}` are its own.
  fileprivate var replacingBraces: String {
    var text = ""
    var isEscape = false
    var previous: Character = " "
    for character in self {
      if character == "{", previous == "u", isEscape {
        text.append(character)
      } else if character == "}", isEscape {
        text.append(character)
        isEscape = false
      } else {
        if character == "{" || character == "}" { text.append(character) }
        text.append(character)
        isEscape = previous == "\\" && character == "u"
      }
      previous = previous == "\\" && character == "\\" ? " " : character
    }
    return text
  }
}
