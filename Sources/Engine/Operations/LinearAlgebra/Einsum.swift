import Builtins

extension Builtin<Void> {
  static let einsum = Builtin(
    "einsum", "Sums of products, by letters for dimensions.",
    .required("equation", String.self, "Letters of each operand, then of the result: \"ij,jk->ik\". `...` stands for the rest."),
    .several("operands", [Tensor].self, "One tensor for each group of letters."),
    formula: "\"ij,jk->ik\": y[i, k] = Σⱼ a[i, j] b[j, k]",
    examples: [Example("einsum(\"ij,j->i\", tensor([[1.0, 2.0]]), tensor([3.0, 4.0]))", gives: "[11.]")]
  ) { (equation: String, operands: [Tensor]) in try Tensor.einsum(equation, operands) }
}

extension Tensor {
  /// Sums of products over the letters that the result does not name. A letter twice on one operand is its diagonal.
  /// - Cost: operands are joined from left to right, each pair as one batched matrix product.
  public static func einsum(_ equation: String, _ operands: [Tensor]) throws(TensorError) -> Tensor {
    let plan = try EinsumEquation(equation, operands)
    var rest = try zip(operands, plan.inputs).map { ($0, $1) }.map(Labelled.init(diagonal:))[...]
    guard var joined = rest.popFirst() else { throw .value("einsum", "takes at least one tensor") }
    while let next = rest.popFirst() {
      let needed = Set(plan.output).union(rest.flatMap(\.labels))
      joined = try joined.joined(with: next, keeping: needed)
    }
    return try joined.reduced(to: Set(plan.output)).arranged(plan.output, plan.sizes)
  }
}

/// The letters of an equation; those that `...` stands for are negative numbers, counted from the last.
private struct EinsumEquation {
  var inputs: [[Int]] = []
  var output: [Int] = []
  var sizes: [Int: Int] = [:]

  init(_ text: String, _ operands: [Tensor]) throws(TensorError) {
    let plain = text.filter { $0 != " " }
    let sides = plain.split(separator: "->", omittingEmptySubsequences: false).map(String.init)
    guard sides.count <= 2 else { throw .value("einsum", "`->` stands once in \"\(text)\"") }
    let groups = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard groups.count == operands.count else {
      throw .value("einsum", "\"\(text)\" names \(groups.count) operands, got \(operands.count)")
    }
    var widest = 0
    for (i, group) in groups.enumerated() {
      let labels = try EinsumEquation.labels(group, rank: operands[i].rank, text)
      guard labels.count == operands[i].rank else {
        throw .shape("einsum: \"\(group)\"", expected: "a tensor of \(labels.count) dimensions", met: operands[i].shape, operand: i + 1)
      }
      widest = max(widest, labels.count { $0 < 0 })
      for (label, size) in zip(labels, operands[i].shape) {
        let known = sizes[label] ?? 1
        guard known == size || known == 1 || size == 1 else {
          throw .shape("einsum: \"\(text)\"", expected: "sizes that agree", met: operands[i].shape, operand: i + 1)
        }
        sizes[label] = known == 1 ? size : known
      }
      inputs.append(labels)
    }
    let open = widest == 0 ? [] : Array(-widest ... -1)
    if sides.count == 2 {
      output = try EinsumEquation.labels(sides[1], rank: sides[1].filter { $0 != "." }.count + widest, text)
      guard Set(output).count == output.count else { throw .value("einsum", "a letter stands twice in the result of \"\(text)\"") }
      for label in output where sizes[label] == nil { throw .value("einsum", "the result of \"\(text)\" names a letter that no operand has") }
    } else {
      let all = inputs.flatMap { $0 }
      output = open + Set(all).filter { label in label >= 0 && all.count { $0 == label } == 1 }.sorted()
    }
  }

