import CKernels
import Testing

@Suite struct MemoryTests {
  static let shapes: [Layout] =
    layouts + [
      Layout(shape: [33, 70], a: [1, 33], b: [70, 1]), Layout(shape: [3, 20, 17], a: [340, 1, 20], b: [1, 3, 60]),
      Layout(shape: [130, 66], a: [1, 131], b: [1, 131]), Layout(shape: [16, 3, 24], a: [1, 384, 16], b: [72, 24, 1]),
    ]

  private func check<T: FixedWidthInteger>(_ layout: Layout, _ type: T.Type) {
    let all = indices(layout.shape), rank = Int32(layout.shape.count), size = Int32(MemoryLayout<T>.size)
    let source = (0..<20_000).map { T(truncatingIfNeeded: $0 &* 31 &+ 7) }
    var dense = [T](repeating: 0, count: all.count)
    pith_copy_strided(size, source, rank, layout.shape, layout.a, &dense)
    #expect(dense == all.map { source[offset($0, layout.a)] })
    var spread = [T](repeating: 0, count: source.count), expected = spread
    pith_copy_to_strided(size, dense, &spread, rank, layout.shape, layout.b)
    for (i, index) in all.enumerated() { expected[offset(index, layout.b)] = dense[i] }
    #expect(spread == expected)
  }

  @Test("copies of every element size in every layout", arguments: shapes)
  func copies(_ layout: Layout) {
    check(layout, UInt8.self)
    check(layout, UInt16.self)
    check(layout, UInt32.self)
    check(layout, UInt64.self)
  }

  @Test("adding to strides adds elements that meet", arguments: shapes)
  func addition(_ layout: Layout) {
    let all = indices(layout.shape), rank = Int32(layout.shape.count)
    let source = all.indices.map { Double($0 % 17) - 8 }
    var sum = [Double](repeating: 1, count: 20_000), expected = sum
    var whole = [Int64](repeating: 1, count: 20_000), single = [Float](repeating: 1, count: 20_000)
    for (i, index) in all.enumerated() { expected[offset(index, layout.a)] += source[i] }
    pith_add_to_strided_f64(source, &sum, rank, layout.shape, layout.a)
    pith_add_to_strided_f32(source.map(Float.init), &single, rank, layout.shape, layout.a)
    pith_add_to_strided_i64(source.map { Int64($0) }, &whole, rank, layout.shape, layout.a)
    #expect(sum == expected)
    #expect(single.map(Double.init) == expected)
    #expect(whole.map { Double($0) } == expected)
  }

  @Test("a reversed axis")
  func reversed() {
    let source: [Float] = [1, 2, 3, 4, 5]
    var y = [Float](repeating: 0, count: 5)
    source.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      pith_copy_strided(4, base + 4, 1, [5], [-1], &y)
    }
    #expect(y == [5, 4, 3, 2, 1])
  }

  @Test("casts saturate and never trap")
  func casts() {
    let x: [Double] = [1.9, -1.9, .nan, .infinity, -.infinity, 1e300, -9.3e18, 0.25]
    var whole = [Int64](repeating: 7, count: 8)
    pith_cast(PITH_F64.rawValue, PITH_I64.rawValue, x, &whole, 8)
    #expect(whole == [1, -1, 0, .max, .min, .max, .min, 0])
    pith_cast(PITH_F32.rawValue, PITH_I64.rawValue, x.map(Float.init), &whole, 8)
    #expect(whole == [1, -1, 0, .max, .min, .max, .min, 0])
    var flags = [UInt8](repeating: 7, count: 8)
    pith_cast(PITH_F64.rawValue, PITH_BOOL.rawValue, [0, -0.0, 1, .nan, 1e-300, 2, 3, 4] as [Double], &flags, 8)
    #expect(flags == [0, 0, 1, 1, 1, 1, 1, 1])
    var back = [Float](repeating: 7, count: 8)
    pith_cast(PITH_BOOL.rawValue, PITH_F32.rawValue, flags, &back, 8)
    #expect(back == [0, 0, 1, 1, 1, 1, 1, 1])
    pith_cast(PITH_I64.rawValue, PITH_F32.rawValue, [Int64.max, .min, 3, -3, 0, 1, 2, 1 << 40] as [Int64], &back, 8)
    #expect(back == [0x1p63, -0x1p63, 3, -3, 0, 1, 2, 0x1p40])
    pith_cast(9, -1, x, &back, 8)
    #expect(back[2] == 3)
  }

  @Test("fills and ranges")
  func fills() {
    var y = [Float](repeating: 0, count: 5)
    pith_arange_f32(&y, 5, 1, 0.25)
    #expect(y == [1, 1.25, 1.5, 1.75, 2])
    pith_fill_f32(&y, 3, 9)
    #expect(y == [9, 9, 9, 1.75, 2])
    var whole = [Int64](repeating: 0, count: 4)
    pith_arange_i64(&whole, 4, 10, -3)
    #expect(whole == [10, 7, 4, 1])
  }
}
