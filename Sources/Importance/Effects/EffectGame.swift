import Engine

/// A game whose players are groups and whose value is the metric, less that of all of them.
struct EffectGame {
  let work: EffectWork
  private let new: EffectNumbers
  private let keepsSamples: Bool

  /// Up to so many players all sets of them are tried.
  static let mostCountedOut = 12

  /// - Parameter keepsSamples: whether each sample has a game of its own.
  init(_ work: EffectWork, _ absence: EffectAbsence, keepsSamples: Bool) throws {
    guard work.groups.count > 0 else { throw EffectError.noPlayers }
    (self.work, self.keepsSamples) = (work, keepsSamples)
    new = try work.absent(absence)
  }

  var players: Int { work.groups.count }
  var isCountedOut: Bool { players <= Self.mostCountedOut }
  /// Games that are played at once.
  var rows: Int { keepsSamples ? work.samples : 1 }

  /// The metric of some sets of players, less that of all.
  /// - Parameter sets: whether each player takes part.
  /// - Shape: float64 `[rows, sets]`.
  func values(_ sets: [[Bool]], _ share: Share) throws -> Tensor {
    let lists = sets.map { set in set.indices.flatMap { set[$0] ? [] : work.groups.places($0) } }
    var totals = try work.totals(sets.count, keepsSamples: keepsSamples)
    try work.add(ElementGroups(lists, shape: [sets.count], of: work.groups.elementShape), new, to: &totals, share)
    return try totals.values()
  }

  /// The sum over all sets of the value times the weights of the set, one a player.
  /// - Shape: float64 `[rows, players]`.
  func sumOverAllSets(_ weights: ([Bool]) -> [Double]) throws -> Tensor {
    let m = players, count = 1 << m, step = work.setsAtOnce
    var sum: Tensor?, done = 0
    if let state = try work.kept((Int, Tensor?).self) { (done, sum) = state }
    for first in stride(from: done, to: count, by: step) {
      if first > done { try work.keep { (first, sum) } }
      let range = first..<min(first + step, count)
      let sets = range.map { set in (0..<m).map { set >> $0 & 1 == 1 } }
      let part = try values(sets, Share().part(Double(first) / Double(count), Double(range.upperBound) / Double(count)))
      let gains = try part.matmul(Tensor(sets.flatMap(weights), [range.count, m]))
      sum = try sum.map { try $0 + gains } ?? gains
    }
    return try sum ?? Tensor.zeros([rows, m], .float64)
  }

  /// In the shape of the groups.
  /// - Shape: `found` of `[rows, players]`.
  func result(_ found: (value: Tensor, error: Tensor?)) throws -> EffectResult {
    let shape = keepsSamples ? [work.samples] + work.groups.shape : work.groups.shape
    func made(_ t: Tensor) throws -> Tensor { try t.reshape(shape).to(work.dtype) }
    return EffectResult(value: try made(found.value), error: try found.error.map(made))
  }
}
