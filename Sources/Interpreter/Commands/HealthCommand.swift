import Builtins
import Data
import Engine
import Importance
import NN

extension Builtin<Session> {
  static let health = Builtin(
    "health", "What is wrong with a model: dead, exploding, all-zero, frozen or never updated parameters, dead and saturated units, gradient flow.",
    .required("net", Module.self, "The model."),
    .optional("on", Anything.self, "A data set or a tensor to run through it, for activations and gradients."),
    .optional("for", Quoted.self, "What is differentiated, as in `importance`."),
    .optional("loss", LossName.self, "Which loss, where the objective is the loss."),
    examples: [Example("health net on iris.train", gives: "fc1.weight"), Example("health(net).healthy", gives: "true")]
  ) { (session, net: Module, data: Anything?, objective: Quoted?, loss: LossName?) in
    let (x, y) = try session.samples(data?.value)
    let request = HealthRequest(net, on: x, y, for: try session.objective(objective, loss: loss), in: session.currentRun)
    return try fed(x, "on") { try Importance.health(request) }
  }
}
