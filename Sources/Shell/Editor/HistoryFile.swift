import Glibc

/// The file behind a history: lines are appended under a lock, so that two sessions lose nothing of each other's, and
/// read from where the last reading ended.
final class HistoryFile {
  /// What came since the last reading.
  struct News {
    /// Another session has rewritten the file, or this is the first reading.
    let startsOver: Bool
    let lines: [ArraySlice<UInt8>]
  }

  /// How many lines the file has, as far as it was read.
  private(set) var lines = 0

  private let path: String
  private var read: off_t = 0
  private var identity: ino_t?
  /// The most that is read of a file, from its end: a history is far smaller, a mistaken path may not be.
  private static let readLimit: off_t = 32 << 20

  init(path: String) { self.path = path }

  /// Adds one line; false where that is impossible.
  func append(_ line: [UInt8]) -> Bool {
    makeFolder()
    guard let file = openLocked(O_RDWR | O_APPEND | O_CREAT) else { return false }
    defer { close(file) }
    var bytes = line + [UInt8(ascii: "\n")]
    if !endsLine(file) { bytes.insert(UInt8(ascii: "\n"), at: 0) }
    return Self.write(bytes, to: file)
  }

  /// The whole lines that were added since the last call; nil if there are none or no file.
  func news() -> News? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard let status = Self.status(file) else { return nil }
    let startsOver = identity != status.st_ino || status.st_size < read
    if startsOver {
      read = max(0, status.st_size - Self.readLimit)
      lines = 0
      identity = status.st_ino
    }
    guard startsOver || status.st_size > read else { return nil }
    let bytes = Self.bytes(file, from: read, to: min(status.st_size, read + Self.readLimit))
    // The last line may be half written.
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? []
    read += off_t(whole.count)
    let news = whole.split(separator: UInt8(ascii: "\n"))
    lines += news.count
    return News(startsOver: startsOver, lines: news)
  }

  /// Replaces the file by these lines at once: a reader sees the old file or the new one. Nothing happens if another
  /// session has added to it meanwhile or holds the lock; there will be another time.
  func rewrite(_ newLines: [[UInt8]]) {
    guard let file = openLocked(O_RDWR | O_APPEND) else { return }
    defer { close(file) }
    guard let status = Self.status(file), status.st_size == read, status.st_ino == identity else { return }
    let temporary = "\(path).\(getpid())"
    let new = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard new >= 0 else { return }
    let bytes = newLines.flatMap { $0 + [UInt8(ascii: "\n")] }
    let isWritten = Self.write(bytes, to: new) && fsync(new) == 0
    let newStatus = Self.status(new)
    close(new)
    guard isWritten, let newStatus, rename(temporary, path) == 0 else {
      unlink(temporary)
      return
    }
    read = newStatus.st_size
    identity = newStatus.st_ino
    lines = newLines.count
  }

  /// The file behind `path`, open and locked. A session that waited for the lock may hold what another has renamed
  /// away, so the name is looked up again. Where no lock can be had in half a second (a stopped session, a network
  /// folder) it goes on without: an appended line stays whole even then.
  private func openLocked(_ flags: Int32) -> Int32? {
    for _ in 0..<100 {
      let file = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
      guard file >= 0 else { return nil }
      guard let status = Self.status(file) else {
        close(file)
        return nil
      }
      let isLocked = flock(file, LOCK_EX | LOCK_NB) == 0
      var named = stat()
      if isLocked, stat(path, &named) == 0, named.st_ino == status.st_ino { return file }
      close(file)
      if !isLocked { poll(nil, 0, 5) }
    }
    return flags & O_CREAT != 0 ? openUnlocked(flags) : nil
  }

  private func openUnlocked(_ flags: Int32) -> Int32? {
    let file = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
    return file >= 0 ? file : nil
  }

  /// nil for what is no plain file.
  private static func status(_ file: Int32) -> stat? {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status
  }

  private func endsLine(_ file: Int32) -> Bool {
    guard let status = Self.status(file), status.st_size > 0 else { return true }
    var last: UInt8 = 0
    return pread(file, &last, 1, status.st_size - 1) == 1 && last == UInt8(ascii: "\n")
  }

  private static func bytes(_ file: Int32, from start: off_t, to end: off_t) -> [UInt8] {
    let count = Int(end - start)  // at most `readLimit`
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      while filled < count {
        let got = pread(file, bytes.baseAddress.map { $0 + filled }, count - filled, start + off_t(filled))
        if got < 0, errno == EINTR { continue }
        if got <= 0 { break }
        filled += got
      }
    }
  }

  private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Glibc.write(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return false }
        done += count
      }
      return true
    }
  }

  /// Makes the folders above the file, for this user alone.
  private func makeFolder() {
    var folder = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
      folder += part + "/"
      if access(folder, F_OK) != 0 { mkdir(folder, 0o700) }
    }
  }
}
