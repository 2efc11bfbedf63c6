import Builtins
import Engine

/// What `RNN`, `LSTM` and `GRU` share: their arguments, their parameters and how these start, and the walk over layers.
public class RecurrentLayer: Module {
  /// One direction of one layer.
  struct Direction {
    let input: Parameter, hidden: Parameter
    let inputBias: Parameter?, hiddenBias: Parameter?, projection: Parameter?
    /// What PyTorch puts behind its names: `_l0`, `_l0_reverse`.
    let suffix: String

    var parts: [Part] {
      var parts: [Part] = [.parameter("weight_ih" + suffix, input), .parameter("weight_hh" + suffix, hidden)]
      if let inputBias, let hiddenBias { parts += [.parameter("bias_ih" + suffix, inputBias), .parameter("bias_hh" + suffix, hiddenBias)] }
      if let projection { parts.append(.parameter("weight_hr" + suffix, projection)) }
      return parts
    }

    var weights: RecurrentWeights {
      RecurrentWeights(
        input: input.value, hidden: hidden.value, inputBias: inputBias?.value, hiddenBias: hiddenBias?.value, projection: projection?.value)
    }
  }

  let kind: Recurrence
  let settings: RecurrentSettings
  /// By layer, then by direction.
  private let directions: [[Direction]]

  init(_ kind: Recurrence, _ settings: RecurrentSettings, dtype: DType, using generator: Generator) throws {
    (self.kind, self.settings) = (kind, settings)
    guard dtype.isFloating else { throw TensorError.dtype(settings.name, expected: "float32 or float64", met: dtype, operand: 0) }
    let bound = settings.bound, wide = try settings.gateSize(kind)
    func fresh(_ shape: [Int]) throws -> Parameter { Parameter(try generator.uniform(shape, from: -bound, to: bound, dtype)) }
    directions = try (0..<settings.layers).map { layer in
      try (0..<settings.directions).map { direction in
        let inputs = layer == 0 ? settings.inputs : settings.outputs * settings.directions
        let (input, hidden) = (try fresh([wide, inputs]), try fresh([wide, settings.outputs]))
        let inputBias = settings.hasBias ? try fresh([wide]) : nil, hiddenBias = settings.hasBias ? try fresh([wide]) : nil
        return Direction(
          input: input, hidden: hidden, inputBias: inputBias, hiddenBias: hiddenBias,
          projection: settings.projection > 0 ? try fresh([settings.projection, settings.hidden]) : nil,
          suffix: "_l\(layer)" + (direction == 0 ? "" : "_reverse"))
      }
    }
  }

  public override var parts: [Part] { directions.flatMap { $0.flatMap(\.parts) } }
  public override var typeName: String { settings.name }
  public override var details: String { settings.text }
  /// Rows of a weight that one hidden unit has.
  public var gateCount: Int { kind.gates }
  public override var attributes: [(name: String, value: any Value)] { settings.attributes }
  public override var inputNames: [String] { ["input", "hx"] }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    for case .parameter(_, let parameter?) in parts {
      let bound = settings.bound
      try parameter.start(from: generator.uniform(parameter.value.shape, from: -bound, to: bound, parameter.value.dtype), journal)
    }
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    throw TensorError.value(typeName, "gives its output and its last state, not one tensor: call it in a `model`, and take the first of the two")
  }

  /// Gives `[output, h_n]`, or `[output, [h_n, c_n]]`.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    let x = try Inputs([inputs.first ?? None()], of: self, atLeast: 1).required(0)
    if inputs.count > 2 { _ = try Inputs(inputs, of: self, atLeast: 1) }
    let given = inputs.count == 2 && !(inputs[1] is None) ? inputs[1] : nil
    var states: [Tensor]?
    if let given {
      guard let list = try [Tensor].accept(given), list.count == (kind.hasCell ? 2 : 1) else {
        throw TensorError.value(typeName, kind.hasCell ? "takes its first states as a list `[h_0, c_0]`" : "takes one tensor as its first state")
      }
      states = list
    }
    let result = try sequence(x, states, in: run)
    guard let cell = result.cell else { return List([result.output, result.state]) }
    return List([result.output, List([result.state, cell])])
  }

  /// The output at every step, and the last state of every layer and direction.
  public func sequence(_ x: Tensor, _ states: [Tensor]? = nil, in run: Run) throws -> (output: Tensor, state: Tensor, cell: Tensor?) {
    let dtype = directions[0][0].input.value.dtype
    try settings.check(x, states, dtype)
    let isBatched = x.rank == 3
    // Time first, then the batch.
    var y = isBatched ? (settings.isBatchFirst ? try x.transpose(0, 1) : x) : try x.unsqueeze(1)
    let batch = y.shape[1]
    let first = try states.map { try isBatched ? $0 : $0.map { try $0.unsqueeze(1) } }
    func start(_ which: Int, _ index: Int, _ size: Int) throws -> Tensor {
      try first.map { try $0[which].select(0, index) } ?? Tensor.zeros([batch, size], dtype)
    }
    var last: [Tensor] = [], cells: [Tensor] = []
    for (l, layer) in directions.enumerated() {
      let results = try layer.enumerated().map { d, direction in
        let at = l * settings.directions + d
        return try kind.run(
          y, direction.weights, state: start(0, at, settings.outputs), cell: kind.hasCell ? start(1, at, settings.hidden) : nil, isReversed: d == 1)
      }
      y = results.count == 1 ? results[0].output : try Tensor.cat(results.map(\.output), 2)
      last += results.map(\.state)
      cells += results.compactMap(\.cell)
      if isTraining, l < settings.layers - 1 { y = try y.dropout(settings.dropout, using: run.generator) }
    }
    func together(_ list: [Tensor]) throws -> Tensor { try Tensor.stack(isBatched ? list : list.map { try $0.select(0, 0) }, 0) }
    let output = isBatched ? (settings.isBatchFirst ? try y.transpose(0, 1) : y) : try y.select(1, 0)
    return (output, try together(last), kind.hasCell ? try together(cells) : nil)
  }
}
