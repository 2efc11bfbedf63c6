import Engine
import NN

extension Scoring {
  /// The class that the model predicts for each sample, some samples at a time.
  func predictedClasses() throws -> Tensor {
    try Recording.with(.none) {
      let one = try samples(0..<min(1, sampleCount)).x, trace = ActivationCount(model.everyModule, in: run)
      _ = try trace.run(model, one)
      let size = max(1, Int(min(Double(sampleCount), memory / (8 * Double(max(1, trace.count + one.count))))))
      let parts = try stride(from: 0, to: sampleCount, by: size).map { start in
        guard !Interrupt.isSet else { throw TensorError.interrupted }
        let rows = start..<min(start + size, sampleCount), out = try run(model, samples(rows).x)
        guard out.rank == 2, out.shape[0] == rows.count, out.shape[1] > 0 else {
          throw ObjectiveError.output("the predicted class", expected: "[n, classes]", met: out.shape)
        }
        return try out.argmax(1)
      }
      return try parts.count == 1 ? parts[0] : Tensor.cat(parts, 0)
    }
  }
}
