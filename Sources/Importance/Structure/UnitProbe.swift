import Builtins
import Engine
import NN

/// Finds which units of which layers meet, by running the model on made-up numbers.
///
/// Every layer with parameters puts out fixed positive numbers in place of its own. Where some of a layer's units are then
/// changed, all that lies behind them, up to the next layers, changes with them; each unit has a pattern of rows in which it
/// is changed and its opposite in which it is not, so that a few rows tell all units apart, and tell where several come
/// together. So no operation between layers need be known: additions, concatenations, reshapes are seen by what they do.
struct UnitProbe {
  let model: Module
  private let x: Tensor
  private let generator = Generator(seed: 0x9e3779b9)

  /// - Parameter x: some samples that the model takes; the first is used.
  init(_ model: Module, _ x: Tensor) throws {
    self.model = model
    self.x = try x.detached().narrow(0, 0, 1)
  }

  /// What units arrive at an input of a layer.
  enum Arrival: Equatable {
    case nothing
    case unit(Int)
    /// More than one, or one that cannot be told.
    case several
  }

  /// What arrived where: for each layer and each of its inputs, and whether anything reached what the model puts out.
  struct Arrivals {
    var inputs: [ObjectIdentifier: [Arrival]] = [:]
    var reachesOutput = false
    var called: Set<ObjectIdentifier> = []
  }

  /// Where the units of a layer arrive; for nil, where the input of the model does.
  func arrivals(of source: Module?, units: Int, axis: Int, layers: [Module]) throws -> Arrivals {
    let bits = max(1, Int.bitWidth - max(units - 1, 0).leadingZeroBitCount)
    // Row 0 is as it is; rows 2b + 1 and 2b + 2 have the units whose bit b is 0 or 1 changed.
    let rows = 2 * bits + 1
    let log = Log(rows: rows, bits: bits)
    let table = HookTable()
    for layer in layers {
      table.onForward(layer) { [self] layer, inputs, output in
        log.arrivals.called.insert(ObjectIdentifier(layer))
        if let input = inputs.first as? Tensor { try log.note(input, at: layer) }
        guard let y = output as? Tensor, y.dtype.isFloating else { return nil }
        if let layer = layer as? any Resizable, layer.isUnitByUnit, layer !== source, let input = inputs.first as? Tensor {
          return try passed(input, y)
        }
        return try standIn(y, for: layer, rows: rows, changed: layer === source ? (units, axis, bits) : nil, log)
      }
    }
    return try model.evaluating {
      let out = try Run([table], generator: generator)(model, [source == nil ? try changed(x, rows) : try x.expand([rows] + x.shape.dropFirst())])
      log.arrivals.reachesOutput = (out as? Tensor).map { (try? log.hasChanged($0)) ?? true } ?? true
      return log.arrivals
    }
  }

  private final class Log {
    let rows: Int, bits: Int
    var arrivals = Arrivals()
    /// The fixed numbers of each layer, by its shape.
    var fixed: [ObjectIdentifier: Tensor] = [:]
    init(rows: Int, bits: Int) { (self.rows, self.bits) = (rows, bits) }

    /// The rows of a tensor as they differ from the first: `[rows - 1, *]`. Nil where it has no rows of ours.
    private func differences(_ t: Tensor) throws -> Tensor? {
      guard t.rank > 0, t.shape[0] >= rows, t.shape[0] % rows == 0, t.dtype.isFloating else { return nil }
      let all = t.shape[0] == rows ? t : try t.reshape([rows, t.shape[0] / rows] + t.shape.dropFirst())
      let first = try all.narrow(0, 0, 1)
      return try (all.narrow(0, 1, rows - 1) - first).abs().gt((first.abs() + 1e-3) * 1e-4)
    }

    func hasChanged(_ t: Tensor) throws -> Bool { try differences(t).map { try $0.any().item() != 0 } ?? true }

