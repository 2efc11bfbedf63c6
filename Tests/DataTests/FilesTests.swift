import Glibc
import Testing

@testable import Data

/// A folder that is there for one test.
final class TemporaryFolder {
  let path: String
  init() throws {
    var template = Array("/tmp/pith-data-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }
  deinit { remove(path) }

  private func remove(_ place: String) {
    for name in Files.names(in: place) {
      if Files.isFolder(place + "/" + name) { remove(place + "/" + name) } else { unlink(place + "/" + name) }
    }
    rmdir(place)
  }
}

@Suite struct FilesTests {
  let folder: TemporaryFolder
  let files: Files
  init() throws {
    folder = try TemporaryFolder()
    files = Files(folder: folder.path)
  }

  @Test func whatIsWrittenIsRead() throws {
    try files.write("a.txt", [1, 2, 3])
    try files.write("a.txt", [4, 5])
    #expect(try files.read("a.txt") == [4, 5])
    #expect(files.exists("a.txt"))
    #expect(try files.list() == ["a.txt"])
  }

  @Test func aFileThatIsNotFinishedLeavesTheOldOneAndNothingElse() throws {
    try files.write("a.txt", [1])
    do {
      let writer = try files.writer("a.txt")
      try writer.append([UInt8](repeating: 9, count: 200_000))
    }
    #expect(try files.read("a.txt") == [1])
    #expect(try files.list() == ["a.txt"])
  }

  @Test func aFailedSaveLeavesTheOldFile() throws {
    try files.write("a.csv", [1])
    #expect(throws: DataError.self) { try Loader.save("text", to: "a.csv", files: files) }
    #expect(try files.read("a.csv") == [1])
    #expect(try files.list() == ["a.csv"])
  }

  @Test func errorsNameWhatIsWrong() throws {
    try files.write("weights.csv", [])
    mkdir(folder.path + "/sub", 0o755)
    mkfifo(folder.path + "/pipe", 0o600)
    #expect(throws: FileError.notFound("weigths.csv", nearest: "weights.csv")) { try files.read("weigths.csv") }
    #expect(throws: FileError.notFound("./weigths.csv", nearest: "./weights.csv")) { try files.read("./weigths.csv") }
    #expect(throws: FileError.isFolder("sub")) { try files.read("sub") }
    #expect(throws: FileError.isFolder("sub")) { try files.write("sub", []) }
    #expect(throws: FileError.notAFile("pipe")) { try files.read("pipe") }
    #expect(throws: FileError.noFolder("no")) { try files.write("no/a.txt", []) }
    #expect(throws: FileError.tooLarge("weights.csv", bytes: 2, limit: 1)) {
      try files.write("weights.csv", [0, 0])
      _ = try files.read("weights.csv", limit: 1)
    }
    #expect(throws: FileError.self) { try files.read("a\u{0}b") }
  }

  @Test func aLinkKeepsPointing() throws {
    try files.write("real.txt", [1])
    symlink("real.txt", folder.path + "/link.txt")
    try files.write("link.txt", [2])
    #expect(try files.read("real.txt") == [2])
  }

  @Test func rightsAreKept() throws {
    try files.write("a.txt", [1])
    chmod(folder.path + "/a.txt", 0o640)
    try files.write("a.txt", [2])
    var status = stat()
    #expect(stat(folder.path + "/a.txt", &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test func aRestrictedSessionStaysInside() throws {
    try files.write("in.txt", [1])
    mkdir(folder.path + "/work", 0o755)
    try files.write("work/own.txt", [2])
    symlink("../in.txt", folder.path + "/work/link.txt")
    mkdir(folder.path + "/workshop", 0o755)
    try files.write("workshop/x.txt", [3])
    let inside = Files(folder: folder.path + "/work", isRestricted: true)
    #expect(try inside.read("own.txt") == [2])
    #expect(try inside.read("../work/own.txt") == [2])
    for path in ["../in.txt", "link.txt", folder.path + "/in.txt", "/etc/passwd", "../workshop/x.txt", "~", "../nothing.txt"] {
      #expect(throws: FileError.restricted(path, isWriting: false)) { try inside.read(path) }
      #expect(!inside.exists(path))
    }
    #expect(throws: FileError.restricted("own.txt", isWriting: true)) { try inside.write("own.txt", []) }
    #expect(throws: FileError.restricted("..", isWriting: false)) { try inside.list("..") }
    #expect(throws: FileError.notFound("owm.txt", nearest: "own.txt")) { try inside.read("owm.txt") }
  }

  @Test func completionsGoOnWithAPath() throws {
    for name in ["data.csv", "dark.csv", ".hidden"] { try files.write(name, []) }
    mkdir(folder.path + "/day", 0o755)
    try files.write("day/one.npy", [])
    #expect(files.completions(of: "da") == ["dark.csv", "data.csv", "day/"])
    #expect(files.completions(of: "day/o") == ["day/one.npy"])
    #expect(files.completions(of: ".") == [".hidden"])
    #expect(files.completions(of: "no/where") == [])
  }

  @Test func homeIsWrittenOut() throws {
    let home = try #require(getenv("HOME").map { String(cString: $0) })
    #expect(files.absolute("~/a") == home + "/a")
    #expect(files.absolute("~nobody-of-that-name/a") == files.folder + "/~nobody-of-that-name/a")
  }
}
