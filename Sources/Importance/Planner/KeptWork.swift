import Engine
import NN

/// What a request had done when it was stopped, for one like it to go on from.
///
/// Each part of the work keeps its state under a name of its own, in memory that the work no longer writes to, and with the
/// place of the random stream at that moment.
public final class KeptWork {
  private var states: [String: (state: Any, position: Generator.Position)] = [:]
  /// Of what request it is; nil until it is stopped.
  private var origin: Origin?
  private var last = ContinuousClock.now
  private let pause: Duration

  /// - Parameter pause: the time between two states of the same part, so that copying them costs next to nothing.
  public init(every pause: Duration = .seconds(2)) { self.pause = pause }

  public var isEmpty: Bool { states.isEmpty }

  /// Takes in a state, where the last one is old enough.
  func keep(_ name: String, _ generator: Generator, _ state: () throws -> Any) throws {
    guard ContinuousClock.now - last >= pause else { return }
    states[name] = (try state(), generator.position)
    last = .now
  }

  /// Takes in what is done for good.
  func finish(_ name: String, _ generator: Generator, _ state: Any) { states[name] = (state, generator.position) }

  /// Forgets what parts had done whose names begin so.
  func drop(_ name: String) { for key in states.keys where key.hasPrefix(name) { states[key] = nil } }

  /// Takes in what is done for good, in place of all that led there.
  func renew(_ name: String, _ generator: Generator, _ state: Any) { states = [name: (state, generator.position)] }

  /// The state that was kept; the random stream goes on from where it was then.
  func state<T>(_ name: String, _ type: T.Type, _ generator: Generator) throws -> T? {
    guard let (kept, position) = states[name], let state = kept as? T else { return nil }
    generator.position = position
    return state
  }

  /// Notes of what request it is.
  /// - Parameter groups: those of the samples, where each has a result of its own.
  public func close(_ request: Scoring, _ formulas: [Formula], per groups: SampleGroups? = nil) { origin = Origin(request, formulas, groups) }

  /// Whether the request would do the same work from the start.
  public func fits(_ request: Scoring, _ formulas: [Formula], per groups: SampleGroups? = nil) -> Bool {
    !isEmpty && origin == Origin(request, formulas, groups)
  }
}

extension Scoring {
  /// What `body` gives, or gave before the request was stopped.
  func keeping<T>(_ name: String, _ body: () throws -> T) throws -> T {
    if let there = try kept?.state(name, T.self, run.generator) { return there }
    let made = try body()
    kept?.finish(name, run.generator, made)
    return made
  }
}

/// Where a part of some work keeps its state.
struct KeptPart {
  let work: KeptWork, name: String
}

/// All that decides what a request comes to.
private struct Origin: Equatable {
  private let text: String
  private let model: Module
  private let numbers: [UInt64]

  /// Nil where something takes part of which nothing tells whether it is the same: hooks and functions of the user's.
  init?(_ request: Scoring, _ formulas: [Formula], _ groups: SampleGroups?) {
    guard request.run.tables.allSatisfy(\.isEmpty), request.functions.isEmpty else { return nil }
    if case .function = request.objective { return nil }
    let sets = if case .groups(let tensor) = request.each { [tensor] } else { [Tensor]() }
    let values = request.values.sorted { $0.key < $1.key }
    text = [
      formulas.map(\.description).joined(separator: "\n"), request.objective.text, request.each.word, request.subject.names.joined(separator: ","),
      request.subject.place.rawValue, "\(request.memory)", values.map(\.key).joined(separator: ","), groups?.name ?? "",
    ].joined(separator: "\n")
    model = request.model
    let own = model.everyParameter.flatMap { [$0.value] + [$0.origin].compactMap { $0 } } + model.namedBuffers.map(\.buffer.value)
    numbers = (own + [request.x, request.y, request.baseline].compactMap { $0 } + sets + (groups.map { [$0.numbers] } ?? []) + values.map(\.value)).map(\.fingerprint)
  }

  static func == (a: Origin, b: Origin) -> Bool { a.text == b.text && a.model === b.model && a.numbers == b.numbers }
}

extension Tensor {
  /// A number that two tensors of other bytes or shapes share by accident alone.
  /// - Source: Fowler, Noll and Vo's hash, eight bytes at a time, its high bits folded in.
  fileprivate var fingerprint: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x100_0000_01b3
      hash ^= hash >> 29
    }
    for size in shape { mix(UInt64(size)) }
    try? detached().withBytes { bytes in
      var place = 0
      while place + 8 <= bytes.count {
        mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        place += 8
      }
      while place < bytes.count {
        mix(UInt64(bytes[place]))
        place += 1
      }
    }
    return hash
  }
}
