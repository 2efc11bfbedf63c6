import Engine
import NN

extension HessianDiagonal {
  private var hasOutputs: Bool { ways.contains { if case .outputs = $0 { true } else { false } } }

  /// Hessian-vector products over units of layers, for one block.
  private var unitProducts: Double {
    var seen: Set<Int> = [], sum = 0.0
    for way in ways {
      guard case .units(let layer, _) = way, seen.insert(layer).inserted else { continue }
      sum += Double(layers[layer].groups * layers[layer].outputs * cost.positions[layer])
    }
    return sum
  }

  /// Work on one sample beside a forward pass, for what does not go element by element.
  var fastWork: Double {
    if stack != nil { return 1 }
    return (hasOutputs ? Double(cost.outputPasses) : 0) + CurvatureCost.product * unitProducts
  }

  /// Work on all samples, in forward passes over one.
  func work(readsBare: Bool, hasReductions: Bool) -> Double {
    let n = Double(request.sampleCount)
    let elements = elements * CurvatureCost.product * ((readsBare ? 1 : 0) + (hasReductions ? 1 : 0))
    return n * ((fast.isEmpty ? 0 : fastWork) + elements)
  }

  /// Passes over a block or a sample, there and back.
  func passes(readsBare: Bool, hasReductions: Bool) -> (forward: Int, backward: Int) {
    let n = request.sampleCount, blocks = (n + batch - 1) / max(1, batch)
    if stack != nil, slow.isEmpty { return (blocks, blocks) }
    let fastBack = (hasOutputs ? Double(cost.outputPasses) : 0) + (unitProducts > 0 ? unitProducts + 1 : 0)
    let rounds = slow.isEmpty ? 0 : Double((readsBare ? blocks : 0) + (hasReductions ? n : 0))
    let forward = (fast.isEmpty ? 0 : Double(blocks) * ((hasOutputs ? 1 : 0) + (unitProducts > 0 ? 1 : 0))) + rounds
    let backward = (fast.isEmpty ? 0 : Double(blocks) * fastBack) + rounds * (elements + 1)
    return (Int(min(forward, 1e15)), Int(min(backward, 1e15)))
  }

  func flops(readsBare: Bool, hasReductions: Bool) -> Double {
    work(readsBare: readsBare, hasReductions: hasReductions) * cost.flops
  }

  var bytes: Double { Double(batch) * sampleBytes }

  func steps(readsBare: Bool, hasReductions: Bool) -> [Plan.Step] {
    if let stack, slow.isEmpty { return [Plan.Step(words: stack.words, parameters: request.parameters.map(\.name), part: .curvature)] }
    func names(_ isTaken: (HessianWay) -> Bool) -> [String] { zip(request.parameters, ways).filter { isTaken($1) }.map(\.0.name) }
    var steps: [Plan.Step] = []
    if hasOutputs {
      steps.append(Plan.Step(
        words: "h from the derivatives of the outputs, which are linear in the parameter piece by piece: \(cost.outputPasses) ways back for each block, which serve all",
        parameters: names { if case .outputs = $0 { true } else { false } }, part: .curvature))
    }
    if unitProducts > 0 {
      steps.append(Plan.Step(
        words: "h from Hessian-vector products over the outputs of the layers, all samples of a block at once: \(Int(unitProducts)) for each block",
        parameters: names { if case .units = $0 { true } else { false } }, part: .curvature))
    }
    if !slow.isEmpty {
      let why = didFallBack ? ", since a closed form did not agree with the model" : ""
      steps.append(Plan.Step(
        words: "h from a Hessian-vector product for each element: \(Int(min(elements, 1e15)))\(hasReductions ? " for each sample alone" : " for each block")\(why)\(time(readsBare, hasReductions))",
        parameters: names { $0 == .elements }, part: .curvature))
    }
    return steps
  }

  /// How long that takes, where it takes long.
  private func time(_ readsBare: Bool, _ hasReductions: Bool) -> String {
    guard let seconds = cost.seconds else { return "" }
    let n = Double(request.sampleCount), rounds = (readsBare ? 1.0 : 0) + (hasReductions ? 1 : 0)
    let all = seconds * n * rounds * elements
    guard all >= 60 else { return "" }
    return all < 7200 ? ", about \(Int((all / 60).rounded())) minutes" : ", about \(Int(min(all / 3600, 1e12).rounded())) hours"
  }
}
