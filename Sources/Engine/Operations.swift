import Builtins

/// Every operation that the shell knows, by name.
public enum Operations {
  public static let all: [Builtin<Void>] = [
    .exp, .linear, .matmul, .relu,
  ]
}
