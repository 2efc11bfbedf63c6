import Glibc

/// A measured number with four significant digits: `0.0456`, `12.34`, `1.5e-06`.
func measureText(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  return formatted("%.4g", value)
}

/// `accuracy 98.3 %`, `r2 0.4512`.
func metricText(_ name: String, _ value: Double) -> String {
  name == "accuracy" && value.isFinite ? "accuracy \(formatted("%.1f", value * 100)) %" : "\(name) \(measureText(value))"
}

/// A time in the unit that suits it: `820 µs`, `12.3 ms`, `1.2 s`.
func secondsText(_ seconds: Double) -> String {
  if seconds < 1e-3 { return "\(formatted("%.0f", seconds * 1e6)) µs" }
  if seconds < 1 { return "\(formatted("%.1f", seconds * 1e3)) ms" }
  return seconds < 60 ? "\(formatted("%.1f", seconds)) s" : "\(formatted("%.0f", (seconds / 60).rounded(.down))) min \(formatted("%.0f", seconds.truncatingRemainder(dividingBy: 60).rounded(.down))) s"
}

private func formatted(_ pattern: String, _ value: Double) -> String {
  // 64 bytes hold every number of these patterns: percentages and seconds are cut at 1e40 by what they measure.
  var buffer = [CChar](repeating: 0, count: 64)
  let n = withVaList([value]) { vsnprintf(&buffer, 64, pattern, $0) }
  return String(decoding: buffer.prefix(max(0, min(Int(n), 63))).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
