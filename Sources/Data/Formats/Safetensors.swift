import Builtins
import Engine

/// Tensors by name: a JSON header with their types, shapes and places, then their bytes.
/// - Source: Hugging Face's safetensors format, and the checks of its reference reader.
enum Safetensors {
  static let headerLimit = 100_000_000

  private struct Entry {
    let name: String, type: ElementType, shape: [Int], start: Int, end: Int
  }

  /// All tensors, in the order of the header. Half precision becomes float32, small integers int64.
  static func load(_ source: some ByteSource) throws -> Record {
    let (entries, _, first) = try header(source)
    try check(entries, first: first, bytes: source.count)
    var record = Record()
    for entry in entries { record[entry.name] = try entry.type.tensor(entry.shape, from: source, at: first + entry.start) }
    return record
  }

  /// What the file says of itself: texts by name.
  static func metadata(_ source: some ByteSource) throws -> [String: String] { try header(source).metadata }

  private static func header(_ source: some ByteSource) throws -> (entries: [Entry], metadata: [String: String], first: Int) {
    guard source.count >= 8 else { throw SafetensorsError.truncated(bytes: source.count, missing: 8 - source.count) }
    let length = try source.bytes(at: 0, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(headerLimit) else { throw SafetensorsError.headerTooLong(Int(clamping: length), limit: headerLimit) }
    let first = 8 + Int(length)
    guard source.count >= first else { throw SafetensorsError.truncated(bytes: source.count, missing: first - source.count) }
    let (entries, metadata) = try entries(try source.bytes(at: 8, count: Int(length)))
    return (entries, metadata, first)
  }

  private static func entries(_ header: [UInt8]) throws(SafetensorsError) -> ([Entry], metadata: [String: String]) {
    let tree: JSON
    do throws(JSONError) { tree = try JSONReader.read(header) } catch { throw .header(error) }
    guard case .object(let members) = tree else { throw .headerIsNoObject }
    var entries: [Entry] = [], metadata: [String: String] = [:]
    for member in members {
      if member.name == "__metadata__" {
        metadata = try texts(member.value)
      } else {
        entries.append(try entry(member.name, member.value))
      }
    }
    return (entries, metadata)
  }

  private static func texts(_ value: JSON) throws(SafetensorsError) -> [String: String] {
    guard case .object(let members) = value else { throw .entry(tensor: "__metadata__", what: "it is no object") }
    var texts: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else { throw .entry(tensor: "__metadata__", what: "`\(member.name)` is no string") }
      texts[member.name] = text
    }
    return texts
  }

  private static func entry(_ name: String, _ value: JSON) throws(SafetensorsError) -> Entry {
    guard case .object(let members) = value else { throw .entry(tensor: name, what: "its entry is no object") }
    let parts = Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    guard case .string(let dtype)? = parts["dtype"] else { throw .entry(tensor: name, what: "it has no dtype") }
    guard let type = types.first(where: { $0.name == dtype })?.type else { throw .dtype(tensor: name, met: dtype) }
    guard let shape = sizes(parts["shape"]) else { throw .entry(tensor: name, what: "its shape is no list of sizes") }
    guard let offsets = sizes(parts["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1] else {
      throw .entry(tensor: name, what: "its data_offsets are no start and end")
    }
    guard members.count == 3 else { throw .entry(tensor: name, what: "it has more than dtype, shape and data_offsets") }
    let needs = type.byteCount(shape), has = offsets[1] - offsets[0]
    guard needs == has else { throw .size(tensor: name, shape: shape, needs: needs, has: has) }
    return Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1])
  }

  private static func sizes(_ value: JSON?) -> [Int]? {
    guard case .array(let items)? = value else { return nil }
    var sizes: [Int] = []
    for item in items {
      guard case .integer(let size) = item, size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  /// The tensors fill the rest of the file, one after the other.
  private static func check(_ entries: [Entry], first: Int, bytes: Int) throws(SafetensorsError) {
    var end = 0, last = ""
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      if entry.start < end { throw .overlap(tensor: entry.name, other: last) }
      if entry.start > end { throw .gap(offset: end, bytes: entry.start - end) }
      (end, last) = (entry.end, entry.name)
    }
    let there = bytes - first
    if end > there { throw .truncated(bytes: bytes, missing: end - there) }
    if end < there { throw .gap(offset: end, bytes: there - end) }
  }

  private static let types: [(name: String, type: ElementType)] = [
    ("F32", .f32), ("F64", .f64), ("I64", .i64), ("BOOL", .bool), ("F16", .f16), ("BF16", .bf16), ("I32", .i32),
    ("U32", .u32), ("I16", .i16), ("U16", .u16), ("I8", .i8), ("U8", .u8),
  ]
}

extension Safetensors {
  /// Writes tensors in the order of the reference writer: by type, the widest first, then by name.
  /// - Parameters:
  ///   - metadata: texts by name, which stand in the header.
  ///   - stored: the type that real numbers are written in; their own where it is nil.
  static func save(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [(name: String, text: String)] = [], as stored: StoredType? = nil, to writer: FileWriter
  ) throws {
    let tensors = tensors.map { name, tensor in (name: name, tensor: tensor, type: type(of: tensor, as: stored)) }
    let sorted = tensors.sorted { a, b in
      let (left, right) = (rank(a.type), rank(b.type))
      return left == right ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : left < right
    }
    let header = try header(sorted, metadata)
    let length = UInt64(header.count)
    try writer.append((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) })
    try writer.append(header)
    for (_, tensor, type) in sorted { try type.write(tensor, to: writer) }
    try writer.finish()
  }

  private static func header(
    _ tensors: [(name: String, tensor: Tensor, type: ElementType)], _ metadata: [(name: String, text: String)]
  ) throws(SafetensorsError) -> [UInt8] {
    let texts = [JSON.Member("format", .string("pt"))] + metadata.map { JSON.Member($0.name, .string($0.text)) }
    var members = [JSON.Member("__metadata__", .object(texts))], start = 0
    for (name, tensor, type) in tensors {
      guard name != "__metadata__" else { throw .reservedName }
      let end = start + tensor.count * type.size
      members.append(JSON.Member(name, .object([
        "dtype": .string(types.first { $0.type == type }?.name ?? ""), "shape": .array(tensor.shape.map(JSON.integer)),
        "data_offsets": .array([.integer(start), .integer(end)]),
      ])))
      start = end
    }
    var text = Array(JSON.object(members).text.utf8)
    // The numbers begin at a multiple of eight bytes.
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return text
  }

  private static func type(of tensor: Tensor, as stored: StoredType?) -> ElementType {
    switch tensor.dtype {
    case .int64: .i64
    case .bool: .bool
    case .float32: stored?.elements ?? .f32
    case .float64: stored?.elements ?? .f64
    }
  }

  private static func rank(_ type: ElementType) -> Int { [.i64, .f64, .f32, .bf16, .f16].firstIndex(of: type) ?? .max }
}

/// In what a file holds real numbers.
public enum StoredType: String, Choice {
  case float64, float32, bfloat16, float16

  fileprivate var elements: ElementType {
    switch self {
    case .float64: .f64
    case .float32: .f32
    case .bfloat16: .bf16
    case .float16: .f16
    }
  }
}
