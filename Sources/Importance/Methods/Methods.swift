import Builtins
import Engine
import NN

/// Every attribution method that the shell knows, by name.
public enum Methods {
  static let methods: [Builtin<Scorer>] = [.inputXGradient, .saliency]

  /// The methods as functions: what all of them share goes before the arguments of their own, as in Captum.
  public static let all: [Builtin<Run>] = methods.map { method in
    method.preceded(
      by: .required("model", Module.self, "The network."),
      .required("inputs", [Tensor].self, "What is explained: a tensor, or a list of those that the network is called with."),
      .optional(
        "target", AttributionTarget.self,
        "Which output of a row counts: an integer, one for each row, or a position in an output of several dimensions; none where a row has one output."),
      .optional("additional_forward_args", [Anything].self, "What the network is called with after the inputs."),
      making: Scorer.init)
  }
}
