@testable import Engine
import Testing

@Suite struct JournalTests {
  @Test("rolling back restores numbers, gradients and flags, the last change first")
  func rollBack() throws {
    let x = try Tensor([1.0, 2, 3]).requiringGrad(), journal = Journal()
    try x.assign(Tensor.number(9.0), at: [.at(0)], journal: journal)
    try x.assign(Tensor.number(8.0), at: [.slice(from: 0, to: 2, step: 1)], journal: journal)
    try (x * x).sum().backward(journal: journal)
    try x.setRequiresGrad(false, journal: journal)
    #expect(try x.doubles() == [8, 8, 3] && x.grad != nil && !x.requiresGrad)
    journal.rollBack()
    #expect(try x.doubles() == [1, 2, 3] && x.grad == nil && x.requiresGrad)
    #expect(journal.isEmpty && journal.byteCount == 0)
  }

  @Test("a later journal joins an earlier one")
  func append() throws {
    let x = try Tensor([1.0]), first = Journal(), second = Journal()
    try x.assign(Tensor.number(2.0), at: [.at(0)], journal: first)
    try x.assign(Tensor.number(3.0), at: [.at(0)], journal: second)
    first.append(second)
    first.rollBack()
    #expect(try x.doubles() == [1])
  }

  @Test("a view writes through to the whole, and rolling back finds it")
  func views() throws {
    let x = try Tensor.zeros([2, 2]), journal = Journal()
    try x.select(0, 1).assign(Tensor.number(1.0), at: [.at(0)], journal: journal)
    #expect(try x.doubles() == [0, 0, 1, 0])
    journal.rollBack()
    #expect(try x.doubles() == [0, 0, 0, 0])
  }
}
