import Builtins
import Engine

/// The units that a module puts out or is given: a tensor, or the first of several results, as a recurrent layer or an
/// attention gives them. Nil where there is none.
func leadingTensor(of value: (any Value)?) -> Tensor? { value as? Tensor ?? (value as? List)?.items.first as? Tensor }

/// The same value with those units changed. Nil where it has none.
func changingLeadingTensor(of value: any Value, _ change: (Tensor) throws -> Tensor) throws -> (any Value)? {
  if let tensor = value as? Tensor { return try change(tensor) }
  guard var list = value as? List, let first = list.items.first as? Tensor else { return nil }
  list.items[0] = try change(first)
  return list
}
