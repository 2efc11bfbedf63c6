import Glibc

/// A file in the making, beside the one whose place it takes when it is finished. Let go before that, it is gone.
public final class FileWriter {
  private var descriptor: Int32 = -1
  private var temporary = ""
  private let place: String, path: String
  /// Small pieces are gathered here, so that not each is a call of the system.
  private var waiting: [UInt8] = []
  private static let gathered = 1 << 16

  init(_ place: String, shown path: String) throws(FileError) {
    (self.place, self.path) = (place, path)
    if Files.isFolder(place) { throw .isFolder(path) }
    let (folder, name) = Files.parted(place)
    // The name is cut so that it stays within the 255 bytes that a name may have.
    var template = Array((folder + "/." + String(decoding: name.utf8.prefix(200), as: UTF8.self) + ".XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw FileError(errno, path, isWriting: true) { .noFolder(Files.parted(path).folder) }
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    var old = stat()
    // A new file gets the rights that the user's mask leaves, one that was there keeps its own.
    fchmod(descriptor, stat(place, &old) == 0 ? old.st_mode & 0o777 : 0o666 & ~FileWriter.mask)
  }

  deinit { discard() }

  /// Adds bytes at the end.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if waiting.count + bytes.count < FileWriter.gathered {
      waiting.append(contentsOf: bytes)
      return
    }
    try flush()
    try put(bytes)
  }

  public func append(_ bytes: [UInt8]) throws(FileError) {
    try bytes.span.withUnsafeBytes { (buffer) throws(FileError) in try append(buffer) }
  }

  public func append(_ text: String) throws(FileError) { try append(Array(text.utf8)) }

  /// Brings all bytes to the disk and gives the file its name.
  public func finish() throws(FileError) {
    try flush()
    guard fsync(descriptor) == 0, rename(temporary, place) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
    // The new name must reach the disk as well; a folder that cannot be synchronised still has it.
    let folder = Glibc.open(Files.parted(place).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private func flush() throws(FileError) {
    let bytes = waiting
    waiting.removeAll(keepingCapacity: true)
    try bytes.span.withUnsafeBytes { (buffer) throws(FileError) in try put(buffer) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let put = Glibc.write(descriptor, base + done, bytes.count - done)
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { throw failure() }
      done += put
    }
  }

  private func failure() -> FileError {
    let code = errno
    discard()
    return FileError(code, path, isWriting: true) { .noFolder(Files.parted(path).folder) }
  }

  private func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
    descriptor = -1
  }

  private static var mask: mode_t {
    let mask = umask(0o022)
    umask(mask)
    return mask
  }
}
