import Builtins
import Data
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let validate = Builtin(
    "validate", "Whether removing what is ranked first hurts more than removing at random, what is largest, or what is ranked last.",
    .required("importance", ImportanceValue.self, "The scores to test: of weights, of units or of features."),
    .required("on", DataSet.self, "A data set with targets."),
    .option("metric", ValidationMetric.loss, "What is measured as more and more is removed."),
    .option("steps", 10, in: 1...1000, "Points on each curve."),
    .option("draws", 10, in: 2...10_000, "Random orders, for the spread."),
    .option("include_bias", false, "Whether biases are removed too."),
    .optional("of", Module.self, "The model, where the scores do not know it, such as those of a file."),
    .option("fill", RemovalFill.zero, "What takes the place of a unit or a feature: 0, its mean, or that of another sample."),
    .optional("retrain", Int.self, in: 1...1_000_000, "Epochs of training before each point is measured; removed weights stay 0."),
    .optional("with", DataSet.self, "Where it is trained again: on what; otherwise on the data itself."),
    .optional("lr", PatternedNumber.self, "Where it is trained again: as `train` has it."),
    .option("optimizer", OptimiserChoice(.sgd), "Where it is trained again: as `train` has it."),
    .option("batch_size", 32, in: 0...1e12, "Where it is trained again: as `train` has it."),
    .optional("weight_decay", PatternedNumber.self, "Where it is trained again: as `train` has it."),
    .option("loss", LossName.auto, "Which loss is measured, and where it is trained again made small."),
    source: Source("Samek et al. 2017, removal curves; Hooker et al. 2019 with training in between", arXiv: "1509.06321"),
    examples: [
      Example("validate imp on iris.test", gives: "random"),
      Example("validate imp on iris.test steps=2 draws=2 retrain=1 with=iris.train lr=0.1", gives: "after 1 epochs of training"),
    ],
    run: validated)
}

private func validated(
  _ session: Session, _ scores: ImportanceValue, _ data: DataSet, _ metric: ValidationMetric, _ steps: Int, _ draws: Int, _ bias: Bool, _ model: Module?,
  _ fill: RemovalFill, _ retrain: Int?, _ training: DataSet?, _ lr: PatternedNumber?, _ optimiser: OptimiserChoice, _ batchSize: Int,
  _ decay: PatternedNumber?, _ loss: LossName
) throws -> any Value {
  guard let model = model ?? scores.model else { throw UseError.noModel("validate") }
  var request = ValidationRequest(model, scores, on: data.x, try data.targets(), in: session.currentRun)
  (request.metric, request.steps, request.draws, request.includeBias) = (metric, steps, draws, bias)
  (request.fill, request.loss) = (fill, loss)
  if let retrain {
    let source = training ?? data
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.lr, options.weightDecay) = (retrain, batchSize, lr, decay)
    options.optimiser = optimiser.name
    options.arguments = try optimiser.arguments(beside: OptimiserArguments(), hasRate: lr != nil, hasDecay: decay != nil)
    if loss != .auto { options.loss = Loss(loss, for: try source.targets()) }
    request.retraining = ValidationRequest.Retraining(source.x, try source.targets(), options)
  } else if training != nil || lr != nil || decay != nil {
    throw UseError.option(training != nil ? "with" : lr != nil ? "lr" : "weight_decay", "is for training again: say `retrain=EPOCHS` too")
  }
  if session.settings.showsProgress {
    request.progress = { [output = session.output] share in output.progress(ProgressStep("validate", share)) }
  }
  defer { session.output.progress(nil) }
  return try fed(data.x, "on") { try Importance.validate(request) }
}
