import Builtins
import Engine
import Testing

@testable import Importance

@Suite struct FormulaTests {
  @Test("canonical text has no bracket too many and none too few")
  func text() throws {
    let (w, g) = (F.w, F.g)
    #expect(F.abs(w * g).description == "|w * g|")
    #expect(try (F.abs(F.call("mean", g)) / (F.call("std", g) + 1e-3)).description == "|mean(g)| / (std(g) + 0.001)")
    #expect(((w - g) ^ 2).description == "(w - g)^2")
    #expect((Formula.negated(w) ^ 2).description == "(-w)^2")
    #expect(Formula.negated(w ^ 2).description == "-w^2")
    #expect((w - (g - w)).description == "w - (g - w)")
    #expect((w - g - w).description == "w - g - w")
    #expect((w / (g * w)).description == "w / (g * w)")
    #expect(F.abs(w * F.abs(g)).description == "|w * |g||")
    #expect(try Formula.call("clamp", [FormulaArgument(nil, g), FormulaArgument("min", .number(0))]).description == "clamp(g, min=0)")
  }

  @Test("named formulas")
  func criteria() {
    let expected = [
      "fisher": "mean(g^2)", "gradient": "|g|", "magnitude": "|w|", "movement": "|w - w0|", "snip": "|w * g|", "taylor": "|w * g|", "obd": "h * w^2 / 2",
      "taylor_second_order": "(w * g - w * hvp(w) / 2)^2", "rigl": "|g| * (w == 0)", "conductance": "path(da * d(a))", "activation_impact": "mean(|a * da|)",
      "integrated_gradients": "(x - x0) * path(dx)", "smooth_grad": "smooth(|dx|)", "synflow": "synflow", "fisher_pruning": "w^2 * mean(g^2) / 2",
    ]
    for (name, text) in expected { #expect(Criteria.named(name)?.formula.description == text) }
    #expect(Criteria.all.map(\.name) == Criteria.all.map(\.name).sorted())
  }

  @Test("mistakes name the node")
  func errors() throws {
    #expect(throws: FormulaError.unknownSymbol("v", nearest: nearest(to: "v", among: []), known: FormulaSymbol.allCases.map(\.rawValue), tag: 3)) {
      do { _ = try Formula.symbol(named: "v", tag: 3) } catch FormulaError.unknownSymbol(let name, _, let known, let tag) {
        throw FormulaError.unknownSymbol(name, nearest: nil, known: known, tag: tag)
      }
    }
    let mixed = try Formula.symbol(named: "w", tag: 3) * Formula.symbol(named: "da", tag: 4)
    #expect { try mixed.place() } throws: { error in
      if case FormulaError.unreducedUnits(.da, tag: _) = error { true } else { false }
    }
    #expect(throws: FormulaError.nestedReducer(outer: .max, inner: .mean, tag: 7)) {
      try Formula.reduced(.max, .magnitude(Formula.reduced(.mean, F.g, tag: 7)))
    }
    #expect(throws: FormulaError.notElementwise("softmax", tag: 2)) {
      try Formula.call("softmax", [FormulaArgument(nil, F.g), FormulaArgument("dim", .number(0))], tag: 2)
    }
    #expect { try Formula.call("tahn", [FormulaArgument(nil, F.g)], tag: 2) } throws: { error in
      if case FormulaError.unknownFunction("tahn", nearest: _?, tag: 2) = error { true } else { false }
    }
    #expect { try Formula.call("tanh", [FormulaArgument(nil, F.g), FormulaArgument(nil, F.g)]) } throws: { error in
      if case FormulaError.argument("tanh", .tooMany, _) = error { true } else { false }
    }
    #expect(throws: FormulaError.reducerArguments(.max, met: 2, tag: 0)) { try F.call("max", F.g, F.w) }
    #expect(throws: FormulaError.noSymbol(known: FormulaSymbol.allCases.map(\.rawValue), tag: 0)) { try Formula.number(3).checked() }
  }

  @Test("products of per-sample factors are seen")
  func polynomials() throws {
    let (w, g) = (F.w, F.g)
    #expect(Polynomial(F.abs(w * g))?.terms.count == 1)
    #expect(Polynomial(F.abs(w * g))?.terms.first?.power == GradientPower(1))
    #expect(Polynomial((w - 0.1 * g) ^ 2)?.terms.count == 3)
    #expect(try Polynomial(F.call("sqrt", F.abs(g)))?.terms.first?.power == GradientPower(0.5))
    #expect(try Polynomial(F.call("sign", g) ^ 2)?.terms.first?.power != .one)
    #expect(try Polynomial(F.call("tanh", g)) == nil)
    #expect(Polynomial(w / g) == nil)
    #expect(Polynomial(F.abs(w - g)) == nil)
    #expect(ClosedForm(.std, g)?.powers == [.gradient, GradientPower(2)])
  }
}
