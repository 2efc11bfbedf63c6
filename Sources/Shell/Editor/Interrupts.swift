import CEditline

/// The process's signals. Ctrl-C while a command runs is counted, not obeyed: the command looks and stops where it can.
public enum Interrupts {
  /// Installs the handlers, once for the process, whether or not there is a terminal.
  ///
  /// SIGTERM and SIGHUP give the terminal back and leave with 143 and 129; SIGTSTP gives it back, stops, and takes it
  /// again. A signal that the parent ignores stays ignored.
  /// - Parameter flag: where each SIGINT adds 1 while no entry is being typed. It must live as long as the process.
  ///   `TerminalInput.next` sets it to 0 as it returns.
  public static func install(counting flag: UnsafeMutablePointer<Int32>) {
    ced_set_interrupt_flag(flag)
    _ = ced_install_signals()
  }
}
