import Builtins
import Glibc

/// The session's only door to files: it knows the working folder, writes beside and renames, and keeps a restricted
/// session inside its folder.
public struct Files: Sendable {
  /// The working folder, from the root.
  public let folder: String
  /// Nothing is written, and nothing outside the working folder is read.
  public let isRestricted: Bool

  /// - Parameter folder: the working folder; nil for the process's own.
  public init(folder: String? = nil, isRestricted: Bool = false) {
    let asked = folder ?? "."
    self.folder = Files.real(asked) ?? asked
    self.isRestricted = isRestricted
  }

  /// The file opened for reading.
  public func open(_ path: String) throws(FileError) -> FileReader {
    try FileReader(allowed(path), shown: path, missing: { notFound(path) })
  }

  /// All bytes of a file.
  /// - Throws: `tooLarge` above `limit` bytes.
  public func read(_ path: String, limit: Int = 1 << 36) throws(FileError) -> [UInt8] {
    let file = try open(path)
    guard file.count <= limit else { throw .tooLarge(path, bytes: file.count, limit: limit) }
    return try file.bytes(at: 0, count: file.count)
  }

  /// Writes a file whole or not at all: the bytes go to a new file beside it, which takes its name at the end.
  public func write(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let writer = try writer(path)
    try writer.append(bytes)
    try writer.finish()
  }

  /// A new file beside the one at `path`, which takes its name when it is finished and is gone when it never is.
  public func writer(_ path: String) throws(FileError) -> FileWriter {
    if isRestricted { throw .restricted(path, isWriting: true) }
    let place = absolute(path)
    // A link keeps pointing where it did: what is written anew is the file at its end.
    return try FileWriter(Files.real(place) ?? place, shown: path)
  }

  /// Whether a file or folder is there and may be reached by this session.
  public func exists(_ path: String) -> Bool {
    guard let place = try? allowed(path) else { return false }
    return access(place, F_OK) == 0
  }

  /// The path from the root, with `~` and `~name` written out.
  public func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard path.hasPrefix("~") else { return folder + "/" + path }
    let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let user = parts.first.map(String.init) ?? ""
    guard let home = Files.home(of: user) else { return folder + "/" + path }
    return parts.count > 1 ? home + "/" + parts[1] : home
  }

  /// The path that the system is asked for. In a restricted session it has no links or `..` left, and lies inside the folder.
  private func allowed(_ path: String) throws(FileError) -> String {
    let place = absolute(path)
    guard isRestricted else { return place }
    guard let real = Files.real(place) else {
      // What is not there tells nothing of what lies around it: outside, its absence is not told either.
      let (parent, _) = Files.parted(place)
      guard let home = Files.real(parent), isInside(home) else { throw .restricted(path, isWriting: false) }
      throw notFound(path)
    }
    guard isInside(real) else { throw .restricted(path, isWriting: false) }
    return real
  }

  func isInside(_ real: String) -> Bool {
    real == folder || folder == "/" || real.utf8.starts(with: (folder + "/").utf8)
  }

  private func notFound(_ path: String) -> FileError {
    let (parent, name) = Files.parted(absolute(path))
    let meant = nearest(to: name, among: Files.names(in: parent))
    let written = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
    return .notFound(path, nearest: meant.map { written + $0 })
  }

  /// The folder and the name at the end of a path.
  public static func parted(_ place: String) -> (folder: String, name: String) {
    guard let slash = place.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", place) }
    let folder = String(place[..<slash])
    return (folder.isEmpty ? "/" : folder, String(place[place.utf8.index(after: slash)...]))
  }

  static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  private static func home(of user: String) -> String? {
    if user.isEmpty, let home = getenv("HOME") { return String(cString: home) }
    guard let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(user), let home = entry.pointee.pw_dir else { return nil }
    return String(cString: home)
  }
}
