import Builtins
import Engine

/// An algorithm whose scores stand in a formula like a letter: `synflow`, `grasp(temperature=200)`, `hvp(w)`.
public struct FormulaMethod: Sendable, Hashable {
  public let name: String
  /// Its settings, or the formula that it is applied to.
  public let arguments: [FormulaArgument]
  let method: CriterionMethod

  public static func == (a: FormulaMethod, b: FormulaMethod) -> Bool { a.name == b.name && a.arguments == b.arguments }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(arguments)
  }

  var text: String {
    guard !arguments.isEmpty else { return name }
    return name + "(" + arguments.map { ($0.name.map { "\($0)=" } ?? "") + $0.value.description }.joined(separator: ", ") + ")"
  }
}

extension Formula {
  /// A method with its arguments.
  /// - Throws: `argument` where they are not its own, `methodFormula` for one that takes another formula.
  static func method(_ method: CriterionMethod, _ arguments: [FormulaArgument], tag: Int) throws(FormulaError) -> Formula {
    let name = method.builtin.name
    if method.takesFormula {
      guard arguments.count == 1, arguments[0].name == nil else { throw .methodArguments(name, takes: "one formula", tag: tag) }
      guard try arguments[0].value.place() == .parameters else { throw .methodArguments(name, takes: "a formula over parameters", tag: tag) }
    } else {
      var passed: [Passed] = []
      for argument in arguments {
        guard let number = argument.value.constant else { throw .methodArguments(name, takes: "numbers", tag: argument.value.tag) }
        passed.append(Passed(argument.name, Int(exactly: number) ?? number))
      }
      do { _ = try bind(passed, to: method.builtin.parameters) } catch { throw .argument(name, error, tag: tag) }
    }
    return Formula(.method(FormulaMethod(name: name, arguments: arguments, method: method)), tag: tag)
  }

  /// The methods in it, each once.
  var methods: [Formula] {
    var out: [Formula] = []
    func walk(_ f: Formula) {
      if case .method = f.kind {
        if !out.contains(f) { out.append(f) }
      } else {
        f.parts.forEach(walk)
      }
    }
    walk(self)
    return out
  }

  /// Whether a method in it needs data.
  var hasMethodOfData: Bool {
    methods.contains { if case .method(let call) = $0.kind { call.method.needs != .nothing } else { false } }
  }

  /// Whether a method in it differentiates the objective.
  var hasMethodOfObjective: Bool {
    methods.contains { if case .method(let call) = $0.kind { call.method.needs == .objective } else { false } }
  }

  /// The first method that a reducer reduces: it has no number for a single sample.
  var firstReducedMethod: Formula? {
    if case .reduced(_, let inner) = kind { return inner.methods.first }
    return parts.lazy.compactMap(\.firstReducedMethod).first
  }
}
