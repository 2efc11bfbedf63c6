import Glibc

/// A child process on a pseudo-terminal of its own, with a model of what its screen shows.
///
/// No helper program and no fork: the child becomes a session leader as it is spawned, and the first terminal that it
/// then opens becomes its controlling one. So Ctrl-C and Ctrl-Z, sent as bytes, really raise signals.
public final class PTY {
  public enum Failure: Error, CustomStringConvertible {
    case system(String, Int32)
    case missing(String)

    public var description: String {
      switch self {
      case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
      case .missing(let what): what
      }
    }
  }

  public let pid: pid_t
  /// All bytes that the child has written.
  public private(set) var raw: [UInt8] = []
  public private(set) var screen: Screen

  private let master: Int32
  private var status: Int32?
  private var isOpen = true

  /// The child sees only this environment, so that nothing of the developer's own reaches a test.
  public static let environment = [
    "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
    "SWIFT_BACKTRACE": "enable=no",
  ]

  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], rows: Int = 24, columns: Int = 80
  ) throws {
    // Closed on exec from the start: a child that another test starts at the same moment must not inherit it.
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard master >= 0 else { throw Failure.system("open /dev/ptmx", errno) }
    var number: Int32 = 0, isLocked: Int32 = 0
    let (unlock, ask): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK and TIOCGPTN, which are macros of a kind that Swift cannot read
    guard ioctl(master, unlock, &isLocked) == 0, ioctl(master, ask, &number) == 0 else {
      let code = errno
      Glibc.close(master)
      throw Failure.system("ioctl /dev/ptmx", code)
    }
    let name = Array("/dev/pts/\(number)".utf8CString)
    Self.setSize(master, rows, columns)
    let all = Self.environment.merging(environment) { $1 }
    do {
      pid = try Self.spawn([path] + arguments, all.map { "\($0)=\($1)" }, on: name)
    } catch {
      Glibc.close(master)
      throw error
    }
    self.master = master
    screen = Screen(rows: rows, columns: columns)
  }

  deinit {
    if status == nil {
      kill(pid, SIGKILL)
      reap(0)
    }
    Glibc.close(master)
  }

  private static func spawn(_ arguments: [String], _ environment: [String], on terminal: [CChar]) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    let newSession = 0x80  // POSIX_SPAWN_SETSID, which Glibc's headers keep from Swift
    posix_spawnattr_setflags(&attributes, Int16(Int(POSIX_SPAWN_SETSIGDEF) | Int(POSIX_SPAWN_SETSIGMASK) | newSession))
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, terminal, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&files, 0, 1)
    posix_spawn_file_actions_adddup2(&files, 0, 2)
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.map { strdup($0) } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &files, &attributes, argv, envp)
    guard code == 0 else { throw Failure.system("posix_spawn \(arguments[0])", code) }
    return pid
  }

  // MARK: what the child shows

  /// Takes in what arrives within some milliseconds; false once the child has closed its end.
  @discardableResult public func pump(_ milliseconds: Int32 = 0) -> Bool {
    guard isOpen else { return false }
    var source = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&source, 1, milliseconds) > 0 else { return true }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(master, &bytes, bytes.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return true }
    guard count > 0 else {  // EIO: no process has the other end any more
      isOpen = false
      return false
    }
    raw += bytes[..<count]
    screen.feed(bytes[..<count])
    return true
  }

  /// Waits until the screen is as it should be; the failure shows the screen as it is. Look at the cursor too: text is
  /// often right before the program is ready for the next key.
  public func wait(_ what: String, seconds: Int = 60, _ isReady: (Screen) -> Bool) throws {
    let end = Self.now() + seconds * 1000
    while !isReady(screen) {
      guard Self.now() < end else { throw Failure.missing("waited in vain for: \(what)\n\(screen.described)") }
      if !pump(20), !isReady(screen) { throw Failure.missing("the program ended before: \(what)\n\(screen.described)") }
    }
  }

  /// Waits for a condition outside the screen, taking in what the child writes meanwhile.
  public func wait(_ what: String, seconds: Int = 60, until isReady: () -> Bool) throws {
    try wait(what, seconds: seconds) { _ in isReady() }
  }

  // MARK: what the child gets

  public func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends in small pieces and takes in output in between: a terminal's queue holds 4 kB, and with both full both sides
  /// would wait for ever.
  public func send(_ bytes: [UInt8]) {
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    defer { _ = fcntl(master, F_SETFL, 0) }
    var sent = 0
    let end = Self.now() + 60_000
    while sent < bytes.count, isOpen, Self.now() < end {
      let piece = bytes[sent..<min(sent + 256, bytes.count)]
      let count = piece.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      if count > 0 { sent += count }
      pump(count > 0 ? 0 : 5)
    }
  }

  /// The kernel tells the child with SIGWINCH.
  public func resize(rows: Int, columns: Int, reflows: Bool = true) {
    pump()
    screen.resize(rows: rows, columns: columns, reflows: reflows)
    Self.setSize(master, rows, columns)
  }

  public func signal(_ number: Int32) { kill(pid, number) }

  // MARK: how it ends

  /// The exit status, with 128 added to the number of a signal that ended it.
  public func waitForExit(seconds: Int = 60) throws -> Int32 {
    let end = Self.now() + seconds * 1000
    while status == nil {
      guard Self.now() < end else { throw Failure.missing("the program does not end\n\(screen.described)") }
      if !pump(20) { poll(nil, 0, 5) }
      reap(WNOHANG)
    }
    while isOpen, hasOutput { pump() }
    let value = status ?? 0
    return value & 0x7f == 0 ? (value >> 8) & 0xff : 128 + value & 0x7f
  }

  private var hasOutput: Bool {
    var source = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    return poll(&source, 1, 0) > 0
  }

  private func reap(_ options: Int32) {
    var value: Int32 = 0
    var result: pid_t = 0
    repeat { result = waitpid(pid, &value, options) } while result < 0 && errno == EINTR
    if result == pid { status = value }
  }

  private static func setSize(_ terminal: Int32, _ rows: Int, _ columns: Int) {
    var size = winsize(
      ws_row: UInt16(clamping: rows), ws_col: UInt16(clamping: columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
