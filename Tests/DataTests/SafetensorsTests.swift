import Builtins
import Engine
import Testing

@testable import Data

@Suite struct SafetensorsTests {
  let folder: TemporaryFolder
  let files: Files
  init() throws {
    folder = try TemporaryFolder()
    files = Files(folder: folder.path)
  }

  private func record() throws -> Record {
    Record([
      ("b", try Tensor([1, 2, 3, 4] as [Float], [2, 2])), ("a", try Tensor([5, 6] as [Float])), ("k", try Tensor([7, -8])),
      ("m", try Tensor([true, false, true])), ("d", try Tensor([0.5])),
    ])
  }

  /// What the Python package writes for the same tensors.
  static let reference =
    [0x38, 1, 0, 0, 0, 0, 0, 0]
    + Array(#"{"__metadata__":{"format":"pt"},"k":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"d":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"a":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[32,48]},"m":{"dtype":"BOOL","shape":[3],"data_offsets":[48,51]}}   "#.utf8)
    + [7, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0, 0xa0, 0x40, 0, 0, 0xc0, 0x40]
    + [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 1, 0, 1]

  @Test func writesWhatTheReferenceWrites() throws {
    try Loader.save(record(), to: "w.safetensors", files: files)
    #expect(try files.read("w.safetensors") == Self.reference)
  }

  @Test func readsWhatTheReferenceWrites() throws {
    try files.write("w.safetensors", Self.reference)
    let back = try #require(try Loader.load("w.safetensors", files: files, generator: Generator(seed: 0)) as? Record)
    #expect(back.keys == ["k", "d", "a", "b", "m"])
    for (name, value) in try record().members {
      let (old, new) = (try #require(value as? Tensor), try #require(back[name] as? Tensor))
      #expect(old.dtype == new.dtype && old.shape == new.shape)
      #expect(try old.doubles() == new.doubles())
    }
  }

  @Test func otherValuesAreSavedUnderNames() throws {
    func keys(_ value: any Value) throws -> [String] {
      try Loader.save(value, to: "v.safetensors", files: files)
      return try Safetensors.load(files.open("v.safetensors")).keys
    }
    #expect(try keys(Tensor.zeros([0, 3])) == ["tensor"])
    #expect(try keys(built("iris")).sorted() == ["x", "y"])
    #expect(try keys(Record()) == [])
    #expect(throws: DataError.self) { try keys("text") }
    #expect(throws: DataError.self) { try keys(Record([("a", "text")])) }
    #expect(throws: SafetensorsError.reservedName) { try keys(Record([("__metadata__", Tensor.zeros([1]))])) }
    #expect(try keys(Record([("weird \"name\"\n\u{1F600}", Tensor.zeros([2]).expand([3, 2]))])) == ["weird \"name\"\n\u{1F600}"])
  }

  @Test func realNumbersAreNarrowedWhereThatIsAsked() throws {
    let record = Record([("w", try Tensor([1.5, 1.00390625, -0.1] as [Float])), ("i", try Tensor([3])), ("m", try Tensor([true]))])
    for (type, bytes, numbers) in [
      (StoredType.bfloat16, [0xc0, 0x3f, 0x80, 0x3f, 0xcd, 0xbd], [1.5, 1, -0.10009765625]),
      (.float16, [0x00, 0x3e, 0x04, 0x3c, 0x66, 0xae], [1.5, 1.00390625, -0.0999755859375]),
    ] as [(StoredType, [UInt8], [Double])] {
      try Loader.save(record, as: type, to: "n.safetensors", files: files)
      let written = try files.read("n.safetensors")
      #expect(written.suffix(7) == bytes + [1])
      let back = try Safetensors.load(written)
      #expect(back.keys == ["i", "w", "m"])
      #expect(try #require(back["w"] as? Tensor).doubles() == numbers)
    }
    #expect(throws: TensorError.self) { try Loader.save(Tensor([1.0]), as: .bfloat16, to: "n.npy", files: files) }
  }

  private func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    let count = header.utf8.count
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8) + data
  }

  /// 1.5 in half precision is 0x3e00 and in bfloat16 0x3fc0.
  @Test func narrowTypesAreWidened() throws {
    func load(_ type: String, _ data: [UInt8]) throws -> Tensor {
      let source = file("{\"t\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,\(data.count)]}}", data)
      return try #require(try Safetensors.load(source)["t"] as? Tensor)
    }
    let cases: [(String, [UInt8], DType, Double)] = [
      ("F16", [0, 0x3e], .float32, 1.5), ("BF16", [0xc0, 0x3f], .float32, 1.5), ("I32", [0xfe, 0xff, 0xff, 0xff], .int64, -2),
      ("U32", [0xfe, 0xff, 0xff, 0xff], .int64, 4_294_967_294), ("I16", [0xfe, 0xff], .int64, -2), ("U16", [0xfe, 0xff], .int64, 65534),
      ("I8", [0xfe], .int64, -2), ("U8", [0xfe], .int64, 254), ("BOOL", [7], .bool, 1),
    ]
    for (type, data, dtype, value) in cases {
      let t = try load(type, data)
      #expect(t.dtype == dtype)
      #expect(try t.item() == value)
    }
    #expect(throws: SafetensorsError.dtype(tensor: "t", met: "F8_E4M3")) { try load("F8_E4M3", [0]) }
  }

