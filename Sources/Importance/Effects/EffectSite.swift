import Engine
import NN

/// Where something is changed.
enum EffectSite {
  case parameter(String, Parameter)
  case output(String, Module)
  case input(String, Module)
  /// The input of the model.
  case features

  var name: String {
    switch self {
    case .parameter(let name, _), .output(let name, _), .input(let name, _): name
    case .features: "input"
    }
  }

  var isWeight: Bool { if case .parameter = self { true } else { false } }
}
