import Glibc

/// What the environment says of the terminal.
enum TerminalNames {
  /// Takes the user's character set; where that is not UTF-8 (as in containers without locales), one that is.
  /// Numbers keep their point: only the character set is taken.
  static func useUTF8() {
    if setlocale(LC_CTYPE, "") != nil, isUTF8 { return }
    if setlocale(LC_CTYPE, "C.UTF-8") != nil, isUTF8 { return }
    setlocale(LC_CTYPE, "en_US.UTF-8")
  }

  private static var isUTF8: Bool {
    nl_langinfo(Int32(CODESET)).map { String(cString: $0) == "UTF-8" } ?? false
  }

  /// The name of the terminal that libedit is to believe in: `name` if this machine describes it, else the nearest
  /// that it does. libedit would complain on the screen and treat the terminal as dumb; every current one understands
  /// xterm's language.
  static func known(_ name: String?) -> String {
    guard let name, !name.isEmpty, name != "dumb", !name.contains("/") else { return "dumb" }
    return [name, "xterm-256color", "xterm", "vt100"].first(where: isDescribed) ?? "dumb"
  }

  private static func isDescribed(_ name: String) -> Bool {
    guard let first = name.utf8.first else { return false }
    let hex = String(first, radix: 16)
    return folders.contains { folder in
      access("\(folder)/\(Character(Unicode.Scalar(first)))/\(name)", R_OK) == 0
        || access("\(folder)/\(hex)/\(name)", R_OK) == 0
    }
  }

  private static var folders: [String] {
    var folders = [variable("TERMINFO"), variable("HOME").map { $0 + "/.terminfo" }].compactMap(\.self)
    folders += (variable("TERMINFO_DIRS") ?? "").split(separator: ":").map(String.init)
    return folders + ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"]
  }

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
