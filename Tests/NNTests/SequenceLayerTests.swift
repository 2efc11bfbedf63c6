import Builtins
import Engine
import NN
import Testing

@Suite struct SequenceLayerTests {
  private func first(_ module: Module, _ name: String) throws -> [Double] {
    let parameter = try #require(module.namedParameters.first { $0.name == name }, "\(name)")
    return Array(try parameter.parameter.value.doubles().prefix(3))
  }

  /// The numbers are PyTorch's after `torch.manual_seed(0)`.
  @Test("a seed gives PyTorch's start")
  func start() throws {
    func check(_ module: Module, _ expected: [(String, [Double])], _ tolerance: Double = 1e-7) throws {
      for (name, numbers) in expected {
        #expect(zip(try first(module, name), numbers).allSatisfy { abs($0 - $1) < tolerance }, "\(module.typeName) \(name)")
      }
    }
    try check(LSTM(3, 4, using: Generator(seed: 0)), [
      ("weight_ih_l0", [-0.00374341, 0.2682218, -0.41152257]), ("weight_hh_l0", [-0.22174752, -0.01804119, 0.31978035]),
      ("bias_ih_l0", [-0.30426955, 0.45368505, 0.34264994]), ("bias_hh_l0", [-0.17491668, -0.40981084, -0.10635757]),
    ])
    try check(GRUCell(2, 3, using: Generator(seed: 0)), [
      ("weight_ih", [-0.00432252, 0.30971584, -0.47518533]), ("bias_hh", [0.38710546, -0.33994517, 0.10758577]),
    ])
    try check(MultiheadAttention(4, 2, addBiasKV: true, using: Generator(seed: 0)), [
      ("in_proj_weight", [0.22242416, 0.50850672, -0.12602636]), ("in_proj_bias", [0, 0, 0]), ("bias_k", [-1.10938966, 0.12949227, -0.51485109]),
      ("bias_v", [0.13668387, -0.45905, -0.02021054]), ("out_proj.weight", [-0.00374341, 0.2682218, -0.41152257]), ("out_proj.bias", [0, 0, 0]),
    ], 1e-6)
    try check(MultiheadAttention(4, 2, keySize: 3, using: Generator(seed: 0)), [
      ("q_proj_weight", [0.31455526, 0.71913707, -0.17822817]), ("k_proj_weight", [-0.54043865, 0.79583317, 0.41311795]),
      ("v_proj_weight", [-0.38407797, -0.03124826, 0.5538758]),
    ])
    var settings = TransformerSettings(4, 2)
    settings.feedForward = 8
    try check(TransformerEncoderLayer(settings, using: Generator(seed: 0)), [
      ("linear1.weight", [0.31018829, 0.48009706, -0.38531178]), ("linear2.bias", [0.33490211, 0.22452617, 0.33566836]),
    ])
    try check(TransformerDecoderLayer(settings, using: Generator(seed: 0)), [
      ("multihead_attn.in_proj_weight", [0.2354916, -0.36271036, 0.22449043]), ("linear2.bias", [0.12784757, 0.04476906, -0.00263186]),
    ])
  }

