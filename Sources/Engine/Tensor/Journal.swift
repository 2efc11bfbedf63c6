/// The one door to what exists already. It keeps what was there before, puts it back where a statement fails, and is what
/// `undo` replays.
public final class Journal {
  private var undos: [() -> Void] = []
  private var saved: [ObjectIdentifier: Storage] = [:]
  /// Bytes of memory that the old values take.
  public private(set) var byteCount = 0

  public init() {}

  public var isEmpty: Bool { undos.isEmpty }

  /// Notes how to take back a change that is about to be made.
  public func note(_ undo: @escaping () -> Void) { undos.append(undo) }

  /// Lets `body` write into a tensor's memory, whose bytes are kept the first time.
  public func write<T>(_ tensor: Tensor, _ body: () throws -> T) throws -> T {
    try keep(tensor.storage)
    tensor.storage.version += 1
    return try body()
  }

  private func keep(_ storage: Storage) throws(TensorError) {
    let id = ObjectIdentifier(storage)
    guard saved[id] == nil else { return }
    let copy = try Storage(byteCount: storage.byteCount)
    copy.pointer.copyMemory(from: storage.pointer, byteCount: storage.byteCount)
    // `saved` holds the storage, so that no other can take its identity while the journal lives.
    saved[id] = storage
    byteCount += storage.byteCount
    undos.append {
      storage.pointer.copyMemory(from: copy.pointer, byteCount: storage.byteCount)
      storage.version += 1
    }
  }

  /// Takes back all changes, the last one first.
  public func rollBack() {
    while let undo = undos.popLast() { undo() }
    saved = [:]
    byteCount = 0
  }

  /// Takes over the changes of a later journal, as when the statements of a block succeed one by one.
  public func append(_ later: Journal) {
    undos += later.undos
    saved.merge(later.saved) { first, _ in first }
    byteCount += later.byteCount
    later.undos = []
  }
}
