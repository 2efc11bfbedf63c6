import Foundation
import PTYKit
import Testing

/// The program with files and pipes for its streams. Signals are as at a fresh login, whatever the test runner ignores.
final class Child {
  private let folder: Folder
  private let pid: pid_t
  /// The read ends of standard output and standard error; -1 once they are closed.
  private var ends: [Int32]
  private var received: [[UInt8]] = [[], []]
  private var status: Int32?
  private let deadline = ContinuousClock.now + .seconds(60)

  init(_ arguments: [String], in folder: Folder, input: String = "", environment: [String: String] = [:]) throws {
    self.folder = folder
    let name = "stdin-\(UUID().uuidString)"
    try folder.write(input, to: name)
    let (output, errors) = (try Self.pipe(in: folder), try Self.pipe(in: folder))
    defer { for end in [output[1], errors[1]] { close(end) } }
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, folder.path + "/" + name, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&files, output[1], 1)
    posix_spawn_file_actions_adddup2(&files, errors[1], 2)
    let all = PTY.environment.merging(folder.environment) { $1 }.merging(environment) { $1 }
    pid = try Self.spawn(["/bin/sh"] + Program.command(arguments, in: folder), all.map { "\($0)=\($1)" }, &files)
    ends = [output[0], errors[0]]
    try FileManager.default.removeItem(atPath: folder.path + "/" + name)
  }

  deinit {
    if status == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    for end in ends where end >= 0 { close(end) }
  }

  /// Two ends that the child inherits only as the stream they become, from the start: a child that another test starts at
  /// the same moment would hold them open. So it is a pipe with a name, for as long as it takes to open both ends.
  private static func pipe(in folder: Folder) throws -> [Int32] {
    let name = folder.path + "/pipe-\(UUID().uuidString)"
    guard mkfifo(name, 0o600) == 0 else { throw PTY.Failure.system("mkfifo", errno) }
    defer { unlink(name) }
    let reading = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard reading >= 0 else { throw PTY.Failure.system("open", errno) }
    let writing = open(name, O_WRONLY | O_CLOEXEC)
    guard writing >= 0 else {
      close(reading)
      throw PTY.Failure.system("open", errno)
    }
    _ = fcntl(reading, F_SETFL, 0)
    return [reading, writing]
  }

  private static func spawn(_ arguments: [String], _ environment: [String], _ files: inout posix_spawn_file_actions_t) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(Int(POSIX_SPAWN_SETSIGDEF) | Int(POSIX_SPAWN_SETSIGMASK)))
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.map { strdup($0) } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &files, &attributes, argv, envp)
    guard code == 0 else { throw PTY.Failure.system("posix_spawn \(arguments[0])", code) }
    return pid
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits until standard output has brought a text.
  func wait(for text: String) throws {
    while !String(decoding: received[0], as: UTF8.self).contains(text) {
      guard try pump() else { throw PTY.Failure.missing("the program ended before: \(text)") }
    }
  }

  /// Nobody reads on: what is written from now on meets a closed pipe.
  func closeOutput() {
    close(ends[0])
    ends[0] = -1
  }

  func finish() throws -> Finished {
    while try pump() {}
    var value: Int32 = 0
    while waitpid(pid, &value, WNOHANG) == 0 {
      guard ContinuousClock.now < deadline else { throw PTY.Failure.missing("the program does not end") }
      poll(nil, 0, 1)
    }
    let code = value & 0x7f == 0 ? (value >> 8) & 0xff : 128 + value & 0x7f
    status = code
    return Finished(
      output: String(decoding: received[0], as: UTF8.self), errors: String(decoding: received[1], as: UTF8.self), status: code)
  }

  /// Takes in what is there; false once both streams have ended.
  private func pump() throws -> Bool {
    guard ContinuousClock.now < deadline else { throw PTY.Failure.missing("the program says nothing more and does not end") }
    var sources = ends.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&sources, nfds_t(sources.count), 100) > 0 else { return ends.contains { $0 >= 0 } }
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    for (i, source) in sources.enumerated() where source.revents != 0 {
      let count = read(source.fd, &piece, piece.count)
      if count > 0 { received[i] += piece[..<count] } else if count == 0 {
        close(source.fd)
        ends[i] = -1
      }
    }
    return ends.contains { $0 >= 0 }
  }
}
