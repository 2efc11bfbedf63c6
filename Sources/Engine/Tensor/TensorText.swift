import Glibc

extension Tensor {
  /// The tensor as PyTorch prints it: four digits, 80 columns, the corners alone above a thousand elements.
  public var text: String {
    if count == 0 {
      let size = rank == 1 ? "" : ", size=(\(shape.map(String.init).joined(separator: ", ")))"
      return "tensor([]\(size)\(suffix))"
    }
    let isCut = count > 1000
    guard let numbers = try? shownNumbers(isCut), let all = try? numbers.doubles() else { return "tensor(?)" }
    let layout = NumberLayout(all, dtype)
    var next = 0
    let body = TensorPrinter(layout: layout, shape: shape, isCut: isCut).lines(indent: 7, axis: 0) {
      defer { next += 1 }
      return all[next]
    }
    return "tensor(\(body)\(suffix))"
  }

  private var suffix: String { dtype == .float64 ? ", dtype=float64" : "" }

  /// The elements that are printed, in order: of long dimensions the first and the last three.
  private func shownNumbers(_ isCut: Bool) throws(TensorError) -> Tensor {
    try Recording.with(.none) { () throws(TensorError) -> Tensor in
      var t = detached()
      guard isCut else { return t }
      for d in 0..<rank where shape[d] > 6 {
        let places = try Tensor(Array(0..<3) + Array((shape[d] - 3)..<shape[d]))
        t = try t.indexSelect(d, places)
      }
      return t
    }
  }
}

/// How the numbers of one tensor are written: all in one width and one style.
struct NumberLayout {
  enum Style { case whole, fixed, scientific, integer, truth }
  let style: Style
  let width: Int

  init(_ values: [Double], _ dtype: DType) {
    switch dtype {
    case .int64: style = .integer
    case .bool: style = .truth
    case .float32, .float64: style = NumberLayout.style(values)
    }
    let chosen = style
    let measured = dtype.isFloating ? values.filter { $0.isFinite && $0 != 0 } : values
    let finite = measured.map { NumberLayout.text($0, chosen).utf8.count }.max() ?? 1
    // nan and infinities do not widen the columns, as in PyTorch.
    width = max(finite, dtype.isFloating && style != .scientific ? NumberLayout.text(0, chosen).utf8.count : 1)
  }

  /// PyTorch's choice: whole numbers with a bare point, four decimals, or powers of ten where sizes differ a thousandfold.
  private static func style(_ values: [Double]) -> Style {
    let sizes = values.lazy.filter { $0.isFinite && $0 != 0 }.map { abs($0) }
    guard let low = sizes.min(), let high = sizes.max() else { return .whole }
    let isWhole = sizes.allSatisfy { $0 == $0.rounded() }
    if high / low > 1000 || high > 1e8 || (!isWhole && low < 1e-4) { return .scientific }
    return isWhole ? .whole : .fixed
  }

  func text(_ value: Double) -> String {
    let text = NumberLayout.text(value, style)
    return String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private static func text(_ value: Double, _ style: Style) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    switch style {
    case .whole: return format("%.0f.", value)
    case .fixed: return format("%.4f", value)
    case .scientific: return format("%.4e", value)
    case .integer: return format("%.0f", value)
    case .truth: return value == 0 ? "False" : "True"
    }
  }

  private static func format(_ pattern: String, _ value: Double) -> String {
    // 400 bytes hold the longest double in fixed notation: 309 digits, a sign, a point and its decimals.
    var buffer = [CChar](repeating: 0, count: 400)
    let n = withVaList([value]) { vsnprintf(&buffer, 400, pattern, $0) }
    return String(decoding: buffer.prefix(max(0, min(Int(n), 399))).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// Rows in brackets, wrapped at 80 columns.
private struct TensorPrinter {
  let layout: NumberLayout
  let shape: [Int]
  let isCut: Bool

  func lines(indent: Int, axis: Int, next: () -> Double) -> String {
    guard axis < shape.count else { return layout.text(next()).trimmingSpaces }
    let isShort = isCut && shape[axis] > 6
    let n = isShort ? 6 : shape[axis]
    if axis == shape.count - 1 { return row(indent: indent, (0..<n).map { _ in layout.text(next()) }, isShort) }
    var parts = (0..<n).map { _ in lines(indent: indent + 1, axis: axis + 1, next: next) }
    if isShort { parts.insert("...", at: 3) }
    let gap = "," + String(repeating: "\n", count: shape.count - axis - 1) + String(repeating: " ", count: indent + 1)
    return "[" + parts.joined(separator: gap) + "]"
  }

  private func row(indent: Int, _ numbers: [String], _ isShort: Bool) -> String {
    var items = numbers
    if isShort { items.insert(" ...", at: 3) }
    let perLine = max(1, (80 - indent) / (layout.width + 2))
    let lines = stride(from: 0, to: items.count, by: perLine).map { items[$0..<min($0 + perLine, items.count)].joined(separator: ", ") }
    return "[" + lines.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
  }
}

extension String {
  fileprivate var trimmingSpaces: String { String(drop { $0 == " " }) }
}
