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
  }
  private let state = Mutex(State())
  /// Bytes that may be in use at once: the machine's memory.
  let limit: Double
  /// Freed bytes that are kept; beyond, blocks go back to the system.
  private let keep: Int

  init() {
    let pages = max(sysconf(Int32(_SC_PHYS_PAGES)), 1), page = max(sysconf(Int32(_SC_PAGESIZE)), 1)
    limit = Double(pages) * Double(page)
    keep = Int(min(limit / 8, 1e12))
  }

  /// The class of a size and the bytes of its blocks; sizes are below 2^62.
  private func sizeClass(_ size: Int) -> (index: Int, bytes: Int) {
    let size = max(size, 64)
    let log = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
    let half = (1 << log) + (1 << (log - 1))
    return size <= half ? (2 * log, half) : (2 * log + 1, 1 << (log + 1))
  }

  func take(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size >= 0, Double(size) < limit else { return nil }
    let (index, bytes) = sizeClass(size)
    let reused: UInt?? = state.withLock { s in
      guard Double(s.used) + Double(bytes) < limit else { return nil }
      s.used += bytes
      guard let address = s.free[index].popLast() else { return .some(nil) }
      s.kept -= bytes
      return .some(address)
    }
    guard let reused else { return nil }
    if let address = reused { return UnsafeMutableRawPointer(bitPattern: address) }
    if let fresh = aligned_alloc(64, (bytes + 63) & ~63) { return fresh }
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
      s.used -= bytes
      guard s.kept + bytes <= keep else { return false }
      s.kept += bytes
      s.free[index].append(UInt(bitPattern: pointer))
      return true
    }
    if !isKept { free(pointer) }
  }
}

/// The memory of this machine.
public enum Memory {
  /// All of it, in bytes.
  public static var machine: Double { Pool.shared.limit }
}