    func note(_ input: Tensor, at layer: Module) throws {
      let count: Int, axis: Int
      if let layer = layer as? any Resizable { (count, axis) = (layer.inputCount, layer.unitAxis) } else { (count, axis) = (1, -1) }
      var found = arrivals.inputs[ObjectIdentifier(layer)] ?? Array(repeating: Arrival.nothing, count: count)
      guard let changed = try differences(input) else {
        arrivals.inputs[ObjectIdentifier(layer)] = found.map { _ in .several }
        return
      }
      // A layer that works on rows of several places has its inputs last.
      let place = axis < 0 || layer is Linear ? changed.rank - 1 : axis + changed.rank - input.rank
      guard layer is any Resizable, place > 0, place < changed.rank, changed.shape[place] == count else {
        if try changed.any().item() != 0 { arrivals.inputs[ObjectIdentifier(layer)] = found.map { _ in .several } }
        return
      }
      let others = (1..<changed.rank).filter { $0 != place }
      let flags = try (others.isEmpty ? changed : changed.to(.float64).amax(others).gt(Tensor.number(0.0))).to(.float64).doubles()
      for i in 0..<count {
        let here = arrival { flags[$0 * count + i] != 0 }
        if here != .nothing { found[i] = found[i] == .nothing || found[i] == here ? here : .several }
      }
      arrivals.inputs[ObjectIdentifier(layer)] = found
    }

    /// The unit whose pattern these rows have.
    private func arrival(_ isChanged: (Int) -> Bool) -> Arrival {
      var unit = 0, hasAny = false, isOne = true
      for bit in 0..<bits {
        let (low, high) = (isChanged(2 * bit), isChanged(2 * bit + 1))
        hasAny = hasAny || low || high
        if low == high { isOne = false }
        if high { unit |= 1 << bit }
      }
      return !hasAny ? .nothing : isOne ? .unit(unit) : .several
    }
  }

  /// Fixed numbers in place of what a layer puts out, some of them changed by row.
  private func standIn(_ y: Tensor, for layer: Module, rows: Int, changed: (units: Int, axis: Int, bits: Int)?, _ log: Log) throws -> Tensor {
    guard y.rank > 0, y.shape[0] >= rows, y.shape[0] % rows == 0 else { return y }
    let shape = [rows, y.shape[0] / rows] + y.shape.dropFirst()
    let known = log.fixed[ObjectIdentifier(layer)]
    let fixed = if let known, known.shape.dropFirst() == shape.dropFirst() { known } else { try generator.uniform([1] + shape.dropFirst(), from: 0.5, to: 1.5, y.dtype) }
    log.fixed[ObjectIdentifier(layer)] = fixed
    guard let changed else { return try fixed.expand(shape).reshape(y.shape) }
    let axis = changed.axis < 0 || layer is Linear ? shape.count - 1 : changed.axis + 1
    guard shape[axis] == changed.units else { return try fixed.expand(shape).reshape(y.shape) }
    var flags: [Bool] = Array(repeating: false, count: changed.units)
    for bit in 0..<changed.bits {
      for value in [0, 1] { flags += (0..<changed.units).map { $0 >> bit & 1 == value } }
    }
    var sizes = [rows] + Array(repeating: 1, count: shape.count - 1)
    sizes[axis] = changed.units
    let other = try fixed + generator.uniform(fixed.shape, from: 0.5, to: 1.5, y.dtype)
    return try Tensor(flags, sizes).selecting(other, fixed).reshape(y.shape)
  }

  /// What a layer that keeps its units apart hands on: the mean of each, so that nothing of it is cut off behind.
  private func passed(_ input: Tensor, _ y: Tensor) throws -> Tensor {
    if input.shape == y.shape { return input }
    let over = Array(2..<max(input.rank, 2))
    let means = over.isEmpty ? input : try input.mean(over, keepdim: true)
    return try means.expand(y.shape).copied()
  }

  /// The input, and other numbers in every row after the first.
  private func changed(_ x: Tensor, _ rows: Int) throws -> Tensor {
    guard x.dtype.isFloating else { return try x.expand([rows] + x.shape.dropFirst()) }
    let other = try x.expand([rows - 1] + x.shape.dropFirst()) + generator.uniform([rows - 1] + x.shape.dropFirst(), from: 0.5, to: 1.5, x.dtype)
    return try Tensor.cat([x, other], 0)
  }
}
