/// The different texts of one column, numbered as they are met.
struct CategoryTable {
  private(set) var names: [[UInt8]] = []
  /// Places in `names` plus one, by the low bits of the hash; 0 where there is none.
  private var slots = [Int32](repeating: 0, count: 64)
  private var last = -1

  /// The number of a text, which is new where it was not met before.
  mutating func number(of text: UnsafeBufferPointer<UInt8>) -> Int {
    // Files are often sorted by category.
    if last >= 0, isSame(last, text) { return last }
    var slot = hash(text) & (slots.count - 1)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if isSame(place, text) {
        last = place
        return place
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    names.append(Array(text))
    slots[slot] = Int32(names.count)
    last = names.count - 1
    if names.count * 2 > slots.count { grow() }
    return names.count - 1
  }

  private func isSame(_ place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard names[place].count == text.count else { return false }
    for i in 0..<text.count where names[place][i] != text[i] { return false }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 4)
    for (place, name) in names.enumerated() {
      var slot = name.withUnsafeBufferPointer { hash($0) } & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(place + 1)
    }
  }

  /// FNV-1a.
  private func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var h: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text { h = (h ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: (h ^ (h >> 32)) & 0x7fff_ffff)
  }
}
