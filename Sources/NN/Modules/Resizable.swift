import Engine

/// A layer that can go on with some of its units, or with some of its inputs.
public protocol Resizable: Module {
  /// How many units it puts out, and how many inputs it reads, both along `unitAxis`.
  var unitCount: Int { get }
  var inputCount: Int { get }
  /// The dimension of inputs and outputs along which they lie; -1 is the last.
  var unitAxis: Int { get }
  /// Whether each unit reads the input of its own number alone, as a normalisation's does.
  var isUnitByUnit: Bool { get }
  /// Into how many blocks of equal size its units and its inputs are split, each of which can only go as a whole; 1 where
  /// each goes alone.
  var blocks: Int { get }
  /// Whether this one can, as it is built.
  var isResizable: Bool { get }
  /// Leaves these units and inputs, in their order; nil for all. The journal puts the layer back as it was.
  func keep(units: [Int]?, inputs: [Int]?, journal: Journal) throws
}

extension Resizable {
  public var isUnitByUnit: Bool { false }
  public var blocks: Int { 1 }
  public var isResizable: Bool { true }
}
