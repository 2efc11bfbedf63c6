/// An error of this layer: one sentence with the facts, and what to do next where that is known.
public protocol ExplainedError: Error, CustomStringConvertible {
  var help: String? { get }
}

/// What can be wrong with a file or a folder, whose path is as the user wrote it.
public enum FileError: Error, Equatable {
  /// `nearest` is a name in the same folder that was probably meant.
  case notFound(String, nearest: String?)
  /// The folder in which a file was to be written.
  case noFolder(String)
  case isFolder(String)
  /// A pipe, a socket or a device.
  case notAFile(String)
  case noPermission(String, isWriting: Bool)
  case tooLarge(String, bytes: Int, limit: Int)
  case restricted(String, isWriting: Bool)
  case system(String, text: String)
}

extension FileError: ExplainedError {
  public var description: String {
    switch self {
    case .notFound(let path, _): "there is no file `\(path)`"
    case .noFolder(let path): "there is no folder `\(path)`"
    case .isFolder(let path): "`\(path)` is a folder"
    case .notAFile(let path): "`\(path)` is a pipe or a device, not a file"
    case .noPermission(let path, let isWriting): "`\(path)` may not be \(isWriting ? "written" : "read")"
    case .tooLarge(let path, let bytes, let limit): "`\(path)` has \(bytes) bytes, more than the \(limit) that are taken"
    case .restricted(let path, true): "`\(path)` is not written: this is a restricted session"
    case .restricted(let path, false): "`\(path)` lies outside the working folder of this restricted session"
    case .system(let path, let text): "`\(path)`: \(text)"
    }
  }

  public var help: String? {
    switch self {
    case .notFound(_, let nearest): nearest.map { "did you mean `\($0)`?" }
    case .restricted(_, true): "`--restricted` was given: nothing is written"
    case .restricted(_, false): "`--restricted` was given: only files in the working folder are read"
    default: nil
    }
  }
}
