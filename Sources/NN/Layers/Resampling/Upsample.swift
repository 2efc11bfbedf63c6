import Builtins
import Engine

extension Builtin<Generator> {
  static let upsample = Builtin(
    "Upsample", "A sequence, picture or volume made larger or smaller.",
    .optional("size", [Int].self, "The new sizes."),
    .optional("scale_factor", [Double].self, "How many times the old sizes the new ones are."),
    .option("mode", InterpolationMode.nearest, "What stands between the old places."),
    .optional("align_corners", Bool.self, "Whether the outermost places of both coincide, rather than their borders."),
    .optional("recompute_scale_factor", Bool.self, "Whether the scale is worked out anew from the new sizes, which are whole."),
    examples: [
      Example("Upsample(scale_factor=2)", gives: "Upsample(scale_factor=2.0, mode='nearest')"),
      Example("Upsample()", gives: "Upsample(size=None, mode='nearest')"),
    ]
  ) { (_: Generator, size: [Int]?, scale: [Double]?, mode: InterpolationMode, isAligned: Bool?, isRecomputed: Bool?) in
    Upsample(size: size, scale: scale, mode, isAligned: isAligned, isRecomputed: isRecomputed ?? false)
  }

  static let upsamplingBilinear2d = Builtin(
    "UpsamplingBilinear2d", "A picture made larger with straight lines between its places, corners aligned.",
    .optional("size", [Int].self, "The new sizes."),
    .optional("scale_factor", [Double].self, "How many times the old sizes the new ones are."),
    examples: [
      Example("UpsamplingBilinear2d(size=4)", gives: "UpsamplingBilinear2d(size=4, mode='bilinear')"),
      Example("UpsamplingBilinear2d()", gives: "UpsamplingBilinear2d(size=None, mode='bilinear')"),
    ]
  ) { (_: Generator, size: [Int]?, scale: [Double]?) in Upsample(size: size, scale: scale, .bilinear, isAligned: true, named: "UpsamplingBilinear2d") }

  static let upsamplingNearest2d = Builtin(
    "UpsamplingNearest2d", "A picture made larger by repeating its places.",
    .optional("size", [Int].self, "The new sizes."),
    .optional("scale_factor", [Double].self, "How many times the old sizes the new ones are."),
    examples: [
      Example("UpsamplingNearest2d(size=4)", gives: "UpsamplingNearest2d(size=4, mode='nearest')"),
      Example("UpsamplingNearest2d()", gives: "UpsamplingNearest2d(size=None, mode='nearest')"),
    ]
  ) { (_: Generator, size: [Int]?, scale: [Double]?) in Upsample(size: size, scale: scale, .nearest, named: "UpsamplingNearest2d") }
}

/// A sequence, picture or volume at another size; as in PyTorch, what does not go together is said where it runs.
/// - Shape: `x [samples, channels, *]`.
public final class Upsample: Module {
  let size: [Int]?, scale: [Double]?, mode: InterpolationMode
  let isAligned: Bool?, isRecomputed: Bool
  private let name: String

  public init(
    size: [Int]? = nil, scale: [Double]? = nil, _ mode: InterpolationMode = .nearest, isAligned: Bool? = nil, isRecomputed: Bool = false,
    named name: String = "Upsample"
  ) {
    (self.size, self.scale, self.mode, self.isAligned, self.isRecomputed, self.name) = (size, scale, mode, isAligned, isRecomputed, name)
  }

  public override var typeName: String { name }
  public override var details: String {
    let target = scale.map { list in
      "scale_factor=" + (list.count == 1 ? list[0].shortText : "(" + list.map(\.shortText).joined(separator: ", ") + ")")
    } ?? "size=\(size?.pythonText ?? "None")"
    return "\(target), mode='\(mode.rawValue)'"
  }
  public override var attributes: [(name: String, value: any Value)] {
    [("size", size?.listValue ?? None()), ("scale_factor", scale.map { List($0) } ?? None()), ("mode", mode.rawValue)]
  }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    try x.interpolated(size: size, scale: scale, mode, isAligned: isAligned, isRecomputed: isRecomputed)
  }
}
