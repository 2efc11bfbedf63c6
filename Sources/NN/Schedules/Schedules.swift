import Builtins

/// Every learning-rate schedule that the shell knows, by name.
public enum Schedules {
  public static let all: [Builtin<Void>] = [
    .chainedScheduler, .constantLR, .cosineAnnealingLR, .cosineAnnealingWarmRestarts, .cyclicLR, .exponentialLR, .lambdaLR, .linearLR,
    .multiStepLR, .multiplicativeLR, .oneCycleLR, .polynomialLR, .reduceLROnPlateau, .sequentialLR, .stepLR,
  ]

  /// The names of those that need no argument.
  static let bare = all.filter { $0.parameters.allSatisfy { !$0.isRequired } }.map(\.name)
}

extension Source {
  static func scheduler(_ name: String) -> Source { Source("PyTorch's torch.optim.lr_scheduler.\(name)") }
}
