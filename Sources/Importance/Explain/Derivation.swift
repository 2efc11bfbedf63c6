import Builtins
import Engine
import NN

/// From the objective to what is computed, in a few lines.
struct Derivation {
  private let request: Scoring
  private let plan: Plan
  private(set) var lines: [String] = []

  init(_ request: Scoring, _ plan: Plan) {
    (self.request, self.plan) = (request, plan)
    addObjective()
    addGradients()
    addCurvature()
    addSamples()
    addEffects()
    lines += plan.steps.enumerated().map { i, step in "  \(i + 1). \(step.words)" }
  }

  private var formula: Formula { request.formula }
  private func reads(_ symbols: FormulaSymbol...) -> Bool { symbols.contains(where: formula.contains) }
  private mutating func add(_ line: String) { lines.append("  " + line) }

  private mutating func addObjective() {
    let n = request.sampleCount
    guard reads(.g, .h, .da, .dz, .dx) || formula.hasMethodOfObjective else { return }
    add("L = 1/n Σᵢ ℓᵢ with n = \(n); ℓᵢ is \(request.objective.perSampleWords(request.y)).")
  }

  /// The chain rule, for each kind of layer that is scored.
  private mutating func addGradients() {
    guard reads(.g), case .parameters(let list) = request.subject else { return }
    var seen: Set<String> = []
    for (_, parameter) in list {
      guard let owner = request.model.namedModules.first(where: { $0.module.owns(parameter) })?.module, seen.insert(owner.typeName).inserted else { continue }
      if let words = owner.chainRule { add("\(owner.typeName): \(words)") }
    }
    add("g is the mean over i of ∂ℓᵢ/∂w\(formula.reductions.contains { $0.contains(.g) } ? "; inside a reducer it is ∂ℓᵢ/∂w itself" : "").")
    for reduction in formula.reductions where reduction.contains(.g) {
      guard case .reduced(let reducer, let inner) = reduction.kind, let form = ClosedForm(reducer, inner), form.isSure, seen.contains("Linear") else { continue }
      let powers = Polynomial(inner)?.terms.map(\.power) ?? []
      guard powers.count == 1, let power = powers.first, power != .one else { continue }
      let (d, z) = (power.text("δᵢⱼ"), power.text("zᵢₖ"))
      add("Of a product the factors may be taken one by one: \(power.text("δᵢⱼ zᵢₖ", isProduct: true)) = \(d) \(z). So the sum over i, for all j and k at once, is one product of two matrices, n × out transposed and n × in, and no gradient of a sample is ever formed: \(reduction).")
    }
    if isFirstOrder {
      add("To first order L(w = 0) − L(w) = −w ∂L/∂w: what setting w to 0 would do.")
    }
  }

  /// Whether it is `w` times a gradient.
  private var isFirstOrder: Bool {
    formula.nodes.contains { node in
      if case .binary(.multiply, let a, let b) = node.kind { return [a, b].contains(.symbol(.w)) && [a, b].contains(.symbol(.g)) }
      return false
    }
  }

  private mutating func addCurvature() {
    guard reads(.h) else { return }
    add("h is ∂²L/∂w², each w alone. For y = W z the chain rule gives ∂²ℓᵢ/∂Wⱼₖ² = (∂²ℓᵢ/∂yⱼ²) zᵢₖ²: the curvature is followed back to y, not to W.")
    if formula.nodes.contains(where: { $0.scalePower == 0 && $0.contains(.h) && $0.contains(.w) }) {
      add("To second order L(w = 0) − L(w) = −w g + h w²/2; at a minimum g is 0.")
    }
  }

  private mutating func addSamples() {
    if reads(.da, .dz, .dx) {
      add("Samples do not meet in L, so that one backward pass of Σᵢ ℓᵢ gives ∂ℓᵢ/∂ of every sample's own \(reads(.dx) ? "input" : "units") at once.")
    }
    if reads(.a), reads(.da), formula.firstAverage == nil {
      add("To first order ℓᵢ(a = 0) − ℓᵢ(a) = −a ∂ℓᵢ/∂a: what silencing the unit would do.")
    }
    for node in formula.nodes {
      guard case .averaged(let average, let inner) = node.kind else { continue }
      switch average {
      case .path(let steps, let rule):
        add("x(t) = x0 + t (x − x0); ∫₀¹ \(inner) dt ≈ Σₖ cₖ · \(inner) at tₖ, with \(steps) points and weights of \(rule.title).")
        add("By the chain rule dℓ/dt = Σ ∂ℓ/∂x (x − x0), so that such scores add up to ℓ(x) − ℓ(x0) where a formula is of that form.")
      case .smooth(let draws, let std): add("The mean over ε of \(inner) at x + ε, ε normal of standard deviation \(std.formulaText): \(draws) draws.")
      case .expect(let draws): add("The mean of \(inner) over \(draws) baselines x0, each a row of the data, all as likely.")
      }
    }
  }

