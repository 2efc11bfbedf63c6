import Builtins
import Engine

extension Builtin<Generator> {
  static let adaptiveAvgPool1d = Builtin(
    "AdaptiveAvgPool1d", "The mean of each of so many even parts of a sequence.",
    .required("output_size", [Int?].self, "How many parts."),
    examples: [Example("AdaptiveAvgPool1d(4)", gives: "AdaptiveAvgPool1d(output_size=4)")]
  ) { (_: Generator, sizes: [Int?]) in try AdaptiveAvgPool1d(sizes) }

  static let adaptiveAvgPool2d = Builtin(
    "AdaptiveAvgPool2d", "The mean of each of so many even parts of a picture.",
    .required("output_size", [Int?].self, "How many parts down and across; `none` keeps a size."),
    examples: [Example("AdaptiveAvgPool2d([1, 1])", gives: "AdaptiveAvgPool2d(output_size=(1, 1))")]
  ) { (_: Generator, sizes: [Int?]) in try AdaptiveAvgPool2d(sizes) }

  static let adaptiveMaxPool1d = Builtin(
    "AdaptiveMaxPool1d", "The largest element of each of so many even parts of a sequence.",
    .required("output_size", [Int?].self, "How many parts."),
    .option("return_indices", false, "Whether the places of the largest elements are given too."),
    examples: [Example("AdaptiveMaxPool1d(4)", gives: "AdaptiveMaxPool1d(output_size=4)")]
  ) { (_: Generator, sizes: [Int?], isPlaced: Bool) in try AdaptiveMaxPool1d(sizes, isPlaced: isPlaced) }

  static let adaptiveMaxPool2d = Builtin(
    "AdaptiveMaxPool2d", "The largest element of each of so many even parts of a picture.",
    .required("output_size", [Int?].self, "How many parts down and across; `none` keeps a size."),
    .option("return_indices", false, "Whether the places of the largest elements are given too."),
    examples: [Example("AdaptiveMaxPool2d(2)", gives: "AdaptiveMaxPool2d(output_size=2)")]
  ) { (_: Generator, sizes: [Int?], isPlaced: Bool) in try AdaptiveMaxPool2d(sizes, isPlaced: isPlaced) }
}

/// What the adaptive poolings share: one size for all axes or one for each, nil for the input's own.
public class AdaptivePooling: Module {
  let sizes: [Int?]
  var axes: Int { 2 }

  fileprivate init(_ sizes: [Int?]) throws {
    self.sizes = sizes
    super.init()
    try checkSizes(typeName, "output_size", sizes.map { $0 ?? 1 }, axes: axes, atLeast: 0)
  }

  public override var details: String {
    let texts = sizes.map { $0.map(String.init) ?? "None" }
    return "output_size=" + (texts.count == 1 ? texts[0] : "(\(texts.joined(separator: ", ")))")
  }
  public override var attributes: [(name: String, value: any Value)] {
    let values = sizes.map { size -> any Value in size ?? None() }
    return [("output_size", values.count == 1 ? values[0] : List(values))]
  }
}

/// What `AdaptiveAvgPool1d` and `AdaptiveAvgPool2d` share.
public class AdaptiveAvgPooling: AdaptivePooling {
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.adaptiveAvgPool(sizes, axes: axes) }
}

/// The mean of each even part along the last axis.
public final class AdaptiveAvgPool1d: AdaptiveAvgPooling {
  override var axes: Int { 1 }
  public override init(_ sizes: [Int?]) throws { try super.init(sizes) }
  public convenience init(_ size: Int) throws { try self.init([size]) }
}

/// The mean of each even part over the last two axes.
public final class AdaptiveAvgPool2d: AdaptiveAvgPooling {
  public override init(_ sizes: [Int?]) throws { try super.init(sizes) }
  public convenience init(_ size: Int) throws { try self.init([size]) }
}

/// What `AdaptiveMaxPool1d` and `AdaptiveMaxPool2d` share.
public class AdaptiveMaxPooling: AdaptivePooling {
  let isPlaced: Bool

  fileprivate init(_ sizes: [Int?], isPlaced: Bool) throws {
    self.isPlaced = isPlaced
    try super.init(sizes)
  }

  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.adaptiveMaxPool(sizes, axes: axes) }

  /// Gives values and places where these were asked for.
  public override func call(_ inputs: [any Value], in run: Run) throws -> any Value {
    guard isPlaced, inputs.count == 1, let x = try Tensor.accept(inputs[0]) else { return try super.call(inputs, in: run) }
    return try x.adaptiveMaxPoolWithPlaces(sizes, axes: axes)
  }
}

/// The largest element of each even part along the last axis.
public final class AdaptiveMaxPool1d: AdaptiveMaxPooling {
  override var axes: Int { 1 }
  public override init(_ sizes: [Int?], isPlaced: Bool = false) throws { try super.init(sizes, isPlaced: isPlaced) }
}

/// The largest element of each even part over the last two axes.
public final class AdaptiveMaxPool2d: AdaptiveMaxPooling {
  public override init(_ sizes: [Int?], isPlaced: Bool = false) throws { try super.init(sizes, isPlaced: isPlaced) }
}
