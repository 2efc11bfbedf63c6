import Builtins
import Engine

extension Builtin<Generator> {
  static let zeroPad1d = Builtin(
    "ZeroPad1d", "Zeros around a sequence.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right]."),
    examples: [Example("ZeroPad1d(1)", gives: "ZeroPad1d((1, 1))")]
  ) { (_: Generator, padding: [Int]) in try ZeroPad1d(padding) }

  static let zeroPad2d = Builtin(
    "ZeroPad2d", "Zeros around a picture.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right, top, bottom]."),
    examples: [Example("ZeroPad2d(1)", gives: "ZeroPad2d((1, 1, 1, 1))")]
  ) { (_: Generator, padding: [Int]) in try ZeroPad2d(padding) }

  static let reflectionPad1d = Builtin(
    "ReflectionPad1d", "The mirror image around a sequence.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right]."),
    examples: [Example("ReflectionPad1d(1)", gives: "ReflectionPad1d((1, 1))")]
  ) { (_: Generator, padding: [Int]) in try ReflectionPad1d(padding) }

  static let reflectionPad2d = Builtin(
    "ReflectionPad2d", "The mirror image around a picture.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right, top, bottom]."),
    examples: [Example("ReflectionPad2d(1)", gives: "ReflectionPad2d((1, 1, 1, 1))")]
  ) { (_: Generator, padding: [Int]) in try ReflectionPad2d(padding) }

  static let replicationPad1d = Builtin(
    "ReplicationPad1d", "The outermost elements around a sequence.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right]."),
    examples: [Example("ReplicationPad1d(1)", gives: "ReplicationPad1d((1, 1))")]
  ) { (_: Generator, padding: [Int]) in try ReplicationPad1d(padding) }

  static let replicationPad2d = Builtin(
    "ReplicationPad2d", "The outermost elements around a picture.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right, top, bottom]."),
    examples: [Example("ReplicationPad2d(1)", gives: "ReplicationPad2d((1, 1, 1, 1))")]
  ) { (_: Generator, padding: [Int]) in try ReplicationPad2d(padding) }

  static let circularPad1d = Builtin(
    "CircularPad1d", "The other end around a sequence.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right]."),
    examples: [Example("CircularPad1d(1)", gives: "CircularPad1d((1, 1))")]
  ) { (_: Generator, padding: [Int]) in try CircularPad1d(padding) }

  static let circularPad2d = Builtin(
    "CircularPad2d", "The other end around a picture.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right, top, bottom]."),
    examples: [Example("CircularPad2d(1)", gives: "CircularPad2d((1, 1, 1, 1))")]
  ) { (_: Generator, padding: [Int]) in try CircularPad2d(padding) }

  static let constantPad1d = Builtin(
    "ConstantPad1d", "A value around a sequence.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right]."),
    .required("value", Double.self, "The value."),
    examples: [Example("ConstantPad1d(1, 2.5)", gives: "ConstantPad1d(padding=(1, 1), value=2.5)")]
  ) { (_: Generator, padding: [Int], value: Double) in try ConstantPad1d(padding, value) }

  static let constantPad2d = Builtin(
    "ConstantPad2d", "A value around a picture.",
    .required("padding", [Int].self, "How many on each side: one number, or [left, right, top, bottom]."),
    .required("value", Double.self, "The value."),
    examples: [Example("ConstantPad2d(1, 2.5)", gives: "ConstantPad2d(padding=(1, 1, 1, 1), value=2.5)")]
  ) { (_: Generator, padding: [Int], value: Double) in try ConstantPad2d(padding, value) }
}

/// Elements around a sequence or a picture: `[left, right, top, bottom]`, or one number for all sides.
public class PaddingLayer: Module {
  let padding: [Int], value: Double
  fileprivate var mode: PadMode { .constant }
  fileprivate var axes: Int { 2 }

  fileprivate init(_ padding: [Int], _ value: Double = 0) throws {
    (self.padding, self.value) = (padding, value)
    super.init()
    guard padding.count == 1 || padding.count == 2 * axes else {
      throw TensorError.value(typeName, "`padding` is one number or \(2 * axes), got \(padding.count)")
    }
  }

  fileprivate var sides: [Int] { padding.count == 1 ? Array(repeating: padding[0], count: 2 * axes) : padding }
  public override var details: String { sides.tupleText }
  public override var attributes: [(name: String, value: any Value)] { [("padding", List(sides))] }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    // A constant goes around anything; the others are of one sample or several.
    guard mode == .constant ? x.rank >= axes : x.rank == axes + 1 || x.rank == axes + 2 else {
      let places = axes == 1 ? "length" : "rows, columns"
      throw TensorError.shape("\(typeName)(\(details))", expected: "[samples, channels, \(places)] or [channels, \(places)]", met: x.shape, operand: 0)
    }
    return try x.pad(sides, mode, value)
  }
}

/// Zeros around the last axis.
public final class ZeroPad1d: PaddingLayer {
  override var axes: Int { 1 }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// Zeros around the last two axes.
public final class ZeroPad2d: PaddingLayer {
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// The mirror image around the last axis.
public final class ReflectionPad1d: PaddingLayer {
  override var mode: PadMode { .reflect }
  override var axes: Int { 1 }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// The mirror image around the last two axes.
public final class ReflectionPad2d: PaddingLayer {
  override var mode: PadMode { .reflect }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// The outermost elements around the last axis.
public final class ReplicationPad1d: PaddingLayer {
  override var mode: PadMode { .replicate }
  override var axes: Int { 1 }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// The outermost elements around the last two axes.
public final class ReplicationPad2d: PaddingLayer {
  override var mode: PadMode { .replicate }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// The other end around the last axis.
public final class CircularPad1d: PaddingLayer {
  override var mode: PadMode { .circular }
  override var axes: Int { 1 }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// The other end around the last two axes.
public final class CircularPad2d: PaddingLayer {
  override var mode: PadMode { .circular }
  public init(_ padding: [Int]) throws { try super.init(padding) }
}

/// A value around the last axis.
public final class ConstantPad1d: PaddingLayer {
  override var axes: Int { 1 }
  public override init(_ padding: [Int], _ value: Double) throws { try super.init(padding, value) }
  public override var details: String { "padding=\(sides.tupleText), value=\(value.plainText)" }
}

/// A value around the last two axes.
public final class ConstantPad2d: PaddingLayer {
  public override init(_ padding: [Int], _ value: Double) throws { try super.init(padding, value) }
  public override var details: String { "padding=\(sides.tupleText), value=\(value.plainText)" }
}
