import ArgumentParser
import COneDNN
import Shell

/// The command line: what to run, and how it speaks. Everything else is `Shell`.
@main
struct Pith: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pith",
    abstract: "A shell that answers one question about a neural network: what in it matters?",
    usage: """
      pith [OPTIONS]                   open the shell
      pith [OPTIONS] FILE [ARG ...]    run a .pscript file; `args` holds the rest
      pith [OPTIONS] -c TEXT           run a text
      pith [OPTIONS] -                 run standard input
      pith check FILE                  find the mistakes of a file, run nothing
      """,
    version: "pith \(Launch.version) (oneDNN \(String(cString: pith_onednn_version())))")

  @Option(name: .customShort("c"), help: ArgumentHelp("Run this text.", valueName: "text"))
  var text: String?

  @Flag(help: "Print every shown value as a JSON line.")
  var json = false

  @Flag(help: "No banner, no notes, no progress.")
  var quiet = false

  @Option(help: ArgumentHelp("Start the random stream with this seed.", valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Use at most so many threads.", valueName: "n"))
  var threads: Int32?

  @Flag(help: "No colours; NO_COLOR in the environment says the same.")
  var noColor = false

  @Flag(help: "Write no file, and read none outside the working folder.")
  var restricted = false

  @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The file to run and its arguments.", valueName: "file"))
  var rest: [String] = []

  func validate() throws {
    // What stands behind a file is the script's own, so the parser leaves all that follows to us.
    if rest.first == "--help" || rest.first == "-h" { throw CleanExit.helpRequest(self) }
    if rest.first == "--version" { throw CleanExit.message(Self.configuration.version) }
    if let first = rest.first, first.hasPrefix("-"), first != "-" { throw ValidationError("there is no option \(first)") }
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is between 1 and 256") }
  }

  func run() throws {
    var launch = Launch()
    (launch.style.isJSON, launch.style.isQuiet, launch.style.allowsColours) = (json, quiet, !noColor)
    (launch.seed, launch.threads, launch.isRestricted) = (seed, threads, restricted)
    throw ExitCode(launch.run(text: text, rest: rest))
  }

  /// Wrong usage ends with 2, as every shell's does; the library's own status for it is 64.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let code as ExitCode {
      exit(withError: code)
    } catch {
      let status = exitCode(for: error)
      guard !status.isSuccess else { exit(withError: error) }
      Launch.complain(fullMessage(for: error))
      exit(withError: ExitCode(2))
    }
  }
}
