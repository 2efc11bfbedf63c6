import Engine
import NN

/// How the diagonal of the Hessian of one parameter is computed.
enum HessianWay: Equatable {
  /// In closed form, through a stack of linear layers.
  case stack
  /// From the derivatives of the outputs of the model, which are linear in the parameter. The layer is numbered.
  case outputs(layer: Int, isBias: Bool)
  /// From Hessian-vector products over the outputs of a layer, all samples at once.
  case units(layer: Int, isBias: Bool)
  /// From a Hessian-vector product for each element.
  case elements
}

/// The diagonal of the Hessian of the objective, over all samples and of each alone, by the cheapest exact way for each
/// parameter.
struct HessianDiagonal {
  let request: Scoring
  let stack: CurvatureStack?
  let layers: [CurvatureLayer]
  private(set) var ways: [HessianWay]
  /// What one sample told: the cost of a pass over it, the positions at which each layer works, the products at the outputs.
  let cost: CurvatureCost
  private(set) var didFallBack = false

  init(_ request: Scoring) throws {
    self.request = request
    if let stack = CurvatureStack(request) {
      (self.stack, layers, ways) = (stack, [], request.parameters.map { _ in .stack })
      cost = CurvatureCost(flops: stack.flops, bytes: stack.bytes)
      return
    }
    stack = nil
    let owners = ParameterOwners(request.model)
    var seen: Set<ObjectIdentifier> = []
    layers = request.parameters.compactMap { owners.layer(of: $0.parameter) }.filter { seen.insert(ObjectIdentifier($0.module)).inserted }
    let analysis = try CurvatureAnalysis(request, layers)
    (ways, cost) = (analysis.ways, analysis.cost)
  }

  /// The way of each parameter is held against a Hessian-vector product or two over a few samples: a model that is not what
  /// it seems goes element by element.
  mutating func verify() throws {
    guard ways.contains(where: { $0 != .elements }) else { return }
    let rows = 0..<min(request.sampleCount, 16, block(bytes(false)))
    let parts: [SampleDiagonals]
    do {
      parts = try diagonals(rows, ways)
    } catch is SamplesDiffer {
      fallBack(Array(ways.indices))
      return
    } catch let mismatch as CurvatureMismatch {
      fallBack([mismatch.parameter])
      return try verify()
    }
    fallBack(try CurvatureCheck(request, rows).failures(parts.map { try Recording.with(.none, $0.sum) }, ways))
  }

  /// These parameters go element by element from now on.
  mutating func fallBack(_ parameters: [Int]) {
    for i in parameters where ways[i] != .elements { (ways[i], didFallBack) = (.elements, true) }
  }

  /// Goes on with the ways that a stopped request had settled on.
  mutating func restore(_ ways: [HessianWay], _ didFallBack: Bool) { (self.ways, self.didFallBack) = (ways, didFallBack) }

  var fast: [Int] { ways.indices.filter { ways[$0] != .elements } }
  var slow: [Int] { ways.indices.filter { ways[$0] == .elements } }

  /// Samples of a block for the closed forms.
  func block(_ perSample: Double) -> Int { max(1, Int(min(Double(max(1, request.sampleCount)), request.memory / max(1, perSample)))) }

  /// What the samples of a block add, for the parameters that do not go element by element; `.none` for the others.
  func diagonals(_ rows: Range<Int>, _ ways: [HessianWay]) throws -> [SampleDiagonals] {
    if let stack, ways.allSatisfy({ $0 == .stack }) { return try stack.diagonals(rows) }
    var parts: [SampleDiagonals] = Array(repeating: .none, count: ways.count)
    var outputs = OutputWay(request, layers), units = UnitWay(request, layers)
    for (i, way) in ways.enumerated() {
      switch way {
      case .outputs(let layer, let isBias): outputs.targets.append((i, layer, isBias))
      case .units(let layer, let isBias): units.targets.append((i, layer, isBias))
      case .stack, .elements: continue
      }
    }
    for (i, part) in try outputs.diagonals(rows) { parts[i] = part }
    for (i, part) in try units.diagonals(rows) { parts[i] = part }
    return parts
  }
}

/// A closed form that does not hold for a parameter, for samples that the analysis did not meet.
struct CurvatureMismatch: Error {
  let parameter: Int
}

/// Which modules own each parameter of a model.
struct ParameterOwners {
  private var modules: [ObjectIdentifier: [Module]] = [:]

  init(_ model: Module) {
    for module in model.everyModule {
      for case .parameter(_, let parameter?) in module.parts { modules[ObjectIdentifier(parameter), default: []].append(module) }
    }
  }

  /// The one layer that owns it.
  func layer(of parameter: Parameter) -> CurvatureLayer? {
    let owners = modules[ObjectIdentifier(parameter)] ?? []
    return owners.count == 1 ? CurvatureLayer(owners[0]) : nil
  }
}
