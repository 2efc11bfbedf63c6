import Builtins
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let prune = Builtin(
    "prune", "Set the least important weights to zero, or take whole units, channels or heads out and make the layers smaller.",
    .required("net", Module.self, "The model to thin out."),
    .required("by", ImportanceValue.self, "One score for every weight, as `importance` gives; with `structured`, or for every unit or head."),
    .option("keep", 0.5, in: 0...1, "The share of weights, or of units, that stay."),
    .option("scope", PruneScope.global, "Whether the share is of all weights together, or of each tensor."),
    .option("include_bias", false, "Whether biases may go too."),
    .optional("pattern", PrunePattern.self, "How many weights stay of each so many neighbours in a row, such as \"2:4\", in place of a share."),
    .optional("structured", PruneStructure.self, "Takes whole units of linear layers, channels of convolutions, or heads of attention out and makes the layers smaller."),
    .optional("on", Anything.self, "With structured: a data set or a tensor that the model takes, to see which layers meet; found out where it can be."),
    source: Source("Han et al. 2015", arXiv: "1506.02626"),
    examples: [
      Example("prune net by imp keep=0.5", gives: "fc1.weight"), Example("prune net by imp pattern=\"2:4\"", gives: "50.0 %"),
      Example("prune net by imp keep=0.25 structured=unit; net.fc2", gives: "in_features=4"),
    ]
  ) {
    (
      session, net: Module, scores: ImportanceValue, keep: Double, scope: PruneScope, bias: Bool, pattern: PrunePattern?, structure: PruneStructure?,
      data: Anything?
    ) in
    guard let structure else {
      if data != nil { throw UseError.option("on", "goes with `structured=unit`, `channel` or `head`") }
      return try Importance.prune(net, by: scores, keep: keep, scope: scope, pattern: pattern, includeBias: bias, journal: session.journal)
    }
    if pattern != nil { throw UseError.option("pattern", "is of single weights: leave `structured` out") }
    if structure == .head {
      let x = try session.samples(data?.value).0
      return try fed(x, "on") { try pruneHeads(net, by: scores, keep: keep, scope: scope, on: x, journal: session.journal) }
    }
    guard let x = try session.samples(data?.value).0 ?? net.plainInput() else {
      throw UseError.option("on", "is needed here: name data that the model takes, to see which layers meet")
    }
    return try fed(x, "on") {
      try pruneUnits(net, by: scores, keep: keep, scope: scope, structure: structure, on: x, journal: session.journal)
    }
  }
}

extension Module {
  /// An input that the model takes, where its first layer tells.
  fileprivate func plainInput() throws -> Tensor? {
    let first = namedModules.lazy.map(\.module).first { !$0.namedParameters.isEmpty && $0.children.isEmpty }
    return try (first as? Linear).map { try Tensor.zeros([1, $0.inputs], $0.weight.value.dtype) }
  }
}
