import Builtins
import Engine
import NN
import Testing

@Suite struct HookTests {
  private func small() throws -> (net: Sequential, x: Tensor, g: Generator) {
    let g = Generator(seed: 0)
    return (
      Sequential([try Linear(2, 3, dtype: .float64, using: g), ReLU(), try Linear(3, 1, dtype: .float64, using: g)]), try Tensor([0.5, -0.25], [1, 2]), g
    )
  }

  @Test("pre, forward and backward hooks fire in PyTorch's order, parents around children")
  func order() throws {
    let (net, x, g) = try small(), table = HookTable()
    var log: [String] = []
    for (name, module) in [("net", net as Module), ("fc", net.layers[0].module)] {
      table.add(Hook(module, .forward { _, _, _ in log.append("\(name) forward 1"); return nil }))
      table.add(Hook(module, .pre { _, _ in log.append("\(name) pre"); return nil }))
      table.add(Hook(module, .forward { _, _, _ in log.append("\(name) forward 2"); return nil }))
      table.add(Hook(module, .backward { _, _, _ in log.append("\(name) backward"); return nil }))
    }
    let leaf = x.requiringGrad()
    let y = try Run([table], generator: g)(net, leaf)
    #expect(log == ["net pre", "fc pre", "fc forward 1", "fc forward 2", "net forward 1", "net forward 2"])
    log = []
    try y.sum().backward()
    #expect(log == ["fc backward", "net backward"])
    #expect(table.all.allSatisfy { $0.calls == 1 })
  }

  @Test("what a hook gives back replaces, none leaves as it was, and several are chained")
  func replacement() throws {
    let (net, x, g) = try small(), table = HookTable()
    let plain = try Run(generator: g)(net, x)
    table.add(Hook(net.layers[0].module, .pre { _, inputs in [try #require(inputs[0] as? Tensor) * 2] }))
    table.add(Hook(net.layers[0].module, .pre { _, inputs in [try #require(inputs[0] as? Tensor) / 2] }))
    #expect(try isClose(Run([table], generator: g)(net, x), plain.doubles(), 1e-15))
    let act = net.layers[1].module
    let zero = Hook(act, .forward { _, _, y in try #require(y as? Tensor) * 0 })
    table.add(zero)
    var later = 1.0
    table.add(Hook(act, .forward { _, _, y in
      later = try #require(y as? Tensor).abs().sum().item()
      return nil
    }))
    let last = try #require(net.layers[2].module as? Linear)
    #expect(try isClose(Run([table], generator: g)(net, x), #require(last.bias).value.doubles(), 1e-15))
    #expect(later == 0)
    table.remove(zero)
    #expect(table.all.count == 3)
  }

  @Test("a backward hook sees and replaces the gradients of the inputs")
  func backward() throws {
    let (net, x, g) = try small(), table = HookTable()
    let leaf = x.requiringGrad(), fc2 = try #require(net.layers[2].module as? Linear)
    let plain = try #require(try Run(generator: g)(net, leaf).sum().gradients(with: [leaf])[0]).doubles()
    var seen: [[Double]] = []
    table.add(Hook(fc2, .backward { _, gi, go in
      seen = [try #require(gi[0]).doubles(), try #require(go[0]).doubles()]
      return [try #require(gi[0]) * 0.5]
    }))
    let halved = try #require(try Run([table], generator: g)(net, leaf).sum().gradients(with: [leaf])[0]).doubles()
    #expect(seen == [try fc2.weight.value.doubles(), [1]])
    #expect(zip(plain, halved).allSatisfy { abs($0 / 2 - $1) < 1e-15 })
  }

  @Test("where no input requires a gradient, a backward hook is given none for it")
  func noInputGradient() throws {
    let (net, x, g) = try small(), table = HookTable()
    var seen: [[Bool]] = []
    table.add(Hook(net.layers[0].module, .backward { _, gi, go in
      seen.append([gi[0] == nil, go[0] == nil])
      return nil
    }))
    try Run([table], generator: g)(net, x).sum().backward()
    #expect(seen == [[true, false]])
  }

  @Test("a frozen model with an input that requires a gradient still fires")
  func frozen() throws {
    let (net, x, g) = try small(), table = HookTable(), journal = Journal()
    try net.setFrozen(true, journal: journal)
    var calls = 0
    table.add(Hook(net.layers[2].module, .backward { _, gi, _ in
      calls += gi[0] == nil ? 0 : 1
      return nil
    }))
    try Run([table], generator: g)(net, x.requiringGrad()).sum().backward()
    #expect(calls == 1)
    #expect(throws: TensorError.self) { try Run([table], generator: g)(net, x).sum().backward() }
  }

  @Test("a tensor hook changes the gradient that training uses")
  func tensorHook() throws {
    let (_, x, g) = try small(), table = HookTable(), fc = try Linear(2, 3, dtype: .float64, using: g)
    let net = Sequential([fc, Tanh(), try Linear(3, 1, dtype: .float64, using: g)]), before = try parameterNumbers(net)
    let hook = Hook(nil, .gradient(fc.weight.value) { try $0 * 0 })
    table.add(hook)
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.arguments) = (1, nil, .init(lr: 0.5))
    _ = try Trainer(net, x: x, y: Tensor([3.0]), options, run: Run([table], generator: g), journal: Journal()).train()
    #expect(try parameterNumbers(net)[0] == before[0] && parameterNumbers(net)[3] != before[3])
    #expect(hook.calls == 1)
    table.remove(hook)
    _ = try Trainer(net, x: x, y: Tensor([3.0]), options, run: Run([table], generator: g), journal: Journal()).train()
    #expect(try parameterNumbers(net)[0] != before[0])
  }
}
