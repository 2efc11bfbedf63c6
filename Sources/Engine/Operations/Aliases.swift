import Builtins

/// Other names that PyTorch has for an operation.
enum Aliases {
  static let all: [Builtin<Void>] = names.map { $1.renamed($0) }

  private static let names: [(String, Builtin<Void>)] = [
    ("absolute", .abs), ("arccos", .acos), ("arccosh", .acosh), ("arcsin", .asin), ("arcsinh", .asinh), ("arctan", .atan),
    ("arctan2", .atan2), ("arctanh", .atanh), ("asarray", .asTensor), ("broadcast_to", .expand), ("chain_matmul", .multiDot), ("clip", .clamp),
    ("concatenate", .cat), ("divide", .div), ("empty_like", .zerosLike), ("expit", .sigmoid), ("fix", .trunc), ("gammaln", .lgamma), ("ger", .outer), ("greater", .gt),
    ("greater_equal", .ge), ("igamma", .gammainc), ("igammac", .gammaincc), ("less", .lt), ("less_equal", .le), ("modified_bessel_i0", .i0), ("modified_bessel_i1", .i1), ("moveaxis", .movedim), ("multiply", .mul), ("ndimension", .dim),
    ("negative", .neg), ("nelement", .numel), ("not_equal", .ne), ("pinverse", .pinv), ("multigammaln", .mvlgamma), ("psi", .digamma), ("row_stack", .vstack),
    ("sgn", .sign), ("split_with_sizes", .split), ("subtract", .sub), ("swapdims", .transpose), ("trapz", .trapezoid), ("true_divide", .div), ("vdot", .dot),
    ("view_as", .reshapeAs),
  ]
}
