import Builtins
import Engine
import NN

extension Builtin<Session> {
  static let functionalCall = Builtin(
    "functional_call", "What a model gives with other tensors in place of its parameters and buffers; gradients go to those, and the model stays as it is.",
    .required("module", Module.self, "The model."),
    .required("parameter_and_buffer_dicts", Record.self, "Tensors by the paths that `state_dict` has; what is left out is the model's own."),
    .rest("args", "What the model is called with: a tensor, several, or a list of them."),
    source: Source("PyTorch's torch.func.functional_call"),
    examples: [
      Example("functional_call(Linear(2, 1), {weight: tensor([[1.0, 2.0]]), bias: zeros(1)}, tensor([[3.0, 4.0]]))", gives: "[[11.]]")
    ]
  ) { (session, net: Module, tensors: Record, arguments: Rest) in
    if let named = arguments.items.first(where: { $0.name != nil })?.name {
      throw TensorError.value("functional_call", "there is no argument `\(named)`: a model takes its inputs by their place")
    }
    var inputs = arguments.items.map(\.value)
    if inputs.count == 1, let list = inputs[0] as? List { inputs = list.items }
    return try net.standing(tensors) { try session.currentRun(net, inputs) }
  }
}
