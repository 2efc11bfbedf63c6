import Builtins
import Engine

extension Builtin<Generator> {
  static let alphaDropout = Builtin(
    "AlphaDropout", "Dropout for `SELU`, which keeps mean and variance.",
    .option("p", 0.5, in: 0...1, "How likely a number is to be dropped."),
    source: Source("Klambauer and others 2017", arXiv: "1706.02515"),
    examples: [Example("AlphaDropout()", gives: "AlphaDropout(p=0.5, inplace=False)")]
  ) { (_: Generator, p: Double) in Dropping("AlphaDropout", p) { x, p, g in try x.alphaDropout(p, isTraining: true, using: g) } }

  static let dropout1d = channelDropout(.sequence)
  static let dropout2d = channelDropout(.picture)
  static let dropout3d = channelDropout(.volume)

  private static func channelDropout(_ extent: Extent) -> Builtin {
    let name = "Dropout\(extent.axes)d"
    return Builtin(
      name, "In training, sets whole channels of \(extent.thing) to 0 with probability p and scales the others up.",
      .option("p", 0.5, in: 0...1, "How likely a channel is to be dropped."),
      source: Source("Tompson and others 2014", arXiv: "1411.4280"),
      examples: [Example("\(name)()", gives: "\(name)(p=0.5, inplace=False)")]
    ) { (_: Generator, p: Double) in Dropping(name, p) { x, p, g in try x.channelDropout(p, axes: extent.axes, using: g) } }
  }

  static let featureAlphaDropout = Builtin(
    "FeatureAlphaDropout", "`AlphaDropout` of whole channels.",
    .option("p", 0.5, in: 0...1, "How likely a channel is to be dropped."),
    examples: [Example("FeatureAlphaDropout()", gives: "FeatureAlphaDropout(p=0.5, inplace=False)")]
  ) { (_: Generator, p: Double) in
    Dropping("FeatureAlphaDropout", p) { x, p, g in try x.alphaDropout(p, ofChannels: true, isTraining: true, using: g) }
  }
}

/// A layer that drops something in training and is the identity otherwise. The draws are PyTorch's.
final class Dropping: Module {
  private let name: String, p: Double
  private let body: (Tensor, Double, Generator) throws -> Tensor

  init(_ name: String, _ p: Double, _ body: @escaping (Tensor, Double, Generator) throws -> Tensor) { (self.name, self.p, self.body) = (name, p, body) }
  override var typeName: String { name }
  override var details: String { "p=\(p.shortText), inplace=False" }
  override var attributes: [(name: String, value: any Value)] { [("p", p)] }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor { isTraining ? try body(x, p, run.generator) : x }
}
