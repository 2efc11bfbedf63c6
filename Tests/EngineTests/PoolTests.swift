import Foundation
import Testing

@testable import Engine

/// Freed memory that is kept for later.
@Suite struct PoolTests {
  private let mega = 1 << 20

  @Test("what is freed is used again, and goes back where it is in the way of a bound")
  func bounded() throws {
    let pool = Pool()
    let first = try #require(pool.take(8 * mega))
    pool.give(first, 8 * mega)
    #expect(pool.take(8 * mega) == first)
    pool.give(first, 8 * mega)
    try pool.bounded(Double(10 * mega)) {
      // Blocks of another size leave no room for it.
      let other = try #require(pool.take(6 * mega))
      other.storeBytes(of: 1, toByteOffset: 6 * mega - 1, as: UInt8.self)
      #expect(pool.held == (used: 6 * mega, kept: 0))
      // Beyond the bound nothing is kept.
      let more = try #require(pool.take(6 * mega))
      pool.give(more, 6 * mega)
      #expect(pool.held == (used: 6 * mega, kept: 0))
      pool.give(other, 6 * mega)
      #expect(pool.held == (used: 0, kept: 6 * mega))
    }
    let again = try #require(pool.take(8 * mega))
    #expect(pool.held == (used: 8 * mega, kept: 6 * mega))
    pool.give(again, 8 * mega)
  }

  @Test("a bound within another is not wider, counts from what is in use, and ends with its body")
  func nested() throws {
    struct Stop: Error {}
    let pool = Pool(), base = try #require(pool.take(4 * mega))
    pool.bounded(Double(2 * mega)) { () -> Void in
      #expect(throws: Stop.self) {
        try pool.bounded(1e12) {
          let a = try #require(pool.take(2 * mega)), b = try #require(pool.take(mega))
          pool.give(a, 2 * mega)
          #expect(pool.held == (used: 5 * mega, kept: 0))
          pool.give(b, mega)
          #expect(pool.held == (used: 4 * mega, kept: mega))
          throw Stop()
        }
      }
    }
    let c = try #require(pool.take(3 * mega))
    pool.give(c, 3 * mega)
    #expect(pool.held == (used: 4 * mega, kept: 4 * mega))
    pool.give(base, 4 * mega)
  }

  @Test("bounds of several threads end in any order")
  func crossing() throws {
    let pool = Pool(), block = try #require(pool.take(4 * mega))
    let opened = DispatchSemaphore(value: 0), closed = DispatchSemaphore(value: 0), done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      pool.bounded(0) {
        opened.signal()
        closed.wait()
      }
      done.signal()
    }
    opened.wait()
    // The first to begin ends while the second is open.
    pool.bounded(0) {
      closed.signal()
      done.wait()
    }
    pool.give(block, 4 * mega)
    #expect(pool.held == (used: 0, kept: 4 * mega))
  }

  @Test("no block is given twice, whatever is taken and given, bounded or not")
  func random() throws {
    let pool = Pool()
    var random = SystemRandomNumberGenerator(), open: [(pointer: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
    func step() throws {
      if open.count < 20, Bool.random(using: &random) || open.isEmpty {
        let size = Int.random(in: 1...(3 << Int.random(in: 1...20, using: &random)), using: &random), mark = UInt8.random(in: 0...255, using: &random)
        let pointer = try #require(pool.take(size))
        pointer.storeBytes(of: mark, as: UInt8.self)
        pointer.storeBytes(of: mark, toByteOffset: size - 1, as: UInt8.self)
        open.append((pointer, size, mark))
      } else {
        let one = open.remove(at: Int.random(in: 0..<open.count, using: &random))
        #expect(one.pointer.load(as: UInt8.self) == one.mark && one.pointer.load(fromByteOffset: one.size - 1, as: UInt8.self) == one.mark)
        pool.give(one.pointer, one.size)
      }
    }
    for _ in 0..<2000 { try step() }
    try pool.bounded(Double(mega)) { for _ in 0..<2000 { try step() } }
    for one in open { pool.give(one.pointer, one.size) }
    #expect(pool.held.used == 0)
  }
}