  @Test func whatIsWrongIsNamed() throws {
    func load(_ header: String, _ bytes: Int = 8) throws { _ = try Safetensors.load(file(header, [UInt8](repeating: 0, count: bytes))) }
    func entry(_ shape: String, _ offsets: String) -> String { "{\"t\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}" }
    #expect(throws: SafetensorsError.truncated(bytes: 3, missing: 5)) { try Safetensors.load([1, 2, 3] as [UInt8]) }
    #expect(throws: SafetensorsError.truncated(bytes: 8, missing: 2)) { try Safetensors.load([2, 0, 0, 0, 0, 0, 0, 0] as [UInt8]) }
    #expect(throws: SafetensorsError.headerTooLong(Int.max, limit: 100_000_000)) { try Safetensors.load([UInt8](repeating: 255, count: 9)) }
    #expect(throws: SafetensorsError.headerIsNoObject) { try load("[]") }
    let good = file(entry("[2]", "[0,8]"), [UInt8](repeating: 0, count: 8))
    #expect(throws: SafetensorsError.truncated(bytes: good.count - 5, missing: 5)) { try Safetensors.load(Array(good.dropLast(5))) }
    #expect(throws: SafetensorsError.size(tensor: "t", shape: [3], needs: 12, has: 8)) { try load(entry("[3]", "[0,8]")) }
    #expect(throws: SafetensorsError.size(tensor: "t", shape: [1 << 40, 1 << 40], needs: nil, has: 8)) {
      try load(entry("[1099511627776,1099511627776]", "[0,8]"))
    }
    #expect(throws: SafetensorsError.size(tensor: "t", shape: [0, 1 << 62, 16], needs: nil, has: 0)) {
      try load(entry("[0,4611686018427387904,16]", "[0,0]"))
    }
    #expect(throws: SafetensorsError.gap(offset: 8, bytes: 1)) { try load(entry("[2]", "[0,8]"), 9) }
    #expect(throws: SafetensorsError.gap(offset: 0, bytes: 4)) { try load(entry("[1]", "[4,8]")) }
    let two = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
    #expect(throws: SafetensorsError.overlap(tensor: "b", other: "a")) { try load(two) }
    for header in [
      "{", "{\"t\":1}", "{}x", "{\"t\":{}}", "{\"a\":1,\"a\":2}", entry("[-2]", "[0,8]"), entry("[2.0]", "[0,8]"), entry("[2]", "[8,0]"),
      entry("[2]", "[0,8,9]"), entry("2", "[0,8]"), String(repeating: "[", count: 5000), "{\"__metadata__\":{\"a\":1}}",
      entry("[" + Array(repeating: "1", count: 40).joined(separator: ",") + ",2]", "[0,8]"),
    ] { #expect(throws: (any Error).self, "\(header)") { try load(header) } }
  }

  private func mustThrowOrLoad(_ bytes: [UInt8]) throws {
    do {
      _ = try Safetensors.load(bytes)
    } catch is SafetensorsError {
    } catch is TensorError {
    }
  }

  @Test func damagedFilesThrowOrLoad() throws {
    let generator = Generator(seed: 3)
    let draws = try generator.integers([20_000 * 4], from: 0, to: 1 << 30).ints()
    for round in 0..<20_000 {
      let d = draws[(round * 4)..<(round * 4 + 4)].map { $0 }
      var bytes = Self.reference
      if d[0] % 3 != 0 { bytes[d[1] % (bytes.count - 60)] ^= UInt8(1 << (d[2] % 8)) }
      if d[0] % 3 != 1 { bytes.removeLast(d[3] % bytes.count) }
      try mustThrowOrLoad(bytes)
    }
  }

  @Test func randomHeadersThrowOrLoad() throws {
    let words = ["{", "}", "[", "]", ":", ",", "\"t\"", "\"dtype\"", "\"F32\"", "\"shape\"", "\"data_offsets\"", "0", "8", "-1", "1e9", "9223372036854775807", "\"\\u12", "null", " "]
    let generator = Generator(seed: 4)
    let draws = try generator.integers([20_000 * 12], from: 0, to: words.count).ints()
    for round in 0..<20_000 {
      try mustThrowOrLoad(file(draws[(round * 12)..<(round * 12 + 12)].map { words[$0] }.joined()))
    }
  }

  /// numpy.save of arange(6, dtype=float32).reshape(2, 3).
  @Test func numpyArraysGoInAndOut() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + String(repeating: " ", count: 58) + "\n"
    let values: [Float] = [0, 1, 2, 3, 4, 5]
    let reference = [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0] + Array(header.utf8) + values.withUnsafeBytes { Array($0) }
    try Loader.save(Tensor(values, [2, 3]), to: "a.npy", files: files)
    #expect(try files.read("a.npy") == reference)
    #expect(try Npy.load(reference).floats() == values)
    let fortran = Array(String(decoding: reference[10..<128], as: UTF8.self).replacing("False", with: "True ").utf8)
    let turned = try Npy.load(Array(reference[..<10]) + fortran + Array(reference[128...]))
    #expect(try turned.shape == [2, 3] && turned.floats() == [0, 2, 4, 1, 3, 5])
    for t in [try Tensor.number(2.5), try Tensor([1, -2]), try Tensor([true, false]), try Tensor.zeros([0, 4], .float64)] {
      try Loader.save(t, to: "t.npy", files: files)
      let back = try Npy.load(files.open("t.npy"))
      #expect(try back.dtype == t.dtype && back.shape == t.shape && back.doubles() == t.doubles())
    }
    #expect(throws: NpyError.truncated(bytes: reference.count - 3, missing: 3)) { try Npy.load(Array(reference.dropLast(3))) }
    #expect(throws: NpyError.notNpy) { try Npy.load([1, 2, 3] as [UInt8]) }
    for round in 0..<5000 {
      var bytes = reference
      bytes[(round * 7) % 128] ^= UInt8(1 << (round / 128 % 8))
      do { _ = try Npy.load(bytes) } catch is NpyError {} catch is TensorError {}
    }
  }
}
