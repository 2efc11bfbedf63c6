import Builtins
import Engine

/// What a training is to do; what is not said is as `torch` has it.
public struct TrainingOptions {
  public var epochs = 10
  /// Samples a step; nil or 0 takes all at once.
  public var batchSize: Int? = 32
  public var shuffle = true
  /// Whether a last batch that is smaller is left out.
  public var dropLast = false
  /// Batches whose gradients go into one step.
  public var accumulate = 1
  public var optimiser = OptimiserKind.sgd
  public var arguments = OptimiserArguments()
  /// These stand above those of `arguments`.
  public var lr: PatternedNumber?, weightDecay: PatternedNumber?
  /// How strongly weights are drawn to 0 by the sign of each.
  public var l1: PatternedNumber?
  public var schedule: (any Schedule)?
  public var clipGradNorm: Double?, clipGradValue: Double?
  /// Nil chooses by the dtype of the targets.
  public var loss: Loss?
  public var metric = MetricName.auto
  public var watch = WatchName.auto
  /// Epochs without progress after which the training ends.
  public var earlyStopping: Int?
  public var minDelta: Double?, restoreBest: Bool?
  public var track: [TrackName] = []
  /// Of some parameters, 1 for numbers that are trained and 0 for those that stay as they are.
  public var masks: [(parameter: Parameter, mask: Tensor)] = []
  public var checkpoint: CheckpointPlan?
  /// What an earlier training wrote.
  public var resume: Record?
  public init() {}
}

/// Where a training stands, after each batch.
public struct TrainingProgress {
  /// Counted from 1.
  public let epoch: Int, epochs: Int, batch: Int, batches: Int
  /// Of the batch just seen.
  public let loss: Double
  /// The learning rate, of the first group of parameters.
  public let lr: Double
  /// Of the last whole epoch.
  public let last: History.Epoch?
}
