/// A drawing of dots, 2 across and 4 down in every cell as braille has them; in ASCII one sign a cell.
struct DotCanvas {
  let columns: Int, rows: Int
  private var dots: [UInt8]
  private var owners: [Int?]

  init(columns: Int, rows: Int) {
    (self.columns, self.rows) = (columns, rows)
    dots = Array(repeating: 0, count: columns * rows)
    owners = Array(repeating: nil, count: columns * rows)
  }

  var width: Int { columns * 2 }
  var height: Int { rows * 4 }

  /// - Parameter y: counted from the top.
  mutating func dot(_ x: Int, _ y: Int, owner: Int) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let cell = y / 4 * columns + x / 2
    // Bits of braille: 1 2 3 7 down the left side, 4 5 6 8 down the right.
    let bits: [UInt8] = x % 2 == 0 ? [0x01, 0x02, 0x04, 0x40] : [0x08, 0x10, 0x20, 0x80]
    dots[cell] |= bits[y % 4]
    owners[cell] = owner
  }

  /// A straight line, both ends drawn.
  mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int), owner: Int) {
    let steps = max(abs(b.x - a.x), abs(b.y - a.y))
    guard steps > 0 else { return dot(a.x, a.y, owner: owner) }
    for i in 0...steps {
      let t = Double(i) / Double(steps)
      let x = Double(a.x) + t * Double(b.x - a.x), y = Double(a.y) + t * Double(b.y - a.y)
      dot(Int(x.rounded()), Int(y.rounded()), owner: owner)
    }
  }

  func text(row: Int, style: TextStyle) -> String {
    var out = ""
    for column in 0..<columns {
      let cell = row * columns + column
      guard let owner = owners[cell] else {
        // An empty braille cell, as a space of some fonts has another width.
        out += style.unicode ? "\u{2800}" : " "
        continue
      }
      let sign = style.unicode ? Unicode.Scalar(0x2800 + UInt32(dots[cell])).map { String($0) } ?? "" : DotCanvas.sign(owner)
      out += style.paint(sign, TextStyle.series(owner))
    }
    return out
  }

  static func sign(_ owner: Int) -> String { ["*", "+", "o", "x", "#", "@"][owner % 6] }
}
