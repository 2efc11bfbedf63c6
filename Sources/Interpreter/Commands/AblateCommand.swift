import Builtins
import Data
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let ablate = Builtin(
    "ablate", "What happens to loss and accuracy as what is ranked first is taken out; the model is then as it was.",
    .required("net", Module.self, "The model."),
    .required("by", ImportanceValue.self, "Scores of its weights, units or features."),
    .required("on", DataSet.self, "A data set with targets."),
    .optional("top", Int.self, in: 1...1e9, "How many are taken out, one after the other."),
    .option("share", 0.1, in: 0...1, "Which share is taken out in the end, where `top` is not said."),
    .option("steps", 10, in: 1...1000, "In how many steps a share is."),
    .option("order", RemovalOrder.most, "Which end of the ranking goes first."),
    .option("fill", RemovalFill.zero, "What takes the place of a unit or a feature: 0, its mean, or that of another sample."),
    .option("include_bias", false, "Whether biases are taken out too."),
    .option("loss", LossName.auto, "Which loss is measured."),
    .option("keep", false, "Whether the weights stay 0; `undo` takes it back."),
    source: Source("Morcos et al. 2018, cumulative ablation", arXiv: "1803.06959"),
    examples: [
      Example("ablate net by imp on iris.test share=0.2", gives: "the model is as it was"),
      Example("ablate net by imp on iris.test top=3", gives: "rise alone"),
    ]
  ) {
    (
      session, net: Module, scores: ImportanceValue, data: DataSet, top: Int?, share: Double, steps: Int, order: RemovalOrder, fill: RemovalFill, bias: Bool,
      loss: LossName, keep: Bool
    ) in
    var request = AblationRequest(net, scores, on: data.x, try data.targets(), in: session.currentRun)
    (request.top, request.share, request.steps, request.order) = (top, share, steps, order)
    (request.fill, request.includeBias, request.loss) = (fill, bias, loss)
    request.keeping = keep ? session.journal : nil
    return try fed(data.x, "on") { try Importance.ablate(request) }
  }
}