  private static func labels(_ group: String, rank: Int, _ text: String) throws(TensorError) -> [Int] {
    let letters = group.filter { $0 != "." }
    let dots = group.count - letters.count
    guard dots == 0 || (dots == 3 && group.contains("...")) else { throw .value("einsum", "`...` stands once a group in \"\(text)\"") }
    var out: [Int] = [], rest = Substring(group)
    while let letter = rest.first {
      if letter == "." {
        rest = rest.dropFirst(3)
        let open = rank - letters.count
        if open > 0 { out += Array(-open ... -1) }
        continue
      }
      guard letter.isASCII, letter.isLetter, let code = letter.asciiValue else {
        throw .value("einsum", "`\(letter)` is no letter for a dimension in \"\(text)\"")
      }
      // Capital letters sort before small ones, as in PyTorch.
      out.append(Int(code))
      rest = rest.dropFirst()
    }
    return out
  }
}

/// A tensor with a label for each dimension, none twice.
private struct Labelled {
  let tensor: Tensor
  let labels: [Int]

  init(_ tensor: Tensor, _ labels: [Int]) { (self.tensor, self.labels) = (tensor, labels) }

  init(diagonal pair: (Tensor, [Int])) throws(TensorError) {
    var (t, labels) = pair
    while let again = labels.indices.first(where: { i in labels[..<i].contains(labels[i]) }) {
      let first = labels.firstIndex(of: labels[again]) ?? 0
      let label = labels[again]
      guard t.shape[first] == t.shape[again] else { throw .shape("einsum", expected: "equal sizes for a repeated letter", met: t.shape, operand: 0) }
      t = try t.diagonal(0, first, again)
      labels.remove(at: again)
      labels.remove(at: first)
      labels.append(label)
    }
    self.init(t, labels)
  }

  /// Summed over the labels that are not wanted.
  func reduced(to wanted: Set<Int>) throws(TensorError) -> Labelled {
    let gone = labels.indices.filter { !wanted.contains(labels[$0]) }
    return gone.isEmpty ? self : Labelled(try tensor.sum(gone), labels.filter { wanted.contains($0) })
  }

  /// In the order of `output`, stretched to its sizes.
  func arranged(_ output: [Int], _ sizes: [Int: Int]) throws(TensorError) -> Tensor {
    let t = try view(output)
    return try t.expand(output.map { sizes[$0] ?? 1 })
  }

  /// With a dimension for each of `order`, of size 1 where it has none.
  private func view(_ order: [Int]) throws(TensorError) -> Tensor {
    let mine = order.filter(labels.contains)
    let t = try tensor.permute(mine.compactMap { labels.firstIndex(of: $0) })
    var sizes = t.shape[...]
    return try t.reshape(order.map { mine.contains($0) ? sizes.popFirst() ?? 1 : 1 })
  }

  /// The product with another, summed over what nobody needs any more: one batched matrix product.
  func joined(with other: Labelled, keeping needed: Set<Int>) throws(TensorError) -> Labelled {
    let a = try reduced(to: needed.union(other.labels)), b = try other.reduced(to: needed.union(labels))
    let shared = a.labels.filter(b.labels.contains)
    let batch = shared.filter(needed.contains), inner = shared.filter { !needed.contains($0) }
    let left = a.labels.filter { !shared.contains($0) }, right = b.labels.filter { !shared.contains($0) }
    var sizes: [Int: Int] = [:]
    for operand in [a, b] {
      for (label, size) in zip(operand.labels, operand.tensor.shape) where sizes[label] == nil || sizes[label] == 1 { sizes[label] = size }
    }
    func count(_ labels: [Int]) -> Int { labels.reduce(1) { $0 * (sizes[$1] ?? 1) } }
    let x = try a.arranged(batch + left + inner, sizes).reshape([count(batch), count(left), count(inner)])
    let y = try b.arranged(batch + inner + right, sizes).reshape([count(batch), count(inner), count(right)])
    let product = try batch.isEmpty ? x.squeeze([0]).matmul(y.squeeze([0])) : x.matmul(y)
    let labels = batch + left + right
    return Labelled(try product.reshape(labels.map { sizes[$0] ?? 1 }), labels)
  }
}
