import Glibc

/// How alike two lists of scores order the same places.
enum RankCorrelation {
  /// Spearman's rho: the correlation of the ranks, where equal scores share the mean of theirs. NaN where one list has one
  /// value only.
  /// - Source: Spearman 1904.
  static func spearman(_ a: [Double], _ b: [Double]) -> Double { pearson(meanRanks(a), meanRanks(b)) }

  /// The ranks from 1, the highest first; equal scores share the mean of theirs.
  static func meanRanks(_ scores: [Double]) -> [Double] {
    let order = Ranking(scores).order
    var ranks = [Double](repeating: 0, count: scores.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      let rank = Double(start + 1 + end) / 2
      for place in start..<end { ranks[order[place]] = rank }
      start = end
    }
    return ranks
  }

  static func pearson(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count), (x, y) = (a.span, b.span)
    guard a.count > 1, a.count == b.count else { return .nan }
    var (sumX, sumY) = (0.0, 0.0)
    for i in x.indices { (sumX, sumY) = (sumX + x[i], sumY + y[i]) }
    let (meanX, meanY) = (sumX / n, sumY / n)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for i in x.indices {
      let (dx, dy) = (x[i] - meanX, y[i] - meanY)
      (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy)
    }
    guard xx > 0, yy > 0 else { return .nan }
    return max(-1, min(1, xy / (xx * yy).squareRoot()))
  }

  /// Kendall's tau-b: pairs in the same order less those in the other, as a share of the pairs without ties, by the geometric
  /// mean of both lists. NaN where one list has one value only.
  /// - Cost: n log n.
  /// - Source: Knight 1966; Kendall 1945 for ties.
  static func kendall(_ a: [Double], _ b: [Double]) -> Double {
    let n = a.count
    guard n > 1, n == b.count else { return .nan }
    let (x, y) = (denseRanks(a), denseRanks(b))
    // Both sorts are stable: in the end equal places of `a` stand in the order of `b`.
    let sorted = countingSorted(countingSorted(Array(0..<n), by: y), by: x)
    let (pairs, tiesA, tiesB) = (pairCount(n), ties(x), ties(y))
    var both = 0, run = 1
    for i in 1..<n {
      let (p, q) = (sorted[i - 1], sorted[i])
      if x[p] == x[q], y[p] == y[q] { run += 1 } else {
        both += pairCount(run)
        run = 1
      }
    }
    both += pairCount(run)
    let (untiedA, untiedB) = (pairs - tiesA, pairs - tiesB)
    guard untiedA > 0, untiedB > 0 else { return .nan }
    var list = sorted.map { y[$0] }
    let against = inversions(&list)
    let difference = Double(pairs - tiesA - tiesB + both - 2 * against)
    return max(-1, min(1, difference / (Double(untiedA) * Double(untiedB)).squareRoot()))
  }

  private static func pairCount(_ n: Int) -> Int { n * (n - 1) / 2 }

  /// The place of each score among the different ones, from 0.
  private static func denseRanks(_ scores: [Double]) -> [Int32] {
    let order = Ranking(scores).order
    var ranks = [Int32](repeating: 0, count: scores.count)
    var rank: Int32 = 0
    for i in order.indices.dropFirst() {
      if scores[order[i]] != scores[order[i - 1]] { rank += 1 }
      ranks[order[i]] = rank
    }
    return ranks
  }

  /// The places in the order of their ranks; those of one rank stay in the order in which they came.
  private static func countingSorted(_ places: [Int], by ranks: [Int32]) -> [Int] {
    var starts = [Int](repeating: 0, count: places.count + 1)
    for rank in ranks { starts[Int(rank) + 1] += 1 }
    for i in starts.indices.dropFirst() { starts[i] += starts[i - 1] }
    var out = [Int](repeating: 0, count: places.count)
    for place in places {
      let rank = Int(ranks[place])
      out[starts[rank]] = place
      starts[rank] += 1
    }
    return out
  }

  private static func ties(_ ranks: [Int32]) -> Int {
    var counts = [Int](repeating: 0, count: ranks.count)
    for rank in ranks { counts[Int(rank)] += 1 }
    return counts.reduce(0) { $0 + pairCount($1) }
  }

  /// How many pairs stand in the wrong order. Sorts the list, by merging.
  private static func inversions(_ list: inout [Int32]) -> Int {
    var other = list, found = 0, width = 1
    while width < list.count {
      var start = 0
      while start < list.count {
        let middle = min(start + width, list.count), end = min(start + 2 * width, list.count)
        var (i, j, k) = (start, middle, start)
        while i < middle || j < end {
          if j >= end || (i < middle && list[i] <= list[j]) {
            other[k] = list[i]
            i += 1
          } else {
            found += middle - i
            other[k] = list[j]
            j += 1
          }
          k += 1
        }
        start = end
      }
      swap(&list, &other)
      width *= 2
    }
    return found
  }
}
