import Builtins

/// Other names that PyTorch has for an operation.
enum Aliases {
  static let all: [Builtin<Void>] = names.map { $1.renamed($0) }

  private static let names: [(String, Builtin<Void>)] = [
    ("absolute", .abs), ("arccos", .acos), ("arccosh", .acosh), ("arcsin", .asin), ("arcsinh", .asinh), ("arctan", .atan),
    ("arctan2", .atan2), ("arctanh", .atanh), ("broadcast_to", .expand), ("chain_matmul", .multiDot), ("clip", .clamp),
    ("concatenate", .cat), ("divide", .div), ("empty_like", .zerosLike), ("expit", .sigmoid), ("fix", .trunc), ("ger", .outer), ("greater", .gt),
    ("greater_equal", .ge), ("less", .lt), ("less_equal", .le), ("moveaxis", .movedim), ("multiply", .mul), ("ndimension", .dim),
    ("negative", .neg), ("nelement", .numel), ("not_equal", .ne), ("pinverse", .pinv), ("multigammaln", .mvlgamma), ("psi", .digamma), ("row_stack", .vstack),
    ("sgn", .sign), ("split_with_sizes", .split), ("subtract", .sub), ("swapdims", .transpose), ("trapz", .trapezoid), ("true_divide", .div), ("vdot", .dot),
    ("view_as", .reshapeAs),
  ]
}
