/// Over how many axes an operation such as a convolution or a pooling works, and what messages call them.
public struct Extent: Sendable {
  public let axes: Int
  /// What such an input is, with its article.
  public let thing: String
  /// The axes behind the channels.
  public let places: String
  /// The same as PyTorch's letters.
  let letters: String
  /// The axes of a window.
  let window: String

  public static let sequence = Extent(axes: 1, thing: "a sequence", places: "length", letters: "L", window: "size")
  public static let picture = Extent(axes: 2, thing: "a picture", places: "rows, columns", letters: "H, W", window: "rows, columns")
  public static let volume = Extent(axes: 3, thing: "a volume", places: "depth, rows, columns", letters: "D, H, W", window: "depth, rows, columns")

  /// - Parameter axes: 1, 2 or 3.
  public static func of(_ axes: Int) -> Extent { axes == 1 ? .sequence : axes == 2 ? .picture : .volume }

  /// A batch, or one sample.
  public var shapes: String { "[samples, channels, \(places)] or [channels, \(places)]" }
}
