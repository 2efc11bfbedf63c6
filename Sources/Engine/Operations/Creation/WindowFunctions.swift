import Builtins
import Glibc

extension Builtin<Void> {
  static let bartlettWindow = window("bartlett_window", "A triangle", "bartlett_window(4)", "[0.0000, 0.5000, 1.0000, 0.5000]") { t in 1 - Swift.abs(2 * t - 1) }
  static let blackmanWindow = window("blackman_window", "0.42 - 0.5 cos + 0.08 cos", "blackman_window(4)[2]", "1.") { t in
    0.42 - 0.5 * Glibc.cos(2 * Double.pi * t) + 0.08 * Glibc.cos(4 * Double.pi * t)
  }
  static let hammingWindow = window("hamming_window", "0.54 - 0.46 cos", "hamming_window(2)", "[0.0800, 1.0000]") { t in 0.54 - 0.46 * Glibc.cos(2 * Double.pi * t) }
  static let hannWindow = window("hann_window", "0.5 - 0.5 cos", "hann_window(4)", "[0.0000, 0.5000, 1.0000, 0.5000]") { t in 0.5 - 0.5 * Glibc.cos(2 * Double.pi * t) }

  private static func window(_ name: String, _ form: String, _ code: String, _ gives: String, _ shape: @escaping @Sendable (Double) -> Double) -> Builtin {
    Builtin(
      name, "\(form), from 0 to 0 over so many steps: weights for a stretch of a signal.",
      .required("window_length", Int.self, in: 0...1e9, "How many steps."),
      .option("periodic", true, "Whether the next stretch begins with the last 0, so that this one leaves it out."),
      .option("dtype", DType.float32, "The type of the elements."),
      examples: [Example(code, gives: gives)]
    ) { (n: Int, isPeriodic: Bool, dtype: DType) in
      let dtype = try real(name, dtype)
      guard n > 1 else { return try Tensor.ones([n], dtype) }
      let last = Double(isPeriodic ? n : n - 1)
      return try Tensor((0..<n).map { shape(Double($0) / last) }).to(dtype)
    }
  }
}
