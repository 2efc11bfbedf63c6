import Builtins
import Engine

extension Builtin<Generator> {
  static let zeroPad1d = padding("Zero", "Zeros", .constant, .sequence)
  static let zeroPad2d = padding("Zero", "Zeros", .constant, .picture)
  static let zeroPad3d = padding("Zero", "Zeros", .constant, .volume)
  static let reflectionPad1d = padding("Reflection", "The mirror image", .reflect, .sequence)
  static let reflectionPad2d = padding("Reflection", "The mirror image", .reflect, .picture)
  static let reflectionPad3d = padding("Reflection", "The mirror image", .reflect, .volume)
  static let replicationPad1d = padding("Replication", "The outermost elements", .replicate, .sequence)
  static let replicationPad2d = padding("Replication", "The outermost elements", .replicate, .picture)
  static let replicationPad3d = padding("Replication", "The outermost elements", .replicate, .volume)
  static let circularPad1d = padding("Circular", "The other end", .circular, .sequence)
  static let circularPad2d = padding("Circular", "The other end", .circular, .picture)
  static let circularPad3d = padding("Circular", "The other end", .circular, .volume)

  private static func padding(_ kind: String, _ what: String, _ mode: PadMode, _ extent: Extent) -> Builtin {
    let name = "\(kind)Pad\(extent.axes)d", ones = Array(repeating: 1, count: 2 * extent.axes)
    return Builtin(
      name, "\(what) around \(extent.thing).",
      .required("padding", [Int].self, paddingText(extent)),
      examples: [Example("\(name)(1)", gives: name + "(\(ones.tupleText))")]
    ) { (_: Generator, padding: [Int]) in try PaddingLayer(name, extent, mode, padding) }
  }

  static let constantPad1d = constantPadding(.sequence)
  static let constantPad2d = constantPadding(.picture)
  static let constantPad3d = constantPadding(.volume)

  private static func constantPadding(_ extent: Extent) -> Builtin {
    let name = "ConstantPad\(extent.axes)d", ones = Array(repeating: 1, count: 2 * extent.axes)
    return Builtin(
      name, "A value around \(extent.thing).",
      .required("padding", [Int].self, paddingText(extent)),
      .required("value", Double.self, "The value."),
      examples: [Example("\(name)(1, 2.5)", gives: name + "(padding=\(ones.tupleText), value=2.5)")]
    ) { (_: Generator, padding: [Int], value: Double) in try PaddingLayer(name, extent, .constant, padding, value) }
  }

  private static func paddingText(_ extent: Extent) -> String {
    "How many on each side: one number, or [\(["left, right", "top, bottom", "front, back"][..<extent.axes].joined(separator: ", "))]."
  }
}

/// Elements around the last one to three axes: `[left, right, top, bottom, front, back]`, or one number for all sides.
final class PaddingLayer: Module {
  private let name: String, extent: Extent, mode: PadMode, sides: [Int]
  /// What stands there, where it is a value that was given.
  private let value: Double?

  init(_ name: String, _ extent: Extent, _ mode: PadMode, _ padding: [Int], _ value: Double? = nil) throws {
    (self.name, self.extent, self.mode, self.value) = (name, extent, mode, value)
    sides = padding.count == 1 ? Array(repeating: padding[0], count: 2 * extent.axes) : padding
    super.init()
    guard sides.count == 2 * extent.axes else {
      throw TensorError.value(name, "`padding` is one number or \(2 * extent.axes), got \(padding.count)")
    }
  }

  override var typeName: String { name }
  override var details: String { value.map { "padding=\(sides.tupleText), value=\($0.plainText)" } ?? sides.tupleText }
  override var attributes: [(name: String, value: any Value)] { [("padding", List(sides))] }

  override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    // A constant goes around anything; the others are of one sample or several.
    guard mode == .constant ? x.rank >= extent.axes : x.rank == extent.axes + 1 || x.rank == extent.axes + 2 else {
      throw TensorError.shape("\(name)(\(details))", expected: extent.shapes, met: x.shape, operand: 0)
    }
    return try x.pad(sides, mode, value ?? 0)
  }
}
