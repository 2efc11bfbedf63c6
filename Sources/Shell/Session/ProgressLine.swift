import Charts
import Interpreter

/// One line of standard error that long work redraws: how far, what so far, how long still.
struct ProgressLine {
  let isShown: Bool
  private var start: ContinuousClock.Instant?
  private var lastDrawn: ContinuousClock.Instant?
  private var isDrawn = false

  init(isShown: Bool) { self.isShown = isShown }

  /// Draws at most ten times a second, and nothing for work that is done within half a second.
  mutating func show(_ step: ProgressStep?, width: Int) {
    guard isShown else { return }
    guard let step else {
      if isDrawn { writeAll(2, "\r\u{1b}[K") }
      (start, lastDrawn, isDrawn) = (nil, nil, false)
      return
    }
    let now = ContinuousClock.now
    let begun = start ?? now
    start = begun
    let elapsed = (now - begun).inSeconds
    guard elapsed > 0.5, lastDrawn.map({ (now - $0).inSeconds > 0.1 }) ?? true else { return }
    lastDrawn = now
    isDrawn = true
    let rest = step.fraction > 0.01 || (elapsed > 3 && step.fraction > 0) ? elapsed / step.fraction - elapsed : nil
    let left = rest.map { "  ~\(coarse($0)) left" } ?? ""
    let text = "\(step.title) \(progressBar(step.fraction, width: 20)) \(percent(step.fraction))  \(step.detail)\(left)"
    var line = ""
    for character in text {
      guard cellWidth(line) + cellWidth(String(character)) < width else { break }
      line.append(character)
    }
    writeAll(2, "\r\u{1b}[K" + line)
  }

  /// A time left is a guess, so it has one or two digits.
  private func coarse(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "years" }
    switch seconds {
    case ..<10: return "\(Int(max(1, seconds.rounded()))) s"
    case ..<60: return "\(Int((seconds / 5).rounded()) * 5) s"
    case ..<3600: return "\(Int((seconds / 60).rounded())) min"
    case ..<86_400: return "\(Int((seconds / 3600).rounded())) h"
    default: return "\(Int((seconds / 86_400).rounded())) d"
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
