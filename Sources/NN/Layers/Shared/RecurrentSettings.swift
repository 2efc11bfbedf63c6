import Builtins
import Engine

/// The arguments of a recurrent layer.
struct RecurrentSettings {
  let name: String
  let inputs: Int, hidden: Int, layers: Int
  let hasBias: Bool, isBatchFirst: Bool, dropout: Double, isBidirectional: Bool
  /// The size of the output of an LSTM where it is smaller than the cell, else 0.
  let projection: Int

  init(
    _ name: String, _ inputs: Int, _ hidden: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, projection: Int = 0
  ) throws(TensorError) {
    guard inputs >= 0, hidden > 0 else { throw .value(name, "`hidden_size` is at least 1, got \(hidden)") }
    guard layers > 0 else { throw .value(name, "`num_layers` is at least 1, got \(layers)") }
    guard projection >= 0, projection < hidden else {
      throw .value(name, "`proj_size` is smaller than `hidden_size`, got \(projection) and \(hidden)")
    }
    guard dropout >= 0, dropout <= 1 else { throw .value(name, "`dropout` is between 0 and 1, got \(dropout.shortText)") }
    (self.name, self.inputs, self.hidden, self.layers, hasBias, isBatchFirst) = (name, inputs, hidden, layers, bias, batchFirst)
    (self.dropout, isBidirectional, self.projection) = (dropout, bidirectional, projection)
  }

  var directions: Int { isBidirectional ? 2 : 1 }
  /// The size of a state, and of an output in one direction.
  var outputs: Int { projection > 0 ? projection : hidden }
  /// All parameters start from U(±1/√hidden).
  var bound: Double { 1 / Double(hidden).squareRoot() }

  func gateSize(_ kind: Recurrence) throws(TensorError) -> Int {
    let (wide, overflow) = hidden.multipliedReportingOverflow(by: kind.gates)
    guard !overflow else { throw .value(name, "`hidden_size` is too large: \(hidden)") }
    return wide
  }

  /// As PyTorch prints it.
  var text: String {
    var text = "\(inputs), \(hidden)"
    if projection != 0 { text += ", proj_size=\(projection)" }
    if layers != 1 { text += ", num_layers=\(layers)" }
    if !hasBias { text += ", bias=False" }
    if isBatchFirst { text += ", batch_first=True" }
    if dropout != 0 { text += ", dropout=\(dropout.shortText)" }
    return isBidirectional ? text + ", bidirectional=True" : text
  }

  var attributes: [(name: String, value: any Value)] {
    [
      ("input_size", inputs), ("hidden_size", hidden), ("num_layers", layers), ("bias", hasBias), ("batch_first", isBatchFirst),
      ("dropout", dropout), ("bidirectional", isBidirectional), ("proj_size", projection),
    ]
  }

  /// - Throws: `shape` or `dtype` where an input or a first state does not fit.
  func check(_ x: Tensor, _ states: [Tensor]?, _ dtype: DType) throws(TensorError) {
    let title = "\(name)(\(inputs), \(hidden))", axes = isBatchFirst ? "batch, time" : "time, batch"
    guard x.rank == 2 || x.rank == 3, x.shape[x.rank - 1] == inputs else {
      throw .shape(title, expected: "[\(axes), \(inputs)] or [time, \(inputs)]", met: x.shape, operand: 0)
    }
    guard x.dtype == dtype else { throw .dtype(title, expected: dtype.name, met: x.dtype, operand: 0) }
    let steps = x.rank == 3 && isBatchFirst ? x.shape[1] : x.shape[0]
    guard steps > 0 else { throw .shape(title, expected: "a sequence of at least one step", met: x.shape, operand: 0) }
    guard let states else { return }
    let batch = x.rank == 2 ? [] : [isBatchFirst ? x.shape[0] : x.shape[1]]
    for (i, state) in states.enumerated() {
      let expected = [layers * directions] + batch + [i == 0 ? outputs : hidden]
      guard state.shape == expected else {
        throw .shape(title, expected: "\(i == 0 ? "h_0" : "c_0") of \(expected) for \(layers) layer\(layers == 1 ? "" : "s") in \(directions) direction\(directions == 1 ? "" : "s")", met: state.shape, operand: 1)
      }
      guard state.dtype == dtype else { throw .dtype(title, expected: dtype.name, met: state.dtype, operand: 1) }
    }
  }
}

/// The arguments that the recurrent layers and cells share, as a user writes them.
enum RecurrentArguments {
  static let inputs = Argument<Int>.required("input_size", Int.self, in: 0...1e9, "The size of an input.")
  static let hidden = Argument<Int>.required("hidden_size", Int.self, in: 1...1e9, "The units of a state.")
  static let layers = Argument<Int>.option("num_layers", 1, in: 1...1e6, "How many layers lie above each other.")
  static let bias = Argument<Bool>.option("bias", true, "Whether biases are added.")
  static let batchFirst = Argument<Bool>.option(
    "batch_first", false, "Whether the batch is the first axis of input and output, and time the second.")
  static let dropout = Argument<Double>.option("dropout", 0.0, in: 0...1, "How likely a number between two layers is to be dropped in training.")
  static let bidirectional = Argument<Bool>.option("bidirectional", false, "Whether a second pass runs against the time.")
  static let dtype = Argument<DType>.option("dtype", DType.float32, "The type of its numbers.")
}
