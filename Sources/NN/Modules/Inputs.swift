import Builtins
import Engine

/// What a module of several inputs was called with, by place.
struct Inputs {
  private let values: [any Value]
  private let module: Module

  /// - Throws: `value` where there are more inputs than names, or fewer than `least`.
  init(_ values: [any Value], of module: Module, atLeast least: Int) throws(TensorError) {
    let names = module.inputNames
    guard values.count >= least, values.count <= names.count else {
      let takes = least == names.count ? "\(least)" : "\(least) to \(names.count)"
      throw .value(module.typeName, "takes \(takes) inputs (\(names.joined(separator: ", "))), got \(values.count)")
    }
    (self.values, self.module) = (values, module)
  }

  /// The tensor at a place; nil where it is left out or `none`.
  func tensor(_ place: Int) throws -> Tensor? {
    guard place < values.count, !(values[place] is None) else { return nil }
    guard let tensor = try Tensor.accept(values[place]) else { throw wrong(place, "a tensor") }
    return tensor
  }

  func required(_ place: Int) throws -> Tensor {
    guard let tensor = try tensor(place) else { throw wrong(place, "a tensor") }
    return tensor
  }

  func flag(_ place: Int, or standard: Bool) throws(TensorError) -> Bool {
    guard place < values.count, !(values[place] is None) else { return standard }
    guard let flag = values[place] as? Bool else { throw wrong(place, "true or false") }
    return flag
  }

  private func wrong(_ place: Int, _ expected: String) -> TensorError {
    let met = place < values.count ? type(of: values[place]).aKind : "nothing"
    return .value(module.typeName, "takes \(expected) as `\(module.inputNames[place])`, got \(met)")
  }
}
