import Builtins
import Engine

/// What does not fit between a model and the numbers that are loaded into it, all at once.
public struct StateDictError: Error, Equatable, CustomStringConvertible {
  public struct Misfit: Equatable, Sendable {
    public let name: String, expected: [Int], met: [Int]
    public init(name: String, expected: [Int], met: [Int]) { (self.name, self.expected, self.met) = (name, expected, met) }
  }
  public let model: String
  /// Names that the model has and the record lacks.
  public var missing: [String] = []
  /// Names that the record has and the model lacks.
  public var unexpected: [String] = []
  public var misfits: [Misfit] = []
  /// Names under which the record holds something other than a tensor, with what it holds.
  public var notTensors: [String] = []

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misfits.isEmpty && notTensors.isEmpty }

  public var description: String {
    func quoted(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
    var lines = ["these numbers do not fit the \(model)"]
    if !missing.isEmpty { lines.append("  missing: \(quoted(missing))") }
    if !unexpected.isEmpty { lines.append("  unexpected: \(quoted(unexpected))") }
    lines += misfits.map { "  \($0.name): the model has \($0.expected), the numbers are \($0.met)" }
    lines += notTensors.map { "  \($0)" }
    return lines.joined(separator: "\n")
  }
}

extension Module {
  /// Copies of all parameters and buffers by path; one that is used twice stands under each of its paths, as in PyTorch.
  public func stateDict() throws -> Record {
    var record = Record()
    for (path, tensor) in state { record[path] = try tensor.detached().copied() }
    return record
  }

  /// Overwrites parameters and buffers by the numbers under their names; the parameters start anew from them.
  /// - Parameter strict: whether names that only one side has are errors.
  /// - Throws: `StateDictError` with everything that does not fit; nothing is written then.
  public func loadStateDict(_ record: Record, strict: Bool = true, journal: Journal) throws {
    var error = StateDictError(model: typeName)
    var found: [(name: String, numbers: Tensor)] = []
    let own = state
    let names = Set(own.map(\.path))
    for (path, tensor) in own {
      guard let value = record[path] else {
        error.missing.append(path)
        continue
      }
      guard let numbers = try Tensor.accept(value) else {
        error.notTensors.append("\(path): \(type(of: value).aKind), not a tensor")
        continue
      }
      if numbers.shape == tensor.shape { found.append((path, numbers)) } else {
        error.misfits.append(.init(name: path, expected: tensor.shape, met: numbers.shape))
      }
    }
    error.unexpected = record.keys.filter { !names.contains($0) }
    if !strict { (error.missing, error.unexpected) = ([], []) }
    guard error.isEmpty else { throw error }
    // A record may hold tensors that look at this very model, so all are copied before the first is written.
    let copies = try found.map { ($0.name, try $0.numbers.detached().copied()) }
    for (name, numbers) in copies { try write(numbers, to: name, journal) }
  }

  private func write(_ numbers: Tensor, to name: String, _ journal: Journal) throws {
    switch part(at: name) {
    case .parameter(_, let parameter?): try parameter.start(from: numbers, journal)
    case .buffer(_, let buffer?): try journal.write(buffer.value) { try buffer.value.copyNumbers(of: numbers) }
    default: break
    }
  }

  /// Parameters and buffers by path, each module's own parameters first.
  private var state: [(path: String, tensor: Tensor)] {
    var out: [(path: String, tensor: Tensor)] = []
    func walk(_ module: Module, _ prefix: String) {
      for case .parameter(let name, let parameter?) in module.parts { out.append((prefix + name, parameter.value)) }
      for case .buffer(let name, let buffer?) in module.parts { out.append((prefix + name, buffer.value)) }
      for (name, child) in module.children { walk(child, prefix + name + ".") }
    }
    walk(self, "")
    return out
  }
}
