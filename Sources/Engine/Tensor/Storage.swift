import COneDNN
import Glibc
import Synchronization

/// Memory that tensors look at. Bytes come from a pool and go back to it when the last tensor is gone.
public final class Storage {
  public let pointer: UnsafeMutableRawPointer
  public let byteCount: Int
  /// Counts the writes into memory that existed already, so that a backward pass notices that a value it kept is gone.
  public internal(set) var version = 0
  /// Under which convolutions keep copies of these numbers as weights; 0 while none was asked for.
  private var weightIdentity: UInt64 = 0
  private static let identities = Atomic<UInt64>(1)

  /// Memory with whatever was in it. What convolutions keep for later is given up before there is too little.
  init(byteCount: Int) throws(TensorError) {
    guard let pointer = Pool.shared.take(byteCount) ?? Pool.shared.takeAfterDrop(byteCount) else {
      throw .tooLarge(shape: [byteCount], bytes: Double(byteCount), limit: Pool.shared.limit)
    }
    (self.pointer, self.byteCount) = (pointer, byteCount)
  }

  deinit {
    if weightIdentity != 0 { pith_convolution_forget(weightIdentity) }
    Pool.shared.give(pointer, byteCount)
  }

  /// A number that no other storage has or had.
  func identifiedAsWeights() -> UInt64 {
    if weightIdentity == 0 { weightIdentity = Self.identities.wrappingAdd(1, ordering: .relaxed).oldValue }
    return weightIdentity
  }
}

/// Freed blocks by size class, to be used again: a training step asks for the same sizes at every step.
///
/// Classes are powers of two and the half steps between, so that at most a third of a block is waste.
final class Pool: Sendable {
  static let shared = Pool()

  private struct State {
    var free: [[UInt]] = Array(repeating: [], count: 128)
    var kept = 0, used = 0
    /// Bytes, in use and kept, beyond which nothing is kept: the least counts. Several threads may each set and lift one.
    var bounds: [Int: Int] = [:], nextBound = 0
    private(set) var bound = Int.max

    mutating func setBound(_ id: Int, _ bytes: Int?) {
      bounds[id] = bytes
      bound = bounds.values.min() ?? Int.max
    }

    var isOver: Bool { used + kept > bound }

    /// Takes kept blocks out, the largest first, until the rest is within the bound.
    mutating func surplus() -> [(address: UInt, bytes: Int)] {
      var out: [(address: UInt, bytes: Int)] = []
      var index = free.count - 1
      while isOver, kept > 0, index >= 0 {
        guard let address = free[index].popLast() else {
          index -= 1
          continue
        }
        kept -= Pool.bytes(ofClass: index)
        out.append((address, Pool.bytes(ofClass: index)))
      }
      return out
    }
  }
  private let state = Mutex(State())
  /// Bytes that may be in use at once: the machine's memory.
  let limit: Double
  /// Freed bytes that are kept; beyond, blocks go back to the system.
  private let keep: Int
  /// Blocks of this size and more are pages of their own, which go back to the system when they are freed.
  private static let ofPages = 1 << 20

  init() {
    let pages = max(sysconf(Int32(_SC_PHYS_PAGES)), 1), page = max(sysconf(Int32(_SC_PAGESIZE)), 1)
    limit = Double(pages) * Double(page)
    keep = Int(min(limit / 8, 1e12))
  }

  /// The class of a size and the bytes of its blocks; sizes are below 2^62.
  private func sizeClass(_ size: Int) -> (index: Int, bytes: Int) {
    let size = max(size, 64)
    let log = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
    let half = (1 << log) + (1 << (log - 1)), index = size <= half ? 2 * log : 2 * log + 1
    return (index, Self.bytes(ofClass: index))
  }

  private static func bytes(ofClass index: Int) -> Int {
    let log = index / 2
    return index % 2 == 0 ? (1 << log) + (1 << (log - 1)) : 1 << (log + 1)
  }

  func take(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size >= 0, Double(size) < limit else { return nil }
    let (index, bytes) = sizeClass(size)
    let found: (reused: UInt?, surplus: [(address: UInt, bytes: Int)])? = state.withLock { s in
      guard Double(s.used) + Double(bytes) < limit else { return nil }
      s.used += bytes
      guard let address = s.free[index].popLast() else { return (nil, s.isOver ? s.surplus() : []) }
      s.kept -= bytes
      return (address, [])
    }
    guard let found else { return nil }
    if let address = found.reused { return UnsafeMutableRawPointer(bitPattern: address) }
    for block in found.surplus { Self.release(UnsafeMutableRawPointer(bitPattern: block.address), block.bytes) }
    if let fresh = Self.fresh(bytes) { return fresh }
    state.withLock { $0.used -= bytes }
    return nil
  }

  func takeAfterDrop(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size >= 0, Double(size) < limit else { return nil }
    pith_convolution_drop()
    return take(size)
  }

  func give(_ pointer: UnsafeMutableRawPointer, _ size: Int) {
    let (index, bytes) = sizeClass(size)
    let isKept = state.withLock { s in
      guard s.kept + bytes <= keep, !s.isOver else {
        s.used -= bytes
        return false
      }
      s.used -= bytes
      s.kept += bytes
      s.free[index].append(UInt(bitPattern: pointer))
      return true
    }
    if !isKept { Self.release(pointer, bytes) }
  }

  /// Runs `body`, during which blocks are kept for later as long as all memory is at most `bytes` more than is in use now.
  func bounded<T>(_ bytes: Double, _ body: () throws -> T) rethrows -> T {
    let id = state.withLock { s in
      s.nextBound += 1
      s.setBound(s.nextBound, Int(min(Double(s.used) + bytes, 1e18)))
      return s.nextBound
    }
    defer { state.withLock { $0.setBound(id, nil) } }
    return try body()
  }

  /// Bytes in use, and kept for later.
  var held: (used: Int, kept: Int) { state.withLock { ($0.used, $0.kept) } }

  private static func fresh(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard bytes >= ofPages else { return aligned_alloc(64, (bytes + 63) & ~63) }
    let made = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return made == MAP_FAILED ? nil : made
  }

  private static func release(_ pointer: UnsafeMutableRawPointer?, _ bytes: Int) {
    guard let pointer else { return }
    if bytes >= ofPages { munmap(pointer, bytes) } else { free(pointer) }
  }
}

/// The memory of this machine.
public enum Memory {
  /// All of it, in bytes.
  public static var machine: Double { Pool.shared.limit }

  /// Runs `body`, during which freed memory is kept for later only within so many bytes beyond what is in use now.
  public static func bounded<T>(_ bytes: Double, _ body: () throws -> T) rethrows -> T { try Pool.shared.bounded(bytes, body) }
}
