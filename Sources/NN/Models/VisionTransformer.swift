import Builtins
import Engine

extension Builtin<Generator> {
  static let vitTiny = Builtin(
    "vit_tiny", "A small vision transformer: patches of a picture as the words of a sentence; 5.7 million parameters.",
    PictureModel.classes, PictureModel.channels,
    .option("image_size", 224, in: 1...1e6, "The height and width of a picture."),
    .option("patch_size", 16, in: 1...1e6, "The height and width of a patch."),
    .option("num_layers", 12, in: 0...1e4, "How many layers the encoder has."),
    .option("num_heads", 3, in: 1...1e6, "How many heads attention has."),
    .option("hidden_dim", 192, in: 1...1e7, "The size of a patch's vector."),
    .option("mlp_dim", 768, in: 1...1e8, "The size between the two linear maps of a layer."),
    .option("dropout", 0.0, in: 0...1, "How likely a number is to be dropped in training."),
    .option("attention_dropout", 0.0, in: 0...1, "How likely a weight of attention is to be dropped in training."),
    source: Source("Dosovitskiy et al. 2020, and Touvron et al. 2020 for the size; named and started as torchvision's", arXiv: "2010.11929"),
    examples: [Example("vit_tiny(num_classes=10, num_layers=1).heads", gives: "(head): Linear(in_features=192, out_features=10, bias=True)")],
    run: built)
}

private func built(
  _ generator: Generator, classes: Int, channels: Int, image: Int, patch: Int, layers: Int, heads: Int, size: Int, wide: Int, dropout: Double,
  attentionDropout: Double
) throws -> VisionTransformer {
  var settings = VisionTransformer.Settings()
  (settings.classes, settings.channels, settings.image, settings.patch) = (classes, channels, image, patch)
  (settings.layers, settings.heads, settings.size, settings.wide) = (layers, heads, size, wide)
  (settings.dropout, settings.attentionDropout) = (dropout, attentionDropout)
  return try VisionTransformer(settings, using: generator)
}

/// Patches of a picture and a class token through a transformer; the token's vector gives the classes.
/// - Shape: `x [batch, channels, image, image]` to `[batch, classes]`.
/// - Source: torchvision's `VisionTransformer`: its names, and its numbers for a seed.
public final class VisionTransformer: Module {
  public struct Settings {
    public var classes = 1000, channels = 3, image = 224, patch = 16, layers = 12, heads = 3, size = 192, wide = 768
    public var dropout = 0.0, attentionDropout = 0.0
    public init() {}
  }
  private let settings: Settings
  private let token: Parameter, projection: Conv2d, encoder: VisionEncoder, heads: Sequential

  public init(_ settings: Settings, using generator: Generator) throws {
    guard settings.patch > 0, settings.image % settings.patch == 0 else {
      throw TensorError.value("vit_tiny", "`patch_size` divides `image_size`, got \(settings.patch) and \(settings.image)")
    }
    self.settings = settings
    projection = try Conv2d(settings.channels, settings.size, kernel: settings.patch, stride: settings.patch, using: generator)
    token = Parameter(try Tensor.zeros([1, 1, settings.size]))
    encoder = try VisionEncoder(settings, using: generator)
    let head = try Linear(settings.size, settings.classes, using: generator)
    heads = try Sequential(named: [("head", head)])
    super.init()
    let inputs = Double(settings.channels) * Double(settings.patch) * Double(settings.patch)
    try redraw(projection.weight, by: .trunc_normal, .init(std: (1 / inputs).squareRoot()), using: generator)
    for parameter in [projection.bias, head.weight, head.bias] { try clear(parameter) }
  }

  public override var parts: [Part] {
    [.parameter("class_token", token), .child("conv_proj", projection), .child("encoder", encoder), .child("heads", heads)]
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let side = settings.image / settings.patch, size = settings.size
    guard x.rank == 4, x.shape[1] == settings.channels, x.shape[2] == settings.image, x.shape[3] == settings.image else {
      throw TensorError.shape(
        typeName, expected: "[batch, \(settings.channels), \(settings.image), \(settings.image)]", met: x.shape, operand: 0)
    }
    let batch = x.shape[0]
    let patches = try run(projection, x).reshape([batch, size, side * side]).permute([0, 2, 1])
    let words = try Tensor.cat([token.value.expand([batch, 1, size]), patches], 1)
    return try run(heads, run(encoder, words).select(1, 0))
  }
}

/// Positions, layers and a normalisation.
public final class VisionEncoder: Module {
  private let positions: Parameter, dropout: Dropout, layers: Sequential, ln: LayerNorm

  init(_ s: VisionTransformer.Settings, using generator: Generator) throws {
    let side = s.image / s.patch
    positions = Parameter(try generator.normal([1, side * side + 1, s.size], std: 0.02))
    dropout = Dropout(s.dropout)
    layers = try Sequential(named: (0..<s.layers).map { ("encoder_layer_\($0)", try VisionBlock(s, using: generator)) })
    ln = try LayerNorm([s.size], eps: 1e-6)
  }

  public override var typeName: String { "Encoder" }
  public override var parts: [Part] {
    [.parameter("pos_embedding", positions), .child("dropout", dropout), .child("layers", layers), .child("ln", ln)]
  }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try run(ln, run(layers, run(dropout, x + positions.value)))
  }
}

/// Attention and two linear maps, each after a normalisation and added to its input.
public final class VisionBlock: Module {
  private let ln1: LayerNorm, attention: MultiheadAttention, dropout: Dropout, ln2: LayerNorm, mlp: MLPBlock

  init(_ s: VisionTransformer.Settings, using generator: Generator) throws {
    ln1 = try LayerNorm([s.size], eps: 1e-6)
    attention = try MultiheadAttention(s.size, s.heads, dropout: s.attentionDropout, batchFirst: true, using: generator)
    dropout = Dropout(s.dropout)
    ln2 = try LayerNorm([s.size], eps: 1e-6)
    mlp = try MLPBlock(s.size, s.wide, dropout: s.dropout, using: generator)
  }

  public override var typeName: String { "EncoderBlock" }
  public override var parts: [Part] {
    [.child("ln_1", ln1), .child("self_attention", attention), .child("dropout", dropout), .child("ln_2", ln2), .child("mlp", mlp)]
  }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    let y = try x + run(dropout, attention.attended(run(ln1, x), in: run))
    return try y + run(mlp, run(ln2, y))
  }
}

/// Two linear maps with a GELU between them.
public final class MLPBlock: Sequential {
  init(_ size: Int, _ wide: Int, dropout: Double, using generator: Generator) throws {
    let maps = [try Linear(size, wide, using: generator), try Linear(wide, size, using: generator)]
    super.init([maps[0], GELU(), Dropout(dropout), maps[1], Dropout(dropout)])
    for map in maps {
      try redraw(map.weight, by: .xavier_uniform, using: generator)
      if let bias = map.bias { try redraw(bias, by: .normal, .init(std: 1e-6), using: generator) }
    }
  }
}

extension MultiheadAttention {
  /// Attention of a sequence to itself, through the run, so that its hooks fire.
  func attended(_ x: Tensor, in run: Run) throws -> Tensor {
    let result = try run(self, [x, x, x, None(), false])
    guard let list = result as? List, let first = list.items.first, let y = try Tensor.accept(first) else {
      throw TensorError.value(typeName, "gave \(type(of: result).aKind) where a list of output and weights was expected")
    }
    return y
  }
}
