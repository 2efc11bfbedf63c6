/// A letter or a function that stands in formulas alone, as `help` shows it.
public struct FormulaWord: Sendable {
  public let name: String
  /// How it is written, with the settings and their defaults.
  public let usage: String
  public let summary: String
  /// A statement about a model `net` with a layer `act`, and data `d`.
  public let example: String

  init(_ usage: String, _ summary: String, _ example: String) {
    name = String(usage.prefix { $0 != "(" })
    (self.usage, self.summary, self.example) = (usage, summary, example)
  }

  public static let all = symbols + functions

  public static func named(_ name: String) -> FormulaWord? { all.first { $0.name == name } }

  /// All of it, as `help` shows it.
  public var page: String { "\(usage), in a formula\n  \(summary)\n\nExample\n  \(example)" }

  static let symbols = FormulaSymbol.allCases.map { symbol in
    let example = switch symbol {
    case .w: "importance |w| of net"
    case .g: "importance mean(g^2) of net on d"
    case .h: "importance w^2 * h / 2 of net on d"
    case .w0: "importance |w - w0| of net"
    case .a: "importance mean(a) of net.act on d"
    case .da: "importance mean(|a * da|) of net.act on d"
    case .z: "importance mean(z) of net.act on d"
    case .dz: "importance mean(|z * dz|) of net.act on d"
    case .x: "importance mean(|x * dx|) of net.input on d"
    case .dx: "importance mean(|dx|) of net.input on d for logit"
    case .x0: "importance path((x - x0) * dx) of net.input on d[0:5] for logit"
    }
    return FormulaWord(symbol.rawValue, symbol.meaning.prefix(1).uppercased() + symbol.meaning.dropFirst() + ".", example)
  }

  /// Those that are no operations on tensors.
  public static let functions = [
    FormulaWord(
      "path(e, steps=50, method=gausslegendre)", "The mean of a formula over the straight line from the baseline to the input, or from 0 to the parameters.",
      "importance path((x - x0) * dx, steps=20) of net.input on d[0:5] for logit"),
    FormulaWord("d(a)", "How far a, z or x moves from one point of a path to the next, for each unit of its length.", "importance path(da * d(a)) of net.act on d[0:5] for logit"),
    FormulaWord("smooth(e, n=50, std=0.15)", "The mean of a formula over copies of the input with normal noise, with its standard error.", "importance smooth(dx, n=10) of net.input on d[0:5] for logit"),
    FormulaWord("expect(e, n=50)", "The mean of a formula over baselines that are drawn from the data, with its standard error.", "importance expect((x - x0) * dx, n=10) of net.input on d[0:5] for logit"),
    FormulaWord("total(e)", "The sum over what `each=` makes one piece of: its elements count together.", "importance |total(w * g)| of net on d each=unit"),
    FormulaWord(
      "rise(metric, do, n=10)", "How far loss, accuracy, logit, prob, logprob, margin or objective rises when something is done to each piece alone; n random changes are averaged.",
      "importance rise(loss, zero(a)) of net.act on d"),
    FormulaWord("drop(metric, do, n=10)", "How far it drops: `rise` the other way around.", "importance drop(accuracy, shuffle(x)) of net.input on d"),
    FormulaWord(
      "cumulative(metric, do, n=10)", "How far it rises when something is done to each piece and to all those that raise it more by themselves.",
      "importance cumulative(loss, zero(a)) of net.act on d"),
    FormulaWord(
      "shapley(metric, n=50, absent=auto)", "What each piece adds when it joins, on average over n random orders; of at most 12 pieces over all. What is absent has its mean, a feature the baseline, a weight 0.",
      "importance shapley(accuracy, n=4) of net.act on d"),
    FormulaWord(
      "lime(metric, p=0.5, n=1000, absent=auto)",
      "How much more the metric is with each piece than without it, by a straight line through n random sets, from which pieces are dropped with probability p; of at most 12 pieces all sets.",
      "importance lime(accuracy, n=200) of net.act on d"),
    FormulaWord("zero(w)", "Sets w, a, z or x to 0, within `rise`, `drop` and `cumulative`.", "importance rise(loss, zero(w)) of net on d each=row"),
    FormulaWord("set(a, v)", "Sets w, a, z or x to a number or to a tensor, within `rise`, `drop` and `cumulative`.", "importance rise(loss, set(a, 1)) of net.act on d"),
    FormulaWord("noise(w, std)", "Adds normal noise to w, a, z or x, within `rise`, `drop` and `cumulative`.", "importance rise(loss, noise(a, 0.1)) of net.act on d"),
    FormulaWord("shuffle(x)", "Exchanges a piece among the samples, or the numbers of a weight among themselves, within `rise`, `drop` and `cumulative`.", "importance drop(accuracy, shuffle(x)) of net.input on d"),
    FormulaWord("reinit(w)", "Draws a parameter anew as its layer was initialised, within `rise`, `drop` and `cumulative`.", "importance rise(loss, reinit(w)) of net on d each=tensor"),
  ]
}
