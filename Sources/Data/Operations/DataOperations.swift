import Builtins
import Engine

/// What a user can do with data sets, by name.
///
/// Some of the names are those of operations on tensors too (`select`, `split`, `where`): they belong to a call whose
/// first argument is a data set.
public enum DataOperations {
  public static let all: [Builtin<Void>] = [.concat, .dataset, .drop, .normalize, .select, .standardize, .where]
  /// Those that draw random numbers.
  public static let random: [Builtin<Generator>] = [.circles, .kmeans, .moons, .shuffle, .spirals, .split, .xor]

  /// True for the values that these operations are methods of.
  public static func owns(_ value: any Value) -> Bool { value is DataSet || value is Split }
}
