import Builtins

/// Functions that need the session: derivatives of what the user wrote, and the small ones that Python users reach for.
enum Functions {
  static let all: [Builtin<Session>] = [
    .backward, .batchNorm, .calculateGain, .close, .dataLoader, .enumerate, .functionalCall, .grad, .hessian, .hvp, .instanceNorm,
    .jacfwd, .jacobian, .jacrev, .jvp, .keys, .len, .noGradParameter, .range, .sorted, .str, .timeit,
    .type, .values, .vhp, .vjp, .vmap, .zip,
  ]
    + Initialisers.all
}
