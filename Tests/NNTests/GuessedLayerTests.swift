import Builtins
import Engine
@testable import NN
import Testing

/// Layers that a PyTorch user guesses, against PyTorch 2.13 after `torch.manual_seed(0)`.
@Suite struct GuessedLayerTests {
  private func ramp(_ shape: [Int], step: Int) throws -> Tensor {
    let n = shape.reduce(1, *)
    return try Tensor((0..<n).map { -1 + 2 * Double($0 * step % (n + 1)) / Double(n + 1) }, shape).to(.float32)
  }

  @Test("a whole transformer starts and runs as PyTorch's")
  func transformer() throws {
    var settings = TransformerSettings(4, 2)
    (settings.feedForward, settings.dropout) = (8, 0)
    let net = try Transformer(settings, encoders: 2, decoders: 1, using: Generator(seed: 0)), state = try net.stateDict()
    #expect(state.keys.count == 46)
    let starts: [(String, [Double])] = [
      ("encoder.layers.0.self_attn.in_proj_weight", [-0.20810101926326752, 0.2985752820968628, -0.42772436141967773]),
      ("encoder.layers.1.linear2.weight", [-0.2013014405965805, -0.5855010747909546, -0.6413880586624146]),
      ("decoder.layers.0.multihead_attn.out_proj.weight", [-0.49480512738227844, 0.20542733371257782, 0.8128929734230042]),
      ("decoder.layers.0.linear1.bias", [0.17365384101867676, -0.18243855237960815, 0.1897905468940735]),
    ]
    for (name, numbers) in starts {
      let found = try #require(state[name] as? Tensor).doubles().prefix(3)
      #expect(zip(found, numbers).allSatisfy { abs($0 - $1) < 1e-6 }, "\(name)")
    }
    let src = try ramp([3, 1, 4], step: 7), tgt = try ramp([2, 1, 4], step: 3), run = Run(generator: Generator(seed: 0))
    let y = try #require(try run(net, [src, tgt]) as? Tensor)
    #expect(try isClose(y, [
      -0.7261841893196106, -0.20414547622203827, 1.6895390748977661, -0.7592096328735352, -1.2920500040054321, 1.4118657112121582, -0.4661250412464142,
      0.34630924463272095,
    ], 5e-6))
    let mask = try Tensor([0, -Float.infinity, 0, 0], [2, 2])
    let masked = try #require(try run(net, [src, tgt, None(), mask, None(), None(), None(), None(), false, true]) as? Tensor)
    #expect(try isClose(masked, [
      -0.5477660894393921, -0.3223385512828827, 1.7034112215042114, -0.8333067893981934, -1.2920500040054321, 1.4118657112121582, -0.4661250412464142,
      0.34630924463272095,
    ], 5e-6))
    #expect(throws: TensorError.self) { try run(net, [src]) }
  }

  @Test("bilinear layers and bags start as PyTorch's")
  func starts() throws {
    let layer = try Bilinear(2, 3, 2, using: Generator(seed: 0)), state = try layer.stateDict()
    #expect(try isClose(#require(state["weight"] as? Tensor).reshape([12]).narrow(0, 0, 3), [-0.005293981172144413, 0.37932288646698, -0.5819807648658752], 1e-6))
    #expect(try isClose(#require(state["bias"] as? Tensor), [-0.6755334138870239, -0.4683041572570801], 1e-6))
    let bag = try #require(built("EmbeddingBag", [Passed(nil, 4), Passed(nil, 2), Passed("mode", "sum")]) as? Module)
    #expect(bag.treeText == "EmbeddingBag(4, 2, mode='sum')")
    #expect(try isClose(#require(bag.stateDict()["weight"] as? Tensor).reshape([8]).narrow(0, 0, 3), [1.5409960746765137, -0.293428897857666, -2.1787893772125244], 1e-6))
    let y = try #require(try Run(generator: Generator(seed: 0))(bag, [Tensor([0, 1, 3]), Tensor([0, 2])]) as? Tensor)
    #expect(y.shape == [2, 2])
  }

  @Test("parameters in lists and under names are trained, saved and found")
  func stores() throws {
    let list = try #require(built("ParameterList", [Passed(nil, List([Tensor.ones([2]), Tensor.zeros([3])]))]) as? ParameterStore)
    #expect(list.namedParameters.map(\.name) == ["0", "1"] && list.count == 2)
    #expect(try #require(list.element(1) as? Tensor).requiresGrad)
    let dict = try #require(built("ParameterDict", [Passed("a", Tensor.ones([2]))]) as? ParameterStore)
    #expect(dict.namedParameters.map(\.name) == ["a"] && dict.element(named: "b") == nil)
    #expect(try #require(dict.element(named: "a") as? Tensor).shape == [2])
    #expect(throws: TensorError.self) { try built("ParameterList", [Passed("a", Tensor.ones([2]))]) }
    #expect(throws: TensorError.self) { try built("ParameterDict", [Passed(nil, Record([("a.b", Tensor.ones([2]))]))]) }
    #expect(throws: TensorError.self) { try built("ParameterList", [Passed(nil, Tensor([1, 2]))]) }
    #expect(throws: (any Error).self) { try Run(generator: Generator(seed: 0))(list, [Tensor.ones([2])]) }
  }

  @Test func unpooling() throws {
    let pool = try MaxPool2d(kernel: [2], isPlaced: true), unpool = try #require(built("MaxUnpool2d", [Passed(nil, 2)]) as? Module), run = Run(generator: Generator(seed: 0))
    #expect(unpool.treeText == "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))")
    let x = try ramp([1, 2, 4, 4], step: 5), found = try #require(try run(pool, [x]) as? Record)
    let values = try #require(found["values"] as? Tensor), indices = try #require(found["indices"] as? Tensor)
    let back = try #require(try run(unpool, [values, indices]) as? Tensor)
    #expect(back.shape == x.shape)
    #expect(try back.sum().item() == values.sum().item())
  }
}
