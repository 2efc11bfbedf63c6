import Builtins

/// Every operation that draws from the session's generator, by name.
public enum RandomOperations {
  public static let all: [Builtin<Generator>] = [
    .alphaDropout, .bernoulli, .dropout, .dropout1d, .dropout2d, .featureAlphaDropout, .multinomial, .normal, .rand,
    .randint, .randLike, .randn, .randnLike, .randperm, .scaledDotProductAttention,
  ]
}
