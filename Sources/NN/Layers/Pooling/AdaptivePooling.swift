import Builtins
import Engine

extension Builtin<Generator> {
  static let adaptiveAvgPool1d = adaptiveAvgPool(.sequence, "4", "4") { try AdaptiveAvgPool1d($0) }
  static let adaptiveAvgPool2d = adaptiveAvgPool(.picture, "[1, 1]", "(1, 1)") { try AdaptiveAvgPool2d($0) }
  static let adaptiveAvgPool3d = adaptiveAvgPool(.volume, "[2, 1, 1]", "(2, 1, 1)") { try AdaptiveAvgPool3d($0) }
  static let adaptiveMaxPool1d = adaptiveMaxPool(.sequence) { try AdaptiveMaxPool1d($0, isPlaced: $1) }
  static let adaptiveMaxPool2d = adaptiveMaxPool(.picture) { try AdaptiveMaxPool2d($0, isPlaced: $1) }
  static let adaptiveMaxPool3d = adaptiveMaxPool(.volume) { try AdaptiveMaxPool3d($0, isPlaced: $1) }

  private static func adaptiveAvgPool(
    _ extent: Extent, _ size: String, _ shown: String, make: @escaping @Sendable ([Int?]) throws -> AdaptiveAvgPooling
  ) -> Builtin {
    let name = "AdaptiveAvgPool\(extent.axes)d"
    return Builtin(
      name, "The mean of each of so many even parts of \(extent.thing).",
      .required("output_size", [Int?].self, "How many parts along each axis; `none` keeps a size."),
      examples: [Example("\(name)(\(size))", gives: "\(name)(output_size=\(shown))")]
    ) { (_: Generator, sizes: [Int?]) in try make(sizes) }
  }

  private static func adaptiveMaxPool(_ extent: Extent, make: @escaping @Sendable ([Int?], Bool) throws -> AdaptiveMaxPooling) -> Builtin {
    let name = "AdaptiveMaxPool\(extent.axes)d"
    return Builtin(
      name, "The largest element of each of so many even parts of \(extent.thing).",
      .required("output_size", [Int?].self, "How many parts along each axis; `none` keeps a size."),
      .option("return_indices", false, "Whether the places of the largest elements are given too."),
      examples: [Example("\(name)(2)", gives: "\(name)(output_size=2)")]
    ) { (_: Generator, sizes: [Int?], isPlaced: Bool) in try make(sizes, isPlaced) }
  }
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

/// What `AdaptiveAvgPool1d`, `AdaptiveAvgPool2d` and `AdaptiveAvgPool3d` share.
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

/// What `AdaptiveMaxPool1d`, `AdaptiveMaxPool2d` and `AdaptiveMaxPool3d` share.
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

/// The mean of each even part over the last three axes.
public final class AdaptiveAvgPool3d: AdaptiveAvgPooling {
  override var axes: Int { 3 }
  public override init(_ sizes: [Int?]) throws { try super.init(sizes) }
}

/// The largest element of each even part over the last three axes.
public final class AdaptiveMaxPool3d: AdaptiveMaxPooling {
  override var axes: Int { 3 }
  public override init(_ sizes: [Int?], isPlaced: Bool = false) throws { try super.init(sizes, isPlaced: isPlaced) }
}
