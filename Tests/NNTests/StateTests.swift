import Builtins
import Engine
import NN
import Testing

@Suite struct StateTests {
  @Test("a state dict is a copy, and loads back")
  func roundTrip() throws {
    let net = try classifier(), state = try net.stateDict(), before = try parameterNumbers(net), journal = Journal()
    #expect(state.keys == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"])
    try net.initialise(by: .zeros, using: Generator(seed: 0), journal: journal)
    #expect(try parameterNumbers(net)[0].allSatisfy { $0 == 0 })
    try net.loadStateDict(state, journal: journal)
    #expect(try parameterNumbers(net) == before)
    // Loaded numbers are a new start: `w0` is what was loaded.
    #expect(net.namedParameters[0].parameter.origin == nil)
    journal.rollBack()
    #expect(try parameterNumbers(net) == before)
  }

  @Test("everything that does not fit is told at once, and nothing is written")
  func misfits() throws {
    let net = try classifier(), before = try parameterNumbers(net), journal = Journal()
    var state = try net.stateDict()
    state["fc1.bias"] = nil
    state["fc2.weight"] = try Tensor.zeros([4, 6])
    state["fc2.bias"] = "none"
    state["fc1.weight"] = try Tensor.zeros([5, 3])
    state["extra"] = try Tensor.zeros([1])
    let error = try #require(throws: StateDictError.self) { try net.loadStateDict(state, journal: journal) }
    #expect(error.missing == ["fc1.bias"] && error.unexpected == ["extra"])
    #expect(error.misfits == [.init(name: "fc2.weight", expected: [4, 5], met: [4, 6])])
    #expect(error.notTensors.count == 1)
    #expect(error.description.contains("missing: \"fc1.bias\"") && error.description.contains("the model has [4, 5]"))
    #expect(try parameterNumbers(net) == before && journal.isEmpty)
    state["fc2.weight"] = nil
    state["fc2.bias"] = nil
    try net.loadStateDict(state, strict: false, journal: journal)
    #expect(try parameterNumbers(net)[0].allSatisfy { $0 == 0 })
    #expect(try parameterNumbers(net)[1] == before[1])
  }

  @Test("paths and patterns")
  func paths() throws {
    let net = Sequential([try classifier(), ReLU()])
    #expect(net.module(at: "0.fc1") is Linear && net.module(at: "0.fc9") == nil && net.module(at: "") === net)
    guard case .parameter("weight", .some)? = net.part(at: "0.fc1.weight") else { Issue.record("no weight"); return }
    #expect(try net.parameters(matching: "*.weight").map(\.name) == ["0.fc1.weight", "0.fc2.weight", "0.fc3.weight"])
    #expect(try net.parameters(matching: "0.fc[12].bias").count == 2)
    #expect(try net.parameters(matching: "0.fc[!12].bias").count == 1)
    #expect(try net.parameters(matching: "0.fc?.bias").count == 3)
    #expect(try net.parameters(matching: "0.fc2").map(\.name) == ["0.fc2.weight", "0.fc2.bias"])
    let error = try #require(throws: ModelError.self) { try net.parameters(matching: "0.fc1.wieght") }
    #expect(error == .noParameter(pattern: "0.fc1.wieght", model: "Sequential", nearest: "0.fc1.weight"))
    #expect(throws: ModelError.self) { try net.requiredPart(at: "0.fc8") }
  }

  @Test("globs", arguments: [
    ("*", "", true), ("*.b", "a.b", true), ("*.b", "a.bc", false), ("a*c*e", "abcde", true), ("a*c*e", "abde", false), ("[", "[", true),
    ("[]]", "]", true), ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[!a-c]x", "dx", true), ("?", "", false), ("a", "a", true), ("", "", true),
    ("[a-", "[a-", true), ("[!", "[!", true), ("**", "x", true),
  ])
  func globs(_ pattern: String, _ name: String, _ isMatch: Bool) {
    #expect(Glob(pattern).matches(name) == isMatch)
  }

  @Test("freezing by pattern, undone by the journal")
  func freezing() throws {
    let net = try classifier(), journal = Journal()
    #expect(net.parameterCount == (59, 59))
    #expect(try net.setFrozen(true, matching: "fc1", journal: journal) == 2)
    #expect(net.parameterCount == (59, 39))
    #expect(try net.setFrozen(true, journal: journal) == 4)
    #expect(try net.setFrozen(false, matching: "*.bias", journal: journal) == 3)
    journal.rollBack()
    #expect(net.parameterCount == (59, 59))
  }
}
