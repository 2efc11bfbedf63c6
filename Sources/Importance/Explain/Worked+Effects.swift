import Builtins
import Engine
import NN

extension Worked {
  /// The metric before and after what is done.
  mutating func explainEffect(_ atom: Formula, _ effect: FormulaEffect) throws {
    guard var own = try request.effectRequest(effect) else { return }
    own.progress = nil
    let position = request.run.generator.position
    defer { request.run.generator.position = position }
    let subjects = request.effectSubjects
    try request.evaluating {
      try Recording.with(.none) {
        let work = try EffectWork(own, own.site(subjects[element.subject]))
        let base = try work.base(), n = work.samples
        add("\(effect.metric.noun) of the model as it is, the mean over \(n) samples: \(numbers.one(base))")
        switch effect.question {
        case .rise(let action, _): try addChanges(atom, own, action, work, base, 1)
        case .drop(let action, _): try addChanges(atom, own, action, work, base, -1)
        case .cumulative: add("\(atom) = \(try text(atom)): done to this and to all that raise it more by themselves, in that order")
        case .shapley(let absence): try addShare(atom, absence, work, base)
        case .lime(let absence, let drop): try addSlope(atom, absence, drop, work)
        }
      }
    }
  }

  private var group: String { element.name }

  private mutating func addChanges(_ atom: Formula, _ own: EffectRequest, _ action: EffectAction, _ work: EffectWork, _ base: Double, _ sign: Double) throws {
    let place = element.index.flat(in: work.groups.shape)
    guard own.effect.draws > 1 || action.isRandom else {
      let new = try work.numbers(action)
      let after = try base + moved(work, new, [place])
      if case .parameter(_, let parameter) = work.site, let old = try changedNumber(work, [parameter.value.detached()], place), let number = try changedNumber(work, new.fixed ?? [], place) {
        add("\(group) is \(numbers.one(old)), and is set to \(numbers.one(number))")
      }
      add("\(own.effect.metric.noun) after \(action.words(group)): \(numbers.one(after))")
      return add(difference(atom, base, after, sign, try value(atom)))
    }
    // Draws of other parameters come first.
    let draws = own.effect.draws
    add("what is done is drawn \(draws) times\(request.formula.effectLeaves.count == 1 && work.isWhole ? "; the first draws:" : "")")
    if request.formula.effectLeaves.count == 1, work.isWhole { add(try drawn(own, action, place, sign)) }
    add("\(atom) = \(try text(atom)), the mean of the \(draws)")
  }

  private func difference(_ atom: Formula, _ base: Double, _ after: Double, _ sign: Double, _ value: Double) -> String {
    let (first, second) = sign > 0 ? (after, base) : (base, after)
    return "\(atom) = \(numbers.one(first)) - \(numbers.one(second)) = \(numbers.one(value))"
  }

  /// The number that one element is, of a weight.
  private func changedNumber(_ work: EffectWork, _ tensors: [Tensor], _ place: Int) throws -> Double? {
    guard work.groups.areElements, let tensor = tensors.first else { return nil }
    return try tensor.element(place < tensor.count ? element.index : [])
  }

  /// How far the metric moves when some groups take their new numbers together.
  private func moved(_ work: EffectWork, _ new: EffectNumbers, _ players: [Int]) throws -> Double {
    var totals = try work.totals(1, keepsSamples: false)
    let places = players.flatMap(work.groups.places)
    try work.add(ElementGroups([places], shape: [1], of: work.groups.elementShape), new, to: &totals, Share())
    return totals.means[0]
  }

  /// The effects of the first draws, as they were drawn for the scores.
  private func drawn(_ own: EffectRequest, _ action: EffectAction, _ place: Int, _ sign: Double) throws -> Grid {
    var grid = Grid(["draw", "\(own.effect)"])
    for (i, subject) in request.effectSubjects.prefix(element.subject + 1).enumerated() {
      let work = try EffectWork(own, own.site(subject))
      for draw in 0..<own.effect.draws {
        let new = try work.numbers(action)
        if i == element.subject, draw < Self.shown { grid.rows.append(("\(draw + 1)", [sign * (try moved(work, new, [place]))])) }
      }
    }
    if own.effect.draws > Self.shown { grid.note = "… and \(own.effect.draws - Self.shown) more" }
    return grid
  }

  // MARK: players

  private mutating func addShare(_ atom: Formula, _ absence: EffectAbsence, _ work: EffectWork, _ base: Double) throws {
    let player = element.index.flat(in: work.groups.shape), all = Array(0..<work.groups.count)
    let new = try work.absent(absence)
    let none = try moved(work, new, all), alone = try moved(work, new, all.filter { $0 != player }), without = try moved(work, new, [player])
    add("with no player at all: \(numbers.one(base + none)); so \(all.count) players share \(numbers.one(-none))")
    add("\(group) as the first to join adds \(numbers.one(alone - none)), and as the last \(numbers.one(-without))")
    let isExact = all.count <= EffectGame.mostCountedOut
    let orders = 2 * ((work.request.effect.draws + 1) / 2)
    let how = isExact ? "over all orders, from all \(1 << all.count) sets of players" : "over \(orders) random orders, each with its reverse"
    add("\(atom) = \(try text(atom)), what it adds when it joins, on average \(how)")
  }

  /// A few sets with the player and without it.
  private mutating func addSlope(_ atom: Formula, _ absence: EffectAbsence, _ drop: Double, _ work: EffectWork) throws {
    let player = element.index.flat(in: work.groups.shape), game = try EffectGame(work, absence, keepsSamples: false)
    let others = try work.request.run.generator.bernoulli([Self.shown, game.players], p: 1 - drop).to(.bool).rows()
    let with = others.map { set in set.indices.map { $0 == player || set[$0] } }, without = others.map { set in set.indices.map { $0 != player && set[$0] } }
    let values = try game.values(with + without, Share()).reshape([2, Self.shown]).doubles(), base = try work.base()
    var grid = Grid(["set", "with \(group)", "without"])
    for i in 0..<Self.shown { grid.rows.append(("\(i + 1)", [base + values[i], base + values[Self.shown + i]])) }
    add("\(work.request.effect.metric.noun) of a few random sets of the others, with \(group) and without it:")
    add(grid)
    let how = game.isCountedOut ? "over all \(1 << game.players) sets, which is the mean of such differences" : "of the line of least squares through \(work.request.effect.draws) sets"
    add("\(atom) = \(try text(atom)), the slope \(how)")
  }
}
