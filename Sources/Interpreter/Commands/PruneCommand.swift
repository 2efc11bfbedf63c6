import Builtins
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let prune = Builtin(
    "prune", "Set the least important weights to zero, or take whole units or channels out and make the layers smaller.",
    .required("net", Module.self, "The model to thin out."),
    .required("by", ImportanceValue.self, "One score for every weight, as `importance` gives; with `structured`, or for every unit."),
    .option("keep", 0.5, in: 0...1, "The share of weights, or of units, that stay."),
    .option("scope", PruneScope.global, "Whether the share is of all weights together, or of each tensor."),
    .option("include_bias", false, "Whether biases may go too."),
    .optional("pattern", PrunePattern.self, "How many weights stay of each so many neighbours in a row, such as \"2:4\", in place of a share."),
    source: Source("Han et al. 2015", arXiv: "1506.02626"),
    examples: [
      Example("prune net by imp keep=0.5", gives: "fc1.weight"), Example("prune net by imp pattern=\"2:4\"", gives: "50.0 %"),
    ]
  ) { (session, net: Module, scores: ImportanceValue, keep: Double, scope: PruneScope, bias: Bool, pattern: PrunePattern?) in
    try Importance.prune(net, by: scores, keep: keep, scope: scope, pattern: pattern, includeBias: bias, journal: session.journal)
  }
}
