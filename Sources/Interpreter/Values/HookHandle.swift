import Builtins
import Engine
import NN

/// What a user holds of a hook: what it recorded, and how often it ran.
final class HookHandle: Value {
  let number: Int
  /// The name it was given, or nil.
  let name: String?
  /// The text of the place it was set at: `net.act`.
  let place: String
  weak var hook: Hook?
  /// What the last pass left, by field.
  fileprivate var recorded: [String: any Value] = [:]

  init(_ number: Int, _ name: String?, _ place: String) { (self.number, self.name, self.place) = (number, name, place) }

  static let kind = "hook"

  var recordedFields: [String] {
    switch hook?.body {
    case .pre: ["input"]
    case .forward: ["input", "output"]
    case .backward: ["grad_input", "grad_output"]
    case .gradient: ["grad"]
    case nil: []
    }
  }

  func record(_ name: String, _ value: any Value) { recorded[name] = value }

  func field(_ name: String) throws -> (any Value)? {
    if name == "calls" { return hook?.calls ?? 0 }
    guard recordedFields.contains(name) else { return nil }
    guard let value = recorded[name] else {
      throw Failure("this hook has recorded nothing yet", at: nil, help: "run the model first: net(x), and for gradients `.backward()`")
    }
    return value
  }

  var fields: [String] { recordedFields + ["calls"] }
  var shown: Shown { .text("hook \(number) on \(place): \(hook?.body.kind ?? "gone"), \(hook?.calls ?? 0) calls; records \(recordedFields.joined(separator: ", "))") }
  var json: JSON { .object(["hook": .integer(number), "place": .string(place), "kind": .string(hook?.body.kind ?? ""), "calls": .integer(hook?.calls ?? 0)]) }
}

extension Array where Element == any Value {
  /// One value as itself, several as a list: PyTorch's tuples of one are a nuisance to type.
  var single: any Value { count == 1 ? self[0] : List(self) }
}
