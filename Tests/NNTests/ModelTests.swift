import Builtins
import Engine
import NN
import Testing

@Suite struct ModelTests {
  private func model(_ name: String, _ arguments: [Passed] = []) throws -> Module {
    let builtin = try #require(Models.all.first { $0.name == name }, "\(name)")
    return try #require(try builtin.call(Generator(seed: 0), arguments) as? Module)
  }

  @Test("names are sorted and stand once")
  func names() {
    let names = Models.all.map(\.name)
    #expect(names == Array(Set(names)).sorted())
  }

  /// The counts are torchvision's; LeNet-5's, that of the paper's layers with full second convolutions.
  @Test("models have as many parameters as they should", arguments: [
    ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032), ("mobilenet_v2", 3_504_872), ("lenet5", 61_706),
    ("vit_tiny", 5_717_416),
  ])
  func counts(_ name: String, _ count: Int) throws { #expect(try model(name).parameterCount.total == count) }

  /// Two of the three large layers have the same count whatever the classes: 132,863,336 with 1000 of them.
  @Test("vgg11 has as many parameters as it should")
  func vgg() throws { #expect(try model("vgg11", [Passed(nil, 2)]).parameterCount.total == 132_863_336 - 998 * 4097) }

  @Test("names are torchvision's and nanoGPT's")
  func states() throws {
    let resnet = try model("resnet18", [Passed(nil, 10)]).stateDict().keys
    #expect(resnet.count == 122)
    #expect(resnet.prefix(6) == ["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked"])
    #expect(resnet.suffix(2) == ["fc.weight", "fc.bias"])
    #expect(resnet.contains("layer2.0.downsample.0.weight") && resnet.contains("layer4.1.bn2.num_batches_tracked") && !resnet.contains("layer1.0.downsample.0.weight"))
    let deep = try model("resnet50", [Passed(nil, 2)]).stateDict().keys
    #expect(deep.count == 320 && deep.contains("layer1.0.downsample.1.running_var") && deep.contains("layer3.5.conv3.weight"))
    let mobile = try model("mobilenet_v2", [Passed(nil, 2)]).stateDict().keys
    #expect(mobile.count == 314 && mobile.first == "features.0.0.weight" && mobile.contains("features.1.conv.0.0.weight"))
    #expect(mobile.contains("features.2.conv.2.weight") && mobile.contains("features.18.1.running_mean") && mobile.last == "classifier.1.bias")
    let vit = try model("vit_tiny", [Passed("num_layers", 1)]).stateDict().keys
    #expect(vit == [
      "class_token", "conv_proj.weight", "conv_proj.bias", "encoder.pos_embedding", "encoder.layers.encoder_layer_0.ln_1.weight",
      "encoder.layers.encoder_layer_0.ln_1.bias", "encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
      "encoder.layers.encoder_layer_0.self_attention.in_proj_bias", "encoder.layers.encoder_layer_0.self_attention.out_proj.weight",
      "encoder.layers.encoder_layer_0.self_attention.out_proj.bias", "encoder.layers.encoder_layer_0.ln_2.weight",
      "encoder.layers.encoder_layer_0.ln_2.bias", "encoder.layers.encoder_layer_0.mlp.0.weight", "encoder.layers.encoder_layer_0.mlp.0.bias",
      "encoder.layers.encoder_layer_0.mlp.3.weight", "encoder.layers.encoder_layer_0.mlp.3.bias", "encoder.ln.weight", "encoder.ln.bias",
      "heads.head.weight", "heads.head.bias",
    ])
    let gpt = try model("gpt_tiny", [Passed("n_layer", 1)])
    #expect(try gpt.stateDict().keys == [
      "transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.ln_1.weight", "transformer.h.0.ln_1.bias",
      "transformer.h.0.attn.c_attn.weight", "transformer.h.0.attn.c_attn.bias", "transformer.h.0.attn.c_proj.weight",
      "transformer.h.0.attn.c_proj.bias", "transformer.h.0.ln_2.weight", "transformer.h.0.ln_2.bias", "transformer.h.0.mlp.c_fc.weight",
      "transformer.h.0.mlp.c_fc.bias", "transformer.h.0.mlp.c_proj.weight", "transformer.h.0.mlp.c_proj.bias", "transformer.ln_f.weight",
      "transformer.ln_f.bias", "lm_head.weight",
    ])
    // The table of tokens and the head are one.
    #expect(!gpt.namedParameters.map(\.name).contains("lm_head.weight"))
    #expect(try model("mlp", [Passed(nil, 4), Passed(nil, 5), Passed(nil, 3)]).stateDict().keys == ["0.weight", "0.bias", "2.weight", "2.bias"])
  }

  @Test("models give scores of the classes and gradients to all parameters", arguments: [
    ("lenet5", [2, 1, 28, 28]), ("resnet18", [2, 3, 33, 40]), ("mobilenet_v2", [2, 3, 32, 32]),
  ])
  func passes(_ name: String, _ shape: [Int]) throws {
    let g = Generator(seed: 1), net = try model(name, [Passed(nil, 4)]), run = Run(generator: g)
    let y = try run(net, g.normal(shape))
    #expect(y.shape == [shape[0], 4])
    let gradients = try y.square().sum().gradients(with: net.namedParameters.map(\.parameter.value))
    #expect(gradients.allSatisfy { $0 != nil })
  }

  @Test("a token does not depend on those after it")
  func causal() throws {
    let g = Generator(seed: 1), net = try GPT(words: 11, length: 8, layers: 2, heads: 2, size: 8, using: g), run = Run(generator: g)
    let a = try run(net, Tensor([1, 2, 3, 4, 5], [1, 5])), b = try run(net, Tensor([1, 2, 3, 9, 9], [1, 5]))
    #expect(a.shape == [1, 5, 11])
    #expect(try isClose(a.narrow(1, 0, 3), b.narrow(1, 0, 3).doubles(), 1e-6))
    #expect(try !isClose(a.narrow(1, 3, 2), b.narrow(1, 3, 2).doubles(), 1e-6))
  }

  @Test("what does not fit is named")
  func errors() throws {
    let g = Generator(seed: 1), run = Run(generator: g)
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(message { _ = try run(model("resnet18", [Passed(nil, 2)]), Tensor.zeros([1, 1, 32, 32])) }.contains("[batch, 3, height, width], got [1, 1, 32, 32]"))
    #expect(message { _ = try model("mlp", [Passed(nil, 4)]) }.contains("got 1 size"))
    #expect(message { _ = try model("vit_tiny", [Passed("patch_size", 15)]) }.contains("got 15 and 224"))
    #expect(message { _ = try model("gpt_tiny", [Passed("n_head", 3)]) }.contains("got 3 heads for a size of 128"))
    let gpt = try GPT(words: 11, length: 4, layers: 1, heads: 2, size: 8, using: g)
    #expect(message { _ = try run(gpt, Tensor.zeros([1, 5], .int64)) }.contains("at most 4 tokens"))
  }
}
