/// The name that was probably meant: the one with the fewest typing errors, at most 2 or a third of its length; of several,
/// one that begins with what was typed, since the end of a word is what is left out most easily.
/// - Source: Damerau 1964: insertions, deletions, substitutions and swaps of neighbours count one each.
public func nearest(to name: String, among names: some Sequence<String>) -> String? {
  let typed = Array(name.lowercased().unicodeScalars)
  guard !typed.isEmpty, typed.count <= 64 else { return nil }
  var best: (name: String, distance: Int, goesOn: Bool)?
  for candidate in names where candidate != name {
    let letters = Array(candidate.lowercased().unicodeScalars)
    guard letters.count <= 64, abs(letters.count - typed.count) <= 3 else { continue }
    let limit = max(1, min(3, max(letters.count, typed.count) / 3))
    let d = typingErrors(typed, letters)
    guard d <= limit else { continue }
    let goesOn = letters.starts(with: typed)
    if let best, (d, goesOn ? 0 : 1, candidate) >= (best.distance, best.goesOn ? 0 : 1, best.name) { continue }
    best = (candidate, d, goesOn)
  }
  return best?.name
}

private func typingErrors(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var before = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var d = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { d = min(d, before[j - 1] + 1) }
      row.append(d)
    }
    (before, last) = (last, row)
  }
  return last[b.count]
}
