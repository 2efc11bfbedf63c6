import Builtins
import Engine
import NN

/// Notes what goes into and comes out of linear layers while a model runs.
struct LinearTrace {
  struct Call {
    let input: Tensor, output: Tensor
  }

  /// Held apart from the table, whose hooks write into it, so that nothing holds itself.
  private final class Log {
    var calls: [ObjectIdentifier: [Call]] = [:]
    var activations = 0
  }

  private let log = Log()
  /// The run of a request with these hooks before the user's own, so that they see what a layer itself puts out.
  let run: Run

  /// - Parameter all: modules whose outputs are counted too, to know what a sample takes.
  init(_ modules: [Linear], counting all: [Module] = [], in run: Run) {
    let table = HookTable()
    for module in all {
      table.onForward(module) { [log] _, _, output in
        log.activations += (output as? Tensor)?.count ?? 0
        return nil
      }
    }
    for module in modules {
      table.onForward(module) { [log] _, inputs, output in
        if let x = inputs.first as? Tensor, let z = output as? Tensor {
          log.calls[ObjectIdentifier(module), default: []].append(Call(input: x.detached(), output: z))
        }
        return nil
      }
    }
    self.run = Run([table] + run.tables, generator: run.generator, journal: run.journal)
  }

  func calls(of module: Linear) -> [Call] { log.calls[ObjectIdentifier(module)] ?? [] }
  func clear() { log.calls = [:] }
  /// The numbers that the counted modules put out.
  var activations: Int { log.activations }
}

/// The inputs of linear layers and the objective's derivatives with respect to their outputs, for some samples at once.
///
/// The gradient of one sample is the outer product of the two, summed over positions where the layer works at several.
final class LinearFactors {
  let rows: Range<Int>
  private var pairs: [ObjectIdentifier: [(d: Tensor, a: Tensor)]]
  /// Where the model is a stack of linear layers: sums that a pass back gives at once, and the factors when they are asked for.
  private var stack: StackFactors?
  private var joined: [[ObjectIdentifier]: (d: Tensor, a: Tensor)] = [:]
  private var powers: [PowerKey: Tensor] = [:]

  private struct PowerKey: Hashable {
    let modules: [ObjectIdentifier], isInput: Bool, power: GradientPower
  }

  init(_ stack: StackFactors, rows: Range<Int>) { (self.rows, self.stack, pairs) = (rows, stack, [:]) }

  /// One forward and one backward pass. The gradients stop at the outputs of the layers: none of a weight is formed.
  convenience init(_ request: Scoring, _ rows: Range<Int>, _ modules: [Linear], _ trace: LinearTrace) throws {
    trace.clear()
    let total = try request.total(rows, in: trace.run).total
    try self.init(total, rows, modules, trace)
  }

  init(_ total: Tensor, _ rows: Range<Int>, _ modules: [Linear], _ trace: LinearTrace) throws {
    let calls = modules.map(trace.calls)
    let outputs = calls.flatMap { $0.map(\.output) }
    let gradients = try total.gradients(with: outputs)
    var pairs: [ObjectIdentifier: [(d: Tensor, a: Tensor)]] = [:], next = 0
    for (module, calls) in zip(modules, calls) {
      for call in calls {
        guard call.input.rank >= 2, call.input.shape[0] == rows.count else { throw SamplesMix() }
        let d = try gradients[next] ?? Tensor.zeros(call.output.shape, call.output.dtype)
        pairs[ObjectIdentifier(module), default: []].append((d, call.input))
        next += 1
      }
    }
    (self.rows, self.pairs) = (rows, pairs)
  }

  /// - Shape: `d [n, out]` and `a [n, in]` where the layers were called once on rows; else `[n, positions, out]` and
  ///   `[n, positions, in]`.
  func factors(of modules: [Linear]) throws -> (d: Tensor, a: Tensor) {
    let ids = modules.map(ObjectIdentifier.init)
    if let there = joined[ids] { return there }
    if pairs.isEmpty, let stack { pairs = try stack.pairs() }
    let found = ids.flatMap { pairs[$0] ?? [] }
    let made: (d: Tensor, a: Tensor)
    if found.count == 1, found[0].d.rank == 2 {
      made = found[0]
    } else {
      let parts = try found.map { (try positions($0.d), try positions($0.a)) }
      guard let first = parts.first else { throw SamplesMix() }
      made = parts.count == 1 ? first : (try Tensor.cat(parts.map(\.0), 1), try Tensor.cat(parts.map(\.1), 1))
    }
    joined[ids] = made
    return made
  }

  private func positions(_ t: Tensor) throws(TensorError) -> Tensor {
    t.rank == 3 ? t : try t.reshape([rows.count, t.rank == 2 ? 1 : t.shape[1..<(t.rank - 1)].reduce(1, *), t.shape[t.rank - 1]])
  }

  /// The derivatives, for a bias: summed over positions.
  func outputGradient(of modules: [Linear]) throws -> Tensor {
    let d = try factors(of: modules).d
    return d.rank == 2 ? d : try d.sum([1])
  }

  /// The sum over samples of a power of the gradients of a weight or a bias, where it came with the pass.
  func sum(_ power: GradientPower, _ modules: [Linear], isBias: Bool) -> Tensor? {
    guard modules.count == 1, let power = power.ofFactors else { return nil }
    return stack?.sum(power, modules[0], isBias: isBias)
  }

  /// A power of a factor, made once for all that read it.
  func power(_ power: GradientPower, ofInput isInput: Bool, _ modules: [Linear]) throws -> Tensor {
    let key = PowerKey(modules: modules.map(ObjectIdentifier.init), isInput: isInput, power: power)
    if let there = powers[key] { return there }
    let factor = isInput ? try factors(of: modules).a : try factors(of: modules).d
    let made = try power.applied(to: factor)
    powers[key] = made
    return made
  }
}

/// A layer mixed samples, or met them in another dimension than the first: only samples one by one are sure then.
struct SamplesMix: Error {}

extension GradientPower {
  func applied(to x: Tensor) throws(TensorError) -> Tensor {
    switch (exponent, isSigned) {
    case (1, true): x
    case (0, true): try x.sign()
    case (0, false): vanishes ? try x.sign().abs() : try Tensor.ones(x.shape, x.dtype)
    case (1, false): try x.abs()
    case (2, false): try x.square()
    case (4, false): try x.square().square()
    case (3, true): try x.square() * x
    case (_, false): try x.abs().raised(exponent)
    case (_, true): try x.abs().raised(exponent) * x.sign()
    }
  }
}
