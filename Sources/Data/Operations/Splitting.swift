import Builtins
import Engine

extension Builtin<Generator> {
  static let split = Builtin(
    "split", "Some of the samples to train on and the rest to test with.",
    .required("data", DataSet.self, "What to split."),
    .option("fraction", 0.8, in: 0...1, "The share of the samples to train on."),
    .option("shuffle", true, "Draw the samples at random; else the first ones are trained on."),
    .option("stratify", false, "Give both parts the same share of each class."),
    source: Source("PyTorch's random_split with the lengths floor(n * fraction) and the rest"),
    examples: [Example("len(load(\"iris\").split(0.8).test)", gives: "30")]
  ) { (generator: Generator, data: DataSet, fraction: Double, shuffle: Bool, stratify: Bool) in
    try data.split(fraction, isShuffled: shuffle, isStratified: stratify, using: generator)
  }

  static let shuffle = Builtin(
    "shuffle", "The samples in random order.",
    .required("data", DataSet.self, "What to shuffle."),
    examples: [Example("len(load(\"iris\").shuffle())", gives: "150")]
  ) { (generator: Generator, data: DataSet) in try data.shuffled(using: generator) }
}