  private mutating func addEffects() {
    for effect in formula.effects {
      switch effect.question {
      case .rise(let action, let place): add("m(after) − m(before), m = \(effect.metric), the mean over n = \(request.sampleCount) samples: \(action.words(place.words)), one \(request.each.word) at a time, all else as it is.")
      case .drop(let action, let place): add("m(before) − m(after), m = \(effect.metric), the mean over n = \(request.sampleCount) samples: \(action.words(place.words)), one \(request.each.word) at a time, all else as it is.")
      case .cumulative(let action, let place): add("m(after) − m(before), m = \(effect.metric): \(action.words(place.words)), and with it every \(request.each.word) that raises m more by itself.")
      case .shapley: add("φₚ = Σ_S |S|! (m − |S| − 1)!/m! · [ v(S ∪ p) − v(S) ] over the sets S of the m − 1 other players; v is \(effect.metric.noun) when only S takes part. The φ add up to v(all) − v(none).")
      case .lime(_, let drop):
        add("v(S) ≈ β₀ + Σₚ βₚ [p ∈ S] by least squares over random sets S, from which each player is dropped with probability \(drop.formulaText); v is \(effect.metric.noun) when only S takes part.")
        add("Players are dropped by themselves, so that βₚ tends to E[v | p ∈ S] − E[v | p ∉ S]: LIME over what is scored, with all sets as near.")
      }
    }
  }
}

extension GradientPower {
  /// As it is written of a factor.
  fileprivate func text(_ factor: String, isProduct: Bool = false) -> String {
    let size = isSigned || exponent == 2 || exponent == 4 ? factor : "|\(factor)|"
    let base = isProduct && exponent != 1 ? "(\(factor))" : size
    return switch exponent {
    case 0: isSigned ? "sign(\(factor))" : "|sign(\(factor))|"
    case 1: size
    case 2: base + "²"
    default: base + "^\(exponent.formulaText)"
    }
  }
}

extension PathRule {
  fileprivate var title: String {
    switch self {
    case .gausslegendre: "Gauss and Legendre, exact for polynomials of degree 2k − 1"
    case .riemann_left: "a sum over left ends"
    case .riemann_right: "a sum over right ends"
    case .riemann_middle: "a sum over middles"
    case .riemann_trapezoid: "the trapezoid rule"
    }
  }
}

extension Objective {
  /// What a sample has of it.
  fileprivate func perSampleWords(_ y: Tensor?) -> String {
    let label = y?.dtype == .int64 ? "its label" : "the class that the model predicts for it"
    return switch self {
    case .loss(let loss):
      switch (try? loss.chosen(for: y)) ?? loss {
      case .cross_entropy: "the cross-entropy −log softmax(f(xᵢ)) at the label yᵢ"
      case .mse_loss: "the squared error of f(xᵢ), the mean over its outputs"
      case let other: "\(other.rawValue)(f(xᵢ), yᵢ)"
      }
    case .logit: "the output of f(xᵢ) for \(label), before any softmax"
    case .prob: "softmax(f(xᵢ)) at \(label)"
    case .logprob: "log softmax(f(xᵢ)) at \(label)"
    case .margin: "the output for \(label) less the largest other"
    case .classLogit(let k): "the output of f(xᵢ) for class \(k), before any softmax"
    case .output(let k): "output \(k) of f(xᵢ)"
    case .function(let text, _): "\(text) of sample i"
    }
  }
}

extension Module {
  /// How the derivative with respect to its parameters follows from δᵢ, that with respect to its output.
  fileprivate var chainRule: String? {
    switch self {
    case is Linear: "y = W z + b, so ∂ℓᵢ/∂Wⱼₖ = δᵢⱼ zᵢₖ and ∂ℓᵢ/∂bⱼ = δᵢⱼ, with δᵢ = ∂ℓᵢ/∂yᵢ; where it works at several places, summed over them."
    case is Convolution: "W meets a patch of z at every place p, so ∂ℓᵢ/∂W = Σₚ δᵢ(p) ⊗ patchᵢ(p) and ∂ℓᵢ/∂b = Σₚ δᵢ(p): patches unfolded, a matrix product."
    case is TransposedConvolution: "each place p of z adds z(p) W to a patch of y, so ∂ℓᵢ/∂W = Σₚ zᵢ(p) ⊗ patch of δᵢ at p."
    case is RunningNorm, is GroupNorm, is LayerNorm: "y = γ ẑ + β with ẑ normalised, so ∂ℓᵢ/∂γ = Σₚ δᵢ(p) ẑᵢ(p) and ∂ℓᵢ/∂β = Σₚ δᵢ(p) over the places p."
    case is RMSNorm: "y = γ ẑ, so ∂ℓᵢ/∂γ = Σₚ δᵢ(p) ẑᵢ(p) over the places p."
    case is Embedding: "row t of W is the sum of δᵢ(p) over the places p where sample i has token t; other rows are 0."
    case is MultiheadAttention: "q, k and v are linear in the input, so ∂ℓᵢ/∂W = Σₚ δᵢ(p) ⊗ zᵢ(p) over the places p, δ taken back through the softmax."
    case is RecurrentLayer: "the same W at every step t, so ∂ℓᵢ/∂W = Σₜ δᵢ(t) ⊗ zᵢ(t), and the hidden state in place of z for the recurrent weights."
    default: nil
    }
  }
}
