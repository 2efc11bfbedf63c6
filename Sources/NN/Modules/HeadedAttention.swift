import Engine

/// Attention in heads that can be told apart, and taken out.
public protocol HeadedAttention: Module {
  var heads: Int { get }
  /// Numbers that a head puts out for each token.
  var headSize: Int { get }
  /// What joins the heads: a column for each number that they put out, head after head.
  var output: Linear { get }
  /// The modules that its parameters belong to.
  var holders: [Module] { get }
  /// For a parameter of which each head has rows of its own, how often the heads follow one another in it: 3 times where it
  /// makes queries, keys and values. Nil for any other.
  func headParts(of parameter: Parameter) -> Int?
  /// Leaves these heads, in their order: their rows of the projections that go in, and their columns of the one that goes out.
  /// What is left of each query, key and value stays as wide, and so does what goes in and comes out.
  func keep(heads: [Int], journal: Journal) throws
}

extension HeadedAttention {
  /// Numbers that all heads put out for each token.
  public var width: Int { heads * headSize }

  /// The places of some heads among the numbers of all, in a tensor in which all follow one another several times.
  func places(of kept: [Int], parts: Int = 1) -> [Int] {
    (0..<parts).flatMap { part in kept.flatMap { head in (0..<headSize).map { part * width + head * headSize + $0 } } }
  }
}
