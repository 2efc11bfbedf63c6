import Builtins
import Engine

extension MultiheadAttention {
  /// Attention from queries to keys.
  /// - Parameters:
  ///   - padding: `[batch, S]`, true where a key is not looked at, or numbers to add to its scores.
  ///   - mask: `[L, S]` or `[batch * heads, L, S]`, true where a query does not look at a key, or numbers to add.
  ///   - isCausal: that a query sees the keys up to its own place; then there is no mask.
  func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, padding: Tensor? = nil, mask: Tensor? = nil, isCausal: Bool = false, needsWeights: Bool = false,
    averages: Bool = true, in run: Run
  ) throws -> (output: Tensor, weights: Tensor?) {
    try check(query, key, value)
    let isBatched = query.rank == 3, batchAxis = isBatchFirst ? 0 : 1
    func batched(_ t: Tensor) throws -> Tensor { isBatched ? t : try t.unsqueeze(batchAxis) }
    let drops = isTraining ? dropout : 0
    let isOne = query === key && key === value && together != nil
    let heads: Tensor, weights: Tensor?
    if isOne, keyBias == nil, !addsZero, !needsWeights, let together {
      // One product for queries, keys and values.
      let packed = try batched(query).linear(together.value, inputBias?.value)
      let parts = try packed.reshape(Array(packed.shape.dropLast()) + [3, self.heads, headSize])
      let added = try merged(mask, padding, batch: query.rank == 3 ? query.shape[batchAxis] : 1, keys: parts.shape[1 - batchAxis], isBatched)
      heads = try parts.permute(isBatchFirst ? [2, 0, 3, 1, 4] : [2, 1, 3, 0, 4])
        .packedAttention(mask: added, isCausal: isCausal, dropout: drops, using: run.generator)
      weights = nil
    } else {
      let x = try [query, key, value].map { try batched($0) }
      (heads, weights) = try separately(x, mask, padding, isBatched, isCausal: isCausal, needsWeights, drops, run)
    }
    let joined = try heads.permute(isBatchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3])
    let y = try run(output, joined.reshape(Array(joined.shape.prefix(2)) + [width]))
    var shown = weights
    if averages { shown = try shown?.mean([1]) }
    if !isBatched { shown = try shown?.select(0, 0) }
    return (isBatched ? y : try y.select(batchAxis, 0), shown)
  }

  private func check(_ query: Tensor, _ key: Tensor, _ value: Tensor) throws(TensorError) {
    let title = "MultiheadAttention(\(size), \(heads))", axes = isBatchFirst ? "batch, length" : "length, batch"
    for (i, (t, width)) in [(query, size), (key, keySize), (value, valueSize)].enumerated() {
      guard t.rank == query.rank, t.rank == 2 || t.rank == 3, t.shape[t.rank - 1] == width else {
        throw .shape(title, expected: "[\(axes), \(width)] or [length, \(width)] as its \(inputNames[i])", met: t.shape, operand: i)
      }
      guard t.dtype == output.weight.value.dtype else {
        throw .dtype(title, expected: output.weight.value.dtype.name, met: t.dtype, operand: i)
      }
    }
    guard key.shape.dropLast() == value.shape.dropLast() else {
      throw .shape(title, expected: "a value for each key, [\(key.shape.dropLast().map(String.init).joined(separator: ", ")), \(valueSize)]", met: value.shape, operand: 2)
    }
    let batch = isBatchFirst ? 0 : 1
    if query.rank == 3, key.shape[batch] != query.shape[batch] {
      throw .shape(title, expected: "keys of a batch of \(query.shape[batch])", met: key.shape, operand: 1)
    }
  }

  /// Each projection by itself, with the added keys and the weights that were asked for.
  private func separately(
    _ x: [Tensor], _ mask: Tensor?, _ padding: Tensor?, _ isBatched: Bool, isCausal: Bool, _ needsWeights: Bool, _ drops: Double, _ run: Run
  ) throws -> (Tensor, Tensor?) {
    var parts = try projected(x)
    let (batchAxis, timeAxis) = isBatchFirst ? (0, 1) : (1, 0)
    let batch = x[0].shape[batchAxis], keys = x[1].shape[timeAxis]
    var added = try merged(mask, padding, batch: batch, keys: keys, isBatched)
    func behind(_ i: Int, _ row: Tensor) throws {
      var shape = parts[i].shape
      shape[timeAxis] = 1
      parts[i] = try Tensor.cat([parts[i], row.expand(shape)], timeAxis)
    }
    func widen() throws { added = try added.map { try $0.pad([0, 1]) } }
    if let keyBias, let valueBias {
      try behind(1, keyBias.value)
      try behind(2, valueBias.value)
      try widen()
    }
    if addsZero {
      let row = try Tensor.zeros([1, 1, width], x[0].dtype)
      try behind(1, row)
      try behind(2, row)
      try widen()
    }
    let split = try parts.map { t in
      try t.reshape(Array(t.shape.prefix(2)) + [heads, headSize]).permute(isBatchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3])
    }
    guard needsWeights else {
      return (try split[0].attention(split[1], split[2], mask: added, dropout: drops, isCausal: isCausal, using: run.generator), nil)
    }
    let how = AttentionWeights(scale: 1 / Double(headSize).squareRoot(), isCausal: isCausal, dropout: 0)
    let weights = try how(split[0], split[1], mask: added).dropout(drops, using: run.generator)
    return (try weights.matmul(split[2]), weights)
  }

  /// Queries, keys and values after their linear maps.
  private func projected(_ x: [Tensor]) throws -> [Tensor] {
    try x.enumerated().map { i, t in
      let bias = try inputBias?.value.narrow(0, i * width, width)
      if let together { return try t.linear(together.value.narrow(0, i * width, width), bias) }
      return try t.linear(apart[i].value, bias)
    }
  }

  /// Both masks as numbers to add to the scores, `[batch or 1, heads or 1, L or 1, S]`.
  private func merged(_ mask: Tensor?, _ padding: Tensor?, batch: Int, keys: Int, _ isBatched: Bool) throws -> Tensor? {
    var sum: Tensor?
    if let mask {
      let numbers = try added(mask, "attn_mask")
      if mask.rank == 3 {
        guard mask.shape[0] == batch * heads else {
          throw TensorError.shape(typeName, expected: "an attn_mask of [\(batch * heads), L, S] for \(heads) heads, or [L, S]", met: mask.shape, operand: 5)
        }
        sum = try numbers.reshape([batch, heads] + mask.shape.suffix(2))
      } else {
        guard mask.rank == 2 else { throw TensorError.shape(typeName, expected: "an attn_mask of [L, S] or [batch * heads, L, S]", met: mask.shape, operand: 5) }
        sum = try numbers.reshape([1, 1] + mask.shape)
      }
    }
    guard let padding else { return sum }
    guard padding.shape == (isBatched ? [batch, keys] : [keys]) else {
      throw TensorError.shape(typeName, expected: "a key_padding_mask of \(isBatched ? [batch, keys] : [keys])", met: padding.shape, operand: 3)
    }
    let numbers = try added(padding, "key_padding_mask").reshape([batch, 1, 1, keys])
    return try sum.map { try $0 + numbers } ?? numbers
  }

  /// True as -inf, and numbers as they are.
  private func added(_ mask: Tensor, _ name: String) throws -> Tensor {
    let dtype = output.weight.value.dtype
    if mask.dtype == .bool { return try mask.selecting(Tensor.full([], -.infinity, dtype), Tensor.zeros([], dtype)) }
    guard mask.dtype.isFloating else { throw TensorError.dtype(typeName, expected: "truth values or real numbers as its \(name)", met: mask.dtype, operand: 5) }
    return try mask.to(dtype)
  }
}
