import Builtins
import Engine

/// What `RNNCell`, `LSTMCell` and `GRUCell` share: one step of a recurrent layer.
public class RecurrentCell: Module {
  let kind: Recurrence
  let settings: RecurrentSettings
  let input: Parameter, hidden: Parameter, inputBias: Parameter?, hiddenBias: Parameter?

  init(_ kind: Recurrence, _ settings: RecurrentSettings, dtype: DType, using generator: Generator) throws {
    (self.kind, self.settings) = (kind, settings)
    guard dtype.isFloating else { throw TensorError.dtype(settings.name, expected: "float32 or float64", met: dtype, operand: 0) }
    let bound = settings.bound, wide = try settings.gateSize(kind)
    func fresh(_ shape: [Int]) throws -> Parameter { Parameter(try generator.uniform(shape, from: -bound, to: bound, dtype)) }
    (input, hidden) = (try fresh([wide, settings.inputs]), try fresh([wide, settings.hidden]))
    (inputBias, hiddenBias) = settings.hasBias ? (try fresh([wide]), try fresh([wide])) : (nil, nil)
  }

  public override var parts: [Part] {
    [.parameter("weight_ih", input), .parameter("weight_hh", hidden), .parameter("bias_ih", inputBias), .parameter("bias_hh", hiddenBias)]
  }
  public override var typeName: String { settings.name }
  public override var details: String { "\(settings.inputs), \(settings.hidden)" + (settings.hasBias ? "" : ", bias=False") + (kind == .relu ? ", nonlinearity=relu" : "") }
  public override var attributes: [(name: String, value: any Value)] {
    [("input_size", settings.inputs), ("hidden_size", settings.hidden), ("bias", settings.hasBias)]
  }
  public override var inputNames: [String] { ["input", "hx"] }

  public override func restart(using generator: Generator, _ journal: Journal) throws {
    for case .parameter(_, let parameter?) in parts {
      let bound = settings.bound
      try parameter.start(from: generator.uniform(parameter.value.shape, from: -bound, to: bound, parameter.value.dtype), journal)
    }
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    guard !kind.hasCell else { throw TensorError.value(typeName, "gives `[h, c]`, not one tensor: call it in a `model`, and take the first") }
    return try step(x, nil).state
  }

  /// Gives `h`, or `[h, c]`.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    if inputs.isEmpty || inputs.count > 2 { _ = try Inputs(inputs, of: self, atLeast: 1) }
    let x = try Inputs([inputs[0]], of: self, atLeast: 1).required(0)
    var states: [Tensor]?
    if inputs.count == 2, !(inputs[1] is None) {
      guard let list = try [Tensor].accept(inputs[1]), list.count == (kind.hasCell ? 2 : 1) else {
        throw TensorError.value(typeName, kind.hasCell ? "takes its states as a list `[h, c]`" : "takes one tensor as its state")
      }
      states = list
    }
    let result = try step(x, states)
    return result.cell.map { List([result.state, $0]) } ?? result.state
  }

  private func step(_ x: Tensor, _ states: [Tensor]?) throws -> (state: Tensor, cell: Tensor?) {
    let title = "\(typeName)(\(settings.inputs), \(settings.hidden))", dtype = input.value.dtype, size = settings.hidden
    guard x.rank == 1 || x.rank == 2, x.shape[x.rank - 1] == settings.inputs else {
      throw TensorError.shape(title, expected: "[batch, \(settings.inputs)] or [\(settings.inputs)]", met: x.shape, operand: 0)
    }
    guard x.dtype == dtype else { throw TensorError.dtype(title, expected: dtype.name, met: x.dtype, operand: 0) }
    let expected = Array(x.shape.dropLast()) + [size]
    for state in states ?? [] where state.shape != expected || state.dtype != dtype {
      throw TensorError.shape(title, expected: "a state of \(expected) and \(dtype.name)", met: state.shape, operand: 1)
    }
    let rows = x.rank == 1 ? 1 : x.shape[0]
    let start = try states?.map { try $0.reshape([rows, size]) } ?? Array(repeating: Tensor.zeros([rows, size], dtype), count: 2)
    let weights = RecurrentWeights(input: input.value, hidden: hidden.value, inputBias: inputBias?.value, hiddenBias: hiddenBias?.value)
    let result = try kind.run(
      x.reshape([1, rows, settings.inputs]), weights, state: start[0], cell: kind.hasCell ? start[1] : nil, isReversed: false)
    return (try result.state.reshape(expected), try result.cell?.reshape(expected))
  }
}
