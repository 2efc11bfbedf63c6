import Builtins

/// Every operation that draws from the session's generator, by name.
public enum RandomOperations {
  public static let all: [Builtin<Generator>] = [
    .alphaDropout, .bernoulli, .dropout, .dropout1d, .dropout2d, .dropout3d, .featureAlphaDropout, .gumbelSoftmax, .multinomial,
    .normal, .poisson, .rand, .randint, .randintLike, .randLike, .randn, .randnLike, .randperm, .rrelu,
    .scaledDotProductAttention,
  ]
}
