import Builtins
import Engine

extension Worked {
  /// A score that is the sum over the elements of a group of what each of them has.
  mutating func explainSum() throws {
    let formula = request.formula
    add("\(formula) is worked out for every element, and added up over each \(request.each.word).")
    if !formula.hasTotal, !formula.hasEffect { try addElements(of: formula) }
  }

  /// A sum over elements inside a formula.
  mutating func explainTotal(_ atom: Formula, _ inner: Formula) throws {
    if inner.extent == .element, !inner.hasTotal, !inner.hasEffect, inner.isNumberOfAll {
      add("\(atom) is the sum over the elements of \(element.name):")
      try addElements(of: inner)
    }
    add("\(atom) = \(try text(atom))")
  }

  /// The elements of the group whose numbers are the largest.
  private mutating func addElements(of inner: Formula) throws {
    guard case .parameters(let list) = request.subject, let groups = try request.groups(of: list[element.subject].name, list[element.subject].parameter) else { return }
    let position = request.run.generator.position
    defer { request.run.generator.position = position }
    var part = try request.part(inner, rows: 0..<request.sampleCount, subject: element.subject)
    part.each = .element
    let tensor = try part.scores().scores[0].tensor, shape = tensor.shape
    let places = groups.places(element.index.flat(in: groups.shape)), name = list[element.subject].name
    var grid = Grid(["element", "\(inner)"])
    let flat = try tensor.doubles(), values = places.map { flat[$0] }
    for i in Ranking(values.map(abs)).largest(Self.shown) {
      grid.rows.append((name + ImportanceValue.indexText(places[i], shape), [values[i]]))
    }
    if places.count > Self.shown { grid.note = "… the largest, and \(places.count - Self.shown) more, added up over all \(places.count)" }
    add(grid)
  }
}

extension Formula {
  /// Whether it has a number by itself, and not one a sample.
  fileprivate var isNumberOfAll: Bool { !isPerSample }
}
