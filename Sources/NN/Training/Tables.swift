import Builtins
import Engine
import Glibc

/// What the numbers of a tensor are like.
struct Spread {
  var mean = Double.nan, std = Double.nan, low = Double.nan, high = Double.nan

  /// - Source: as PyTorch's `std`, over n - 1.
  init(_ t: Tensor) throws {
    let numbers = try t.doubles()
    guard let first = numbers.first else { return }
    let span = numbers.span
    var sum = 0.0
    (low, high) = (first, first)
    for i in span.indices {
      sum += span[i]
      if span[i] < low || span[i].isNaN { low = span[i] }
      if span[i] > high || span[i].isNaN { high = span[i] }
    }
    mean = sum / Double(span.count)
    var squares = 0.0
    for i in span.indices { squares += (span[i] - mean) * (span[i] - mean) }
    std = (squares / Double(span.count - 1)).squareRoot()
  }
}

/// One row a parameter: name, shape, count, mean, std, min, max, norm of the gradient, frozen or not. The note holds the
/// totals, biases apart from weights.
public func parameterTable(_ model: Module) throws -> Table {
  var rows: [[Cell]] = []
  for (name, parameter) in model.namedParameters {
    let value = parameter.value, spread = try Spread(value)
    let norm = try value.grad.map { gradient in
      Cell.number(try gradient.doubles().reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
    let numbers = [spread.mean, spread.std, spread.low, spread.high].map { $0.isNaN && value.count < 2 ? Cell.empty : .number($0) }
    rows.append([.text(name), .shape(value.shape), .integer(value.count)] + numbers + [norm ?? .empty, .flag(parameter.isFrozen)])
  }
  return Table(["parameter", "shape", "count", "mean", "std", "min", "max", "grad norm", "frozen"], rows, note: totals(model))
}

private func totals(_ model: Module) -> String {
  let all = model.namedParameters
  let biases = all.filter { $0.name == "bias" || $0.name.hasSuffix(".bias") }.reduce(0) { $0 + $1.parameter.value.count }
  let (total, trainable) = model.parameterCount
  let frozen = total - trainable
  return "\(total) parameter\(total == 1 ? "" : "s"): \(total - biases) in weights, \(biases) in biases; "
    + (frozen == 0 ? "all trained" : "\(trainable) trained, \(frozen) frozen")
}

/// One row a module: its path, type, number of parameters, and for an input that is given the shape of its output.
public func summaryTable(_ model: Module, input: Tensor? = nil, run: Run? = nil) throws -> Table {
  var shapes: [ObjectIdentifier: [Int]] = [:]
  if let input {
    let table = HookTable()
    for module in model.everyModule {
      table.onForward(module) { module, _, output in
        if let y = output as? Tensor { shapes[ObjectIdentifier(module)] = y.shape }
        return nil
      }
    }
    let watched = Run((run?.tables ?? []) + [table], generator: run?.generator ?? Generator(seed: 0), journal: run?.journal ?? Journal())
    try model.evaluating { _ = try watched(model, [input]) }
  }
  let rows: [[Cell]] = model.namedModules.map { path, module in
    let depth = path.isEmpty ? 0 : path.count { $0 == "." } + 1
    let name = path.isEmpty ? module.typeName : String(repeating: "  ", count: depth) + (path.split(separator: ".").last.map(String.init) ?? path)
    let (total, trainable) = module.parameterCount
    let details = module.children.isEmpty ? "\(module.typeName)(\(module.details))" : module.typeName
    let shape: [Cell] = input == nil ? [] : [shapes[ObjectIdentifier(module)].map(Cell.shape) ?? .empty]
    return [.text(name), .text(details)] + shape + [.integer(total), .integer(trainable)]
  }
  return Table(["module", "type"] + (input == nil ? [] : ["output"]) + ["parameters", "trained"], rows, note: totals(model))
}
