import CKernels

/// Whether Ctrl-C was pressed since the statement began. Signal handlers set the flag; work stops at its next block.
public enum Interrupt {
  public static var isSet: Bool { pith_interrupted() != 0 }
  public static func set(_ isOn: Bool) { pith_set_interrupted(isOn ? 1 : 0) }
}
