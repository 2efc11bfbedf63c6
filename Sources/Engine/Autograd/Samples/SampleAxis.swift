/// Where the samples lie in a tensor that holds several: in the order of its shape it reads `[before, samples, after]`.
struct SampleAxis: Equatable {
  let before: Int, after: Int

  /// What each sample has, as `[samples, places, trailing]`, where the last dimensions of the tensor are `trailing`.
  func apart(_ t: Tensor, _ samples: Int, trailing: [Int]) throws -> Tensor {
    let size = trailing.reduce(1, *), inner = size == 0 ? 0 : after / size
    guard inner * size == after, before * samples * after == t.count else { throw SamplesDiffer() }
    if before == 1 { return try t.reshape([samples, inner] + trailing) }
    let order = [1, 0, 2] + trailing.indices.map { $0 + 3 }
    return try t.reshape([before, samples, inner] + trailing).permute(order).reshape([samples, before * inner] + trailing)
  }

  /// What one sample has, in an order of its own.
  func sample(_ i: Int, of t: Tensor, _ samples: Int) throws -> Tensor {
    guard before * samples * after == t.count else { throw SamplesDiffer() }
    return try t.reshape([before, samples, after]).select(1, i)
  }

  /// `dy` of a step that stretched `shape`, summed back for each sample: `[samples, shape]`.
  /// - Parameter alone: the shape of `dy` for one sample.
  func summed(_ dy: Tensor, _ samples: Int, alone: [Int], to shape: [Int]) throws -> Tensor {
    if samples == 1 { return try dy.summed(to: shape).reshape([1] + shape) }
    // The dimension that the samples are in, which the operand does not have or has once.
    guard dy.rank == alone.count, let d = alone.indices.first(where: { dy.shape[$0] != alone[$0] }) else { throw SamplesDiffer() }
    let ahead = alone[..<d].reduce(1, *), first = ahead > 0 ? before / ahead : 0
    guard first > 0, first * ahead == before, alone[d] % first == 0, dy.shape[d] == alone[d] * samples else { throw SamplesDiffer() }
    let parts = Array(alone[..<d]) + [first, samples, alone[d] / first] + alone[(d + 1)...]
    let lead = alone.count - shape.count
    var order = Array(parts.indices)
    order.remove(at: d + 1)
    var stretched = [d + 1, d + 2]
    for (i, size) in alone.enumerated() where i != d && (i < lead || (shape[i - lead] == 1 && size != 1)) { stretched.append(i < d ? i + 1 : i + 2) }
    return try dy.reshape(parts).permute([d + 1] + order).sum(stretched, keepdim: false).reshape([samples] + shape)
  }
}

/// Samples that do not go through a computation as one alone does, so that what each contributes cannot be told.
public struct SamplesDiffer: Error {
  public init() {}
}

/// What a step of a history holds.
enum Held: Equatable {
  /// The same for any number of samples.
  case shared
  case samples(SampleAxis)
  /// Samples, and nothing says in which order; or a size that no number of samples explains.
  case unclear

  var axis: SampleAxis? {
    if case .samples(let axis) = self { axis } else { nil }
  }
}
