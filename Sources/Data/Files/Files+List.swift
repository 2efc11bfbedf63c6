import Glibc

extension Files {
  /// The ways to go on with a path that was typed in part: names with their folder as it was typed, folders with a slash at
  /// the end, sorted. Hidden names are told only where the part begins with a dot.
  public func completions(of part: String) -> [String] {
    let slash = part.utf8.lastIndex(of: UInt8(ascii: "/"))
    let typed = slash.map { String(part[...$0]) } ?? ""
    let start = slash.map { String(part[part.utf8.index(after: $0)...]) } ?? part
    guard let names = try? list(typed.isEmpty ? "." : typed) else { return [] }
    return names.filter { $0.hasPrefix(start) && (!$0.hasPrefix(".") || start.hasPrefix(".")) }.map { typed + $0 }
  }

  /// The names in a folder, sorted, those of folders with a slash at the end.
  public func list(_ path: String = ".") throws(FileError) -> [String] {
    let place = absolute(path)
    if isRestricted {
      guard let real = Files.real(place), isInside(real) else { throw .restricted(path, isWriting: false) }
    }
    guard let folder = opendir(place) else { throw FileError(errno, path, isWriting: false) { .notFound(path, nearest: nil) } }
    closedir(folder)
    return Files.names(in: place).map { Files.isFolder(place + "/" + $0) ? $0 + "/" : $0 }.sorted()
  }

  /// The names in a folder but `.` and `..`; none where it cannot be read.
  static func names(in place: String) -> [String] {
    guard let folder = opendir(place) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func isFolder(_ place: String) -> Bool {
    var status = stat()
    return stat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

extension FileError {
  /// What the system said.
  init(_ code: Int32, _ path: String, isWriting: Bool, missing: () -> FileError) {
    switch code {
    case ENOENT, ENOTDIR: self = missing()
    case EACCES, EPERM, EROFS: self = .noPermission(path, isWriting: isWriting)
    case EISDIR: self = .isFolder(path)
    default: self = .system(path, text: String(cString: strerror(code)))
    }
  }
}
