import Builtins
import Engine

/// What can be wrong with a formula. `tag` is that of the node, as whoever built the formula chose it.
public enum FormulaError: Error, Equatable {
  case unknownSymbol(String, nearest: String?, known: [String], tag: Int)
  /// Two symbols that no element has both of.
  case mixedSymbols(FormulaSymbol, FormulaSymbol, tag: Int)
  /// A symbol of units in a formula over parameters, without a reducer over the samples.
  case unreducedUnits(FormulaSymbol, tag: Int)
  /// Two formulas of one request that weigh different things.
  case otherPlace(String, String, tag: Int)
  case reducerInside(FormulaAverage, inner: FormulaReducer, tag: Int)
  case nestedAverage(outer: FormulaAverage, inner: FormulaAverage, tag: Int)
  /// `d(…)` of something that does not move along a path.
  case noStep(of: FormulaSymbol, tag: Int)
  case stepOffPath(tag: Int)
  case nestedReducer(outer: FormulaReducer, inner: FormulaReducer, tag: Int)
  case reducerArguments(FormulaReducer, met: Int, tag: Int)
  case unknownFunction(String, nearest: String?, tag: Int)
  case notElementwise(String, tag: Int)
  case argument(String, ArgumentError, tag: Int)
  case operation(TensorError, tag: Int)
  case noSymbol(known: [String], tag: Int)
  /// A method with other arguments than it takes.
  case methodArguments(String, takes: String, tag: Int)
  /// A method, which has one number for all samples, inside a reducer over them.
  case methodInside(String, tag: Int)
  /// An effect inside an average over inputs.
  case effectInAverage(FormulaAverage, String, tag: Int)
  case effectsDiffer(String, String, tag: Int)
  /// An effect beside a symbol that is of something else.
  case effectMixed(String, FormulaSymbol, tag: Int)
  /// A reduction of a weight and what is on the sides of its layer that is no product of them.
  case notSeparable(String, tag: Int)
  /// A sum over elements where each score is of one.
  case totalWithoutEach(String, tag: Int)
  /// A sum over elements of something that is not what is scored.
  case totalBeside(String, tag: Int)
}

extension FormulaError: CustomStringConvertible {
  public var tag: Int {
    switch self {
    case .unknownSymbol(_, _, _, let tag), .mixedSymbols(_, _, let tag), .unreducedUnits(_, let tag), .otherPlace(_, _, let tag), .reducerInside(_, _, let tag),
      .nestedAverage(_, _, let tag), .noStep(_, let tag), .stepOffPath(let tag), .nestedReducer(_, _, let tag), .reducerArguments(_, _, let tag),
      .unknownFunction(_, _, let tag), .notElementwise(_, let tag), .argument(_, _, let tag), .operation(_, let tag), .noSymbol(_, let tag),
      .methodArguments(_, _, let tag), .methodInside(_, let tag),
      .effectInAverage(_, _, let tag), .effectsDiffer(_, _, let tag), .effectMixed(_, _, let tag), .notSeparable(_, let tag), .totalWithoutEach(_, let tag), .totalBeside(_, let tag):
      tag
    }
  }

  /// What is wrong, in one sentence.
  public var description: String {
    switch self {
    case .unknownSymbol(let name, _, _, _): "a formula has no symbol `\(name)`"
    case .mixedSymbols(let a, let b, _): "`\(a.rawValue)` is \(a.meaning), and `\(b.rawValue)` is \(b.meaning): no element has both"
    case .unreducedUnits(let symbol, _): "`\(symbol.rawValue)` is of one sample, and the parameter beside it is of all"
    case .otherPlace(let a, let b, _): "`\(a)` and `\(b)` weigh different things, and formulas that are asked for together weigh the same"
    case .reducerInside(let average, let inner, _): "`\(inner.rawValue)` stands inside `\(average.name)`, which averages each sample by itself"
    case .nestedAverage(let outer, let inner, _): "`\(inner.name)` stands inside `\(outer.name)`"
    case .noStep(let symbol, _): "`d(\(symbol.rawValue))` is no step: only `a`, `z` and `x` move along a path"
    case .stepOffPath: "`d(…)` is a step along a path, and there is no `path(…)` around it"
    case .nestedReducer(let outer, let inner, _): "`\(inner.rawValue)` stands inside `\(outer.rawValue)`: the samples are reduced once"
    case .reducerArguments(let reducer, let met, _): "`\(reducer.rawValue)` reduces one formula over the samples, got \(met) arguments"
    case .unknownFunction(let name, _, _): "a formula has no function `\(name)`"
    case .notElementwise(let name, _): "`\(name)` does not work element by element"
    case .argument(let name, let error, _): "`\(name)` \(words(error))"
    case .operation(let error, _): error.description
    case .methodArguments(let name, let takes, _): "`\(name)` takes \(takes)"
    case .methodInside(let name, _): "`\(name)` is computed over all samples, and stands inside a reducer over single ones"
    case .effectInAverage(let average, let effect, _): "`\(effect)` stands inside `\(average.name)` beside numbers of single samples, and is of all of them"
    case .effectsDiffer(let a, let b, _): "`\(a)` and `\(b)` are of different things"
    case .effectMixed(let effect, let symbol, _): "`\(symbol.rawValue)` is \(symbol.meaning), and no element has both it and `\(effect)`"
    case .notSeparable(let formula, _):
      "`\(formula)` puts a weight, or both sides of its layer, together otherwise than as a product, or under a reducer that does not let go of one: it would need each sample's own numbers for every weight"
    case .totalWithoutEach(let formula, _): "`\(formula)` is of the elements of a group, and nothing says which go together"
    case .totalBeside(let formula, _): "`\(formula)` is of units, and what it adds up are elements of the parameter beside it"
    case .noSymbol: "this formula is a plain number: it says nothing of a parameter, a unit or an input"
    }
  }

