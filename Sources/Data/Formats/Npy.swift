import Builtins
import Engine

/// What can be wrong with a NumPy file.
public enum NpyError: Error, Equatable {
  case notNpy
  case version(Int)
  case truncated(bytes: Int, missing: Int)
  case header(String)
  case dtype(String)
  case tooLarge(shape: [Int])
}

extension NpyError: ExplainedError {
  public var description: String {
    switch self {
    case .notNpy: "this is no .npy file: it does not begin with `\\x93NUMPY`"
    case .version(let version): "version \(version) of the format is not known"
    case .truncated(let bytes, let missing): "the file is cut off: it has \(bytes) bytes, \(missing) \(missing == 1 ? "is" : "are") missing"
    case .header(let what): "the header is wrong: \(what)"
    case .dtype(let met): "an array of type `\(met)` is not read"
    case .tooLarge(let shape): "an array of \(shape) has more bytes than a file can have"
    }
  }

  public var help: String? {
    switch self {
    case .dtype: "read are f8, f4, f2, i8, i4, i2, i1, u4, u2, u1 and b1, little endian"
    default: nil
    }
  }
}

/// One array, as NumPy saves it.
/// - Source: NumPy's format description, versions 1 to 3.
enum Npy {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  static func load(_ source: some ByteSource) throws -> Tensor {
    let start = try source.bytes(at: 0, count: min(source.count, 12))
    guard start.starts(with: magic) else { throw NpyError.notNpy }
    guard start.count == 12 else { throw NpyError.truncated(bytes: source.count, missing: 12 - source.count) }
    guard 1...3 ~= start[6] else { throw NpyError.version(Int(start[6])) }
    let wide = start[6] > 1
    let length = start[8..<(wide ? 12 : 10)].reversed().reduce(0) { $0 << 8 | Int($1) }
    let first = (wide ? 12 : 10) + length
    guard source.count >= first else { throw NpyError.truncated(bytes: source.count, missing: first - source.count) }
    let header = try NpyHeader(try source.bytes(at: first - length, count: length))
    guard let bytes = header.type.byteCount(header.shape) else { throw NpyError.tooLarge(shape: header.shape) }
    guard source.count - first >= bytes else { throw NpyError.truncated(bytes: source.count, missing: bytes - (source.count - first)) }
    guard header.isFortran, header.shape.count > 1 else { return try header.type.tensor(header.shape, from: source, at: first) }
    // The first dimension lies together: the same memory with the dimensions turned around.
    let turned = try header.type.tensor(header.shape.reversed(), from: source, at: first)
    return try turned.permute(Array(header.shape.indices.reversed())).copied()
  }

  static func save(_ tensor: Tensor, to writer: FileWriter) throws {
    let type = switch tensor.dtype {
    case .float32: "<f4"
    case .float64: "<f8"
    case .int64: "<i8"
    case .bool: "|b1"
    }
    let sizes = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.rank == 1 ? "," : "")
    var text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    // The numbers begin at a multiple of 64 bytes.
    text += [UInt8](repeating: UInt8(ascii: " "), count: 63 - (10 + text.count) % 64) + [UInt8(ascii: "\n")]
    try writer.append(magic + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)])
    try writer.append(text)
    try tensor.withBytes { try writer.append($0) }
    try writer.finish()
  }
}

/// The header of an array: a Python dictionary with three entries.
struct NpyHeader {
  let type: ElementType, isFortran: Bool, shape: [Int]

  init(_ bytes: [UInt8]) throws(NpyError) {
    guard bytes.allSatisfy({ $0 < 128 }) else { throw .header("it is not ASCII") }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let descr = NpyHeader.value(of: "descr", in: text), let order = NpyHeader.value(of: "fortran_order", in: text),
      let sizes = NpyHeader.value(of: "shape", in: text)
    else { throw .header("descr, fortran_order or shape is missing") }
    guard descr.hasPrefix("'") || descr.hasPrefix("\"") else { throw .dtype(String(descr.prefix(40))) }
    let name = String(descr.dropFirst().prefix { $0 != "'" && $0 != "\"" })
    guard let type = NpyHeader.types[name] else { throw .dtype(String(name.prefix(40))) }
    guard order.hasPrefix("True") || order.hasPrefix("False") else { throw .header("fortran_order is neither True nor False") }
    guard sizes.hasPrefix("("), let close = sizes.firstIndex(of: ")") else { throw .header("shape is no tuple") }
    var shape: [Int] = []
    for part in sizes[sizes.index(after: sizes.startIndex)..<close].split(separator: ",") {
      let digits = part.filter { $0 != " " }
      guard let size = Int(digits), size >= 0 else { throw .header("`\(part.prefix(40))` is no size") }
      shape.append(size)
    }
    (self.type, isFortran, self.shape) = (type, order.hasPrefix("True"), shape)
  }

  /// The text behind `'key':`.
  private static func value(of key: String, in text: String) -> Substring? {
    for quote in ["'", "\""] {
      let mark = Array((quote + key + quote).utf8), all = Array(text.utf8)
      guard all.count > mark.count, let at = (0...(all.count - mark.count)).first(where: { all[$0..<($0 + mark.count)].elementsEqual(mark) }) else { continue }
      let rest = text.utf8.dropFirst(at + mark.count).drop { $0 == 0x20 }
      guard rest.first == UInt8(ascii: ":") else { continue }
      return Substring(rest.dropFirst().drop { $0 == 0x20 })
    }
    return nil
  }

  private static let types: [String: ElementType] = [
    "<f8": .f64, "<f4": .f32, "<f2": .f16, "<i8": .i64, "<i4": .i32, "<i2": .i16, "|i1": .i8, "<u4": .u32, "<u2": .u16,
    "|u1": .u8, "|b1": .bool,
  ]
}