  @Test("layers print as PyTorch prints them")
  func details() throws {
    let g = Generator(seed: 0)
    #expect(try LSTM(10, 20, layers: 2, batchFirst: true, dropout: 0.5, bidirectional: true, projection: 5, using: g).treeText
      == "LSTM(10, 20, proj_size=5, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True)")
    #expect(try RNN(10, 20, function: .relu, bias: false, using: g).treeText == "RNN(10, 20, bias=False)")
    #expect(try RNNCell(10, 20, bias: false, function: .relu, using: g).treeText == "RNNCell(10, 20, bias=False, nonlinearity=relu)")
    var settings = TransformerSettings(4, 2)
    settings.feedForward = 8
    let layer = """
      TransformerEncoderLayer(
        (self_attn): MultiheadAttention(
          (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)
        )
        (linear1): Linear(in_features=4, out_features=8, bias=True)
        (dropout): Dropout(p=0.1, inplace=False)
        (linear2): Linear(in_features=8, out_features=4, bias=True)
        (norm1): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)
        (norm2): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)
        (dropout1): Dropout(p=0.1, inplace=False)
        (dropout2): Dropout(p=0.1, inplace=False)
      )
      """
    let encoder = try TransformerEncoderLayer(settings, using: g)
    #expect(encoder.treeText == layer)
    #expect(try TransformerEncoder(encoder, 3).treeText.hasPrefix("TransformerEncoder(\n  (layers): ModuleList(\n    (0-2): 3 x TransformerEncoderLayer(\n"))
    let list = ModuleList([ReLU(), ReLU(), Tanh(), ReLU()])
    #expect(list.treeText == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n  (3): ReLU()\n)")
    #expect(try ModuleDict([("a", ReLU())]).treeText == "ModuleDict(\n  (a): ReLU()\n)")
  }

  @Test("sizes that do not fit are named")
  func errors() throws {
    let g = Generator(seed: 0), run = Run(generator: g)
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(message { _ = try MultiheadAttention(10, 4, using: g) }.contains("got 4 heads for a size of 10"))
    #expect(message { _ = try LSTM(3, 4, projection: 4, using: g) }.contains("got 4 and 4"))
    let lstm = try LSTM(3, 4, layers: 2, using: g), x = try Tensor.zeros([5, 2, 3])
    #expect(message { _ = try run(lstm, [Tensor.zeros([5, 2, 4])]) }.contains("LSTM(3, 4) takes [time, batch, 3]"))
    #expect(message { _ = try run(lstm, [x, List([Tensor.zeros([1, 2, 4]), Tensor.zeros([2, 2, 4])])]) }.contains("h_0 of [2, 2, 4] for 2 layers in 1 direction"))
    #expect(message { _ = try run(lstm, [x, Tensor.zeros([2, 2, 4])]) }.contains("[h_0, c_0]"))
    #expect(message { _ = try run(lstm, [Tensor.zeros([0, 2, 3])]) }.contains("at least one step"))
    #expect(message { _ = try run(lstm, x) }.contains("take the first of the two"))
    #expect(message { _ = try run(LSTMCell(3, 4, using: g), [Tensor.zeros([2, 3]), List([Tensor.zeros([2, 5]), Tensor.zeros([2, 4])])]) }.contains("[2, 4]"))
    let attention = try MultiheadAttention(4, 2, using: g), q = try Tensor.zeros([3, 2, 4])
    #expect(message { _ = try run(attention, [q, q]) }.contains("takes 3 to 8 inputs"))
    #expect(message { _ = try run(attention, [q, Tensor.zeros([3, 2, 5]), q]) }.contains("as its key"))
    #expect(message { _ = try run(attention, [q, q, q, None(), true, Tensor.zeros([3, 3, 3])]) }.contains("[4, L, S] for 2 heads"))
    #expect(message { _ = try run(attention, [q, q, q, Tensor.zeros([3, 2])]) }.contains("key_padding_mask of [2, 3]"))
    #expect(message { _ = try run(attention, [q, q, q, None(), true, None(), true, true]) }.contains("is_causal"))
    #expect(message { _ = try run(ModuleList([ReLU()]), [q]) }.contains("layers[0]"))
    #expect(message { _ = try ModuleDict([("a.b", ReLU())]) }.contains("a.b"))
  }

  @Test("a gradient of the input alone is the same as with the weights', and one step is the layer's first")
  func inputAlone() throws {
    let g = Generator(seed: 0), run = Run(generator: g), lstm = try LSTM(3, 4, using: g), cell = try LSTMCell(3, 4, using: g)
    let x = try g.normal([5, 2, 3]).requiringGrad()
    let y = try lstm.sequence(x, in: run).output
    let both = try y.square().sum().gradients(with: [x, lstm.namedParameters[0].parameter.value])
    let alone = try y.square().sum().gradients(with: [x])
    #expect(try both[0]?.doubles() == alone[0]?.doubles())
    try cell.loadStateDict(Record(lstm.stateDict().members.map { (String($0.name.dropLast(3)), $0.value) }), journal: Journal())
    let one = StoredCaseTests.tensors(in: try run(cell, [x.select(0, 0)]))
    #expect(try isClose(one[0], y.select(0, 0).doubles(), 1e-7))
  }

  @Test("dropout between layers, and in attention, in training only")
  func dropout() throws {
    let g = Generator(seed: 0), run = Run(generator: g), gru = try GRU(3, 4, layers: 2, dropout: 0.5, using: g), x = try g.normal([5, 2, 3])
    let a = try gru.sequence(x, in: run).output.doubles(), b = try gru.sequence(x, in: run).output.doubles()
    #expect(a != b)
    gru.setTraining(false)
    #expect(try gru.sequence(x, in: run).output.doubles() == gru.sequence(x, in: run).output.doubles())
    let attention = try MultiheadAttention(4, 2, dropout: 0.5, using: g), q = try g.normal([6, 2, 4])
    let weights = StoredCaseTests.tensors(in: try run(attention, [q, q, q]))[1]
    #expect(try weights.doubles().contains(0))
    attention.setTraining(false)
    #expect(try StoredCaseTests.tensors(in: run(attention, [q, q, q]))[1].doubles().allSatisfy { $0 > 0 })
  }
}