  /// What to write instead.
  public var help: String? {
    switch self {
    case .unknownSymbol(_, let near?, _, _), .unknownFunction(_, let near?, _): "did you mean `\(near)`?"
    case .unknownSymbol(_, nil, let known, _), .noSymbol(let known, _):
      "the symbols are " + known.map { "`\($0)`" }.joined(separator: ", ")
    case .reducerArguments(.max, _, _): "`maximum(a, b)` is the larger of two"
    case .reducerArguments(.min, _, _): "`minimum(a, b)` is the smaller of two"
    case .unreducedUnits(let symbol, _): "reduce it over the samples, as in `norm(\(symbol.rawValue))`"
    case .reducerInside(let average, let inner, _): "turn them round: `\(inner.rawValue)(\(average.name)(…))`"
    case .nestedAverage(let outer, let inner, _): inner.isPath ? nil : "turn them round: `\(inner.name)(\(outer.name)(…))`"
    case .totalWithoutEach: "`each=unit` behind the data, or tensor, row, channel, feature, head, or groups of your own"
    case .notSeparable: "write products, as in `mean(|w * z|)` or `mean(a * z)`, and take sums, `max` and the like outside or of one side: `|w| * max(|z|)`"
    case .mixedSymbols(let a, let b, _): Self.help(a, b)
    case .totalBeside: "add up around it, as in `total(|w| * norm(z))`"
    case .effectInAverage(let average, let effect, _): "average it by itself: `\(average.name)(\(effect))`"
    case .stepOffPath: "as in `path(da * d(a))`"
    case .effectsDiffer, .effectMixed, .otherPlace, .noStep, .nestedReducer, .reducerArguments, .unknownFunction, .notElementwise, .argument, .operation,
      .methodArguments, .methodInside:
      nil
    }
  }
}

extension FormulaError {
  /// What to write where two symbols are of different things.
  private static func help(_ a: FormulaSymbol, _ b: FormulaSymbol) -> String {
    switch Set([a.place, b.place]) {
    case [.parameters, .inputs]: "beside a weight `z` is what its layer is given, and `norm(z)` makes one number of its samples"
    case [.units, .inputs]: "score one of them: `a * da` of a module, or `x * dx` of net.input"
    case [.parameters, .units]: "make one number of the samples of each by itself, as in `mean(|g|) * mean(|z|)`"
    default: "score them apart: two formulas in brackets, as in `[mean(a * da), mean(z * dz)]`"
    }
  }
}

private func words(_ error: ArgumentError) -> String {
  switch error {
  case .missing(let name, let expected): "needs `\(name)`, \(expected)"
  case .unknownName(let name, _, _, _): "has no argument `\(name)`"
  case .tooMany(_, let takes): "takes at most \(takes) arguments"
  case .twice(let name, _): "is given `\(name)` twice"
  case .wrongType(let name, let expected, let met): "takes \(expected) for `\(name)`, got \(met)"
  case .notAChoice(let name, let met, let words): "takes one of \(words.joined(separator: ", ")) for `\(name)`, got \(met)"
  case .outOfRange(let name, let met, let range):
    "takes \(range.lowerBound.shortText) to \(range.upperBound.shortText) for `\(name)`, got \(met.shortText)"
  }
}
