import CEditline

/// The line being edited, in libedit's own memory.
///
/// Invariants leaned on: the editor is alive (`TerminalInput` ends it last), and pointers from `ced_line` are read
/// before anything changes the line.
struct LineBuffer {
  let editor: OpaquePointer

  /// The whole entry and the cursor's place in it, in code points.
  var content: EditedText {
    var start: UnsafePointer<UInt32>?
    var cursor = 0
    let count = ced_line(editor, &start, &cursor)
    let scalars = UnsafeBufferPointer(start: start, count: count).map { Unicode.Scalar($0) ?? "\u{fffd}" }
    return EditedText(scalars: scalars, cursor: min(cursor, count))
  }

  /// Puts text before the cursor.
  func insert(_ text: some Sequence<Unicode.Scalar>) {
    // libedit reads up to a 0, so none may be inside.
    var codes = text.map(\.value).filter { $0 != 0 }
    guard !codes.isEmpty else { return }
    codes.append(0)
    _ = ced_insert(editor, codes)
  }

  func insert(_ text: String) { insert(text.unicodeScalars) }

  /// Moves the cursor by code points; libedit stops it at both ends.
  func move(by distance: Int) {
    _ = el_cursor(editor, Int32(clamping: distance))
  }

  func move(to place: Int) { move(by: place - content.cursor) }

  /// Deletes code points before the cursor.
  func deleteBackward(_ count: Int) {
    guard count > 0 else { return }
    el_deletestr(editor, Int32(clamping: count))
  }

  func delete(_ range: Range<Int>) {
    move(to: range.upperBound)
    deleteBackward(range.count)
  }

  /// Replaces everything; the cursor goes to `cursor`, or to the end.
  func replace(with text: String, cursor: Int? = nil) {
    let old = content
    move(by: old.scalars.count - old.cursor)
    deleteBackward(old.scalars.count)
    insert(text)
    if let cursor { move(to: cursor) }
  }
}
