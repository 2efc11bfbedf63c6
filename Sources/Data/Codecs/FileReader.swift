import Glibc

/// Bytes that a format is read from: a file, or memory.
protocol ByteSource {
  var count: Int { get }
  /// Fills the buffer with the bytes from `start` on; all of them lie inside.
  func read(into buffer: UnsafeMutableRawBufferPointer, at start: Int) throws(FileError)
}

extension ByteSource {
  func bytes(at start: Int, count: Int) throws(FileError) -> [UInt8] {
    do {
      return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        try read(into: UnsafeMutableRawBufferPointer(buffer), at: start)
        filled = count
      }
    } catch let error as FileError {
      throw error
    } catch {
      throw .system("", text: "\(error)")
    }
  }
}

extension [UInt8]: ByteSource {
  func read(into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
    withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + buffer.count)])) }
  }
}

/// A file that is open for reading. It is read, not mapped: a file that shrinks meanwhile is then an error and not a signal.
public final class FileReader: ByteSource {
  private let descriptor: Int32
  let path: String
  /// The bytes that it had when it was opened.
  public let count: Int

  init(_ place: String, shown path: String, missing: () -> FileError) throws(FileError) {
    // A pipe without a writer would keep an open without O_NONBLOCK waiting.
    let descriptor = Glibc.open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(errno, path, isWriting: false, missing: missing) }
    (self.descriptor, self.path) = (descriptor, path)
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    count = isKnown ? Int(status.st_size) : 0
    guard isKnown else { throw .system(path, text: String(cString: strerror(errno))) }
    if status.st_mode & S_IFMT == S_IFDIR { throw .isFolder(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
  }

  deinit { close(descriptor) }

  func read(into buffer: UnsafeMutableRawBufferPointer, at start: Int) throws(FileError) {
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
      let got = pread(descriptor, base + done, buffer.count - done, off_t(start + done))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .system(path, text: String(cString: strerror(errno))) }
      guard got > 0 else { throw .system(path, text: "it became shorter while it was read") }
      done += got
    }
  }
}
