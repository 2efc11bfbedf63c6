import CKernels
import Testing

/// What PyTorch 2.13 draws on a CPU after `torch.manual_seed(seed)`, each entry from a fresh start.
struct Stream: Sendable, CustomTestStringConvertible {
  let seed: UInt64
  let rand: [Float]  // rand(4)
  let rand64: [Double]  // rand(3, dtype=float64)
  let few: [Float]  // randn(5)
  let few64: [Double]  // randn(15, dtype=float64)[-2:]
  let sixteen: [Float]  // randn(16)[[0, 8, 15]]
  let many: [Float]  // randn(33)[[0, 15, 16, 17, 32]]
  let many64: [Double]  // randn(400, dtype=float64)[[0, 8, 399]]
  let permutation: [Int64]  // randperm(10)
  let small: [Int64]  // randint(-3, 100, (4,))
  let large: [Int64]  // randint(0, 2**40, (2,))
  let full: [Int64]  // empty(2, dtype=int64).random_()
  let coins: [UInt8]  // empty(12).bernoulli_(0.3)
  let uniform: [Float]  // empty(2).uniform_(-0.5, 0.25)
  var testDescription: String { "seed \(seed)" }
}

private let streams = [
  Stream(
    seed: 0, rand: [0.49625659, 0.768221796, 0.0884774327, 0.132030487], rand64: [0.9700530018065531, 0.707819864399788, 0.45938294312745087],
    few: [1.54099607, -0.293428898, -2.17878938, 0.568431258, -1.08452237], few64: [1.100604170903427, -1.0711873631091473], sixteen: [-1.12583983, 0.322274923, -0.247278154],
    many: [-1.12583983, -0.247278154, -1.35265374, 0.0315927416, 1.20322371], many64: [-2.310411800234176, -1.2956271403277857, 0.8189769791709861],
    permutation: [4, 1, 7, 5, 3, 9, 0, 8, 6, 2], small: [96, 68, 5, 78], large: [741280623151, 506137267392],
    full: [900450186894289455, 3969543146641149120], coins: [0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1], uniform: [-0.127807558, 0.0761663467]),
  Stream(
    seed: 1, rand: [0.7576316, 0.279310882, 0.403069258, 0.734684467], rand64: [0.06105327471962363, 0.2245545065676504, 0.23425251394483937],
    few: [0.661352158, 0.266924113, 0.0616772585, 0.621317327, -0.451905966], few64: [-0.9656359311683427, 0.42241532118215536], sixteen: [-1.5255959, -0.712144613, 0.467635512],
    many: [-1.5255959, 0.467635512, -0.69697243, -0.0721317828, 2.40697813], many64: [-0.31128955419003207, -0.1705634409839206, -0.9140820038947838],
    permutation: [5, 6, 1, 2, 0, 8, 9, 3, 7, 4], small: [2, 73, 12, 45], large: [163196666091, 605300724808],
    full: [7692698082559361259, 4064269471072392264], coins: [1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0], uniform: [0.0682236999, -0.290516853]),
  Stream(
    seed: 7, rand: [0.53492254, 0.198803186, 0.659211695, 0.656890273], rand64: [0.279380429906404, 0.27369371365176565, 0.8620929614176255],
    few: [-0.146795094, 0.786141276, 0.94682163, -1.114344, 1.69079018], few64: [0.2405461286050214, 1.3954507962006726], sixteen: [-0.820134521, 0.926542997, 1.09016514],
    many: [-0.820134521, 1.09016514, -1.58266461, -0.0234779324, -1.6370213], many64: [0.06626753966449943, -0.8067815436367963, 0.44257109532278965],
    permutation: [5, 0, 3, 4, 1, 7, 9, 6, 8, 2], small: [41, 51, 94, 93], large: [752595690692, 108744157686],
    full: [1407639518939636932, 5163590386780219894], coins: [1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1], uniform: [-0.0988080949, -0.35089761]),
  Stream(
    seed: 123456789, rand: [0.405253887, 0.606179953, 0.738970876, 0.367551386], rand64: [0.24203156979043028, 0.9117670121929634, 0.564618455822799],
    few: [0.110278368, 2.20076966, -0.896996915, -0.385614812, -0.606252193], few64: [0.7970836810435837, -0.2747651065386185], sixteen: [0.264255404, -0.984586418, 1.2969768],
    many: [0.264255404, 1.2969768, -1.40200579, -0.610151052, -0.526212871], many64: [-0.13536198008712116, 0.7320547932779179, 0.17244376833776598],
    permutation: [8, 5, 4, 6, 2, 1, 3, 9, 0, 7], small: [55, 81, 23, 59], large: [794528788124, 214804862937],
    full: [605662376642686620, 629709215729850329], coins: [1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0], uniform: [-0.196059585, -0.0453650355]),
  Stream(
    seed: 1099511627781, rand: [0.830251873, 0.126110911, 0.90746969, 0.819927037], rand64: [0.6420150066280941, 0.2597579151763153, 0.36082761942715424],
    few: [-0.486780763, -0.603821576, -0.55809623, 0.667524278, -0.197415099], few64: [-0.6662252680581671, 0.684642204505353], sixteen: [1.84232986, 0.39076823, -0.782335103],
    many: [1.84232986, -0.782335103, 2.77986312, -0.732388675, -1.03646708], many64: [0.8235713931461853, -1.1731404788951871, 0.7992313580747418],
    permutation: [1, 4, 9, 6, 3, 5, 0, 2, 8, 7], small: [21, 94, 19, 85], large: [425438759118, 1030067709629],
    full: [4095051218741643470, 6838803925648402109], coins: [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], uniform: [0.122688904, -0.405416816]),
]

@Suite struct RandomTests {
  private func draw<T>(_ seed: UInt64, _ count: Int, _ zero: T, _ fill: (inout pith_mt19937, inout [T]) -> Void) -> [T] {
    var generator = pith_mt19937()
    pith_mt19937_seed(&generator, seed)
    var values = [T](repeating: zero, count: count)
    fill(&generator, &values)
    return values
  }

  @Test("uniform numbers are PyTorch's to the bit", arguments: streams)
  func uniform(_ stream: Stream) {
    #expect(draw(stream.seed, 4, Float(0)) { pith_rand_f32(&$0, &$1, 4) } == stream.rand)
    #expect(draw(stream.seed, 3, 0.0) { pith_rand_f64(&$0, &$1, 3) } == stream.rand64)
    #expect(draw(stream.seed, 2, Float(0)) { pith_uniform_f32(&$0, &$1, 2, -0.5, 0.25) } == stream.uniform)
  }

  // PyTorch's vectorised logarithm and cosine round otherwise than ours: a few units in the last place.
  @Test("normal numbers are PyTorch's, below and from 16 numbers on", arguments: streams)
  func normal(_ stream: Stream) {
    let few = draw(stream.seed, 5, Float(0)) { pith_normal_f32(&$0, &$1, 5, 0, 1) }
    let few64 = draw(stream.seed, 15, 0.0) { pith_normal_f64(&$0, &$1, 15, 0, 1) }
    let sixteen = draw(stream.seed, 16, Float(0)) { pith_normal_f32(&$0, &$1, 16, 0, 1) }
    let many = draw(stream.seed, 33, Float(0)) { pith_normal_f32(&$0, &$1, 33, 0, 1) }
    let many64 = draw(stream.seed, 400, 0.0) { pith_normal_f64(&$0, &$1, 400, 0, 1) }
    #expect(largestDifference(few, stream.few) < 1e-6)
    #expect(largestDifference(few64.suffix(2), stream.few64) < 1e-14)
    #expect(largestDifference([0, 8, 15].map { sixteen[$0] }, stream.sixteen) < 2e-6)
    #expect(largestDifference([0, 15, 16, 17, 32].map { many[$0] }, stream.many) < 2e-6)
    #expect(largestDifference([0, 8, 399].map { many64[$0] }, stream.many64) < 1e-13)
  }

  @Test("integers, permutations and coins are PyTorch's", arguments: streams)
  func integers(_ stream: Stream) {
    #expect(draw(stream.seed, 10, Int64(0)) { pith_randperm(&$0, &$1, 10) } == stream.permutation)
    #expect(draw(stream.seed, 4, Int64(0)) { pith_randint(&$0, &$1, 4, -3, 100) } == stream.small)
    #expect(draw(stream.seed, 2, Int64(0)) { pith_randint(&$0, &$1, 2, 0, 1 << 40) } == stream.large)
    #expect(draw(stream.seed, 2, Int64(0)) { pith_random_i64(&$0, &$1, 2) } == stream.full)
    #expect(draw(stream.seed, 12, UInt8(0)) { pith_bernoulli_u8(&$0, &$1, 12, 0.3) } == stream.coins)
    #expect(draw(stream.seed, 12, Float(0)) { pith_bernoulli_f32(&$0, &$1, 12, 0.3) } == stream.coins.map(Float.init))
  }

  @Test("the second number of a pair waits for the next call")
  func pairs() {
    let whole = draw(0, 7, Float(0)) { pith_normal_f32(&$0, &$1, 7, 0, 1) }
    let split = draw(0, 7, Float(0)) { generator, values in
      values.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        pith_normal_f32(&generator, base, 3, 0, 1)
        pith_normal_f32(&generator, base + 3, 4, 0, 1)
      }
    }
    #expect(whole == split)
  }

  @Test("long fills cross the blocks of 624 words as single draws do")
  func blocks() {
    let long = draw(3, 2000, Float(0)) { pith_rand_f32(&$0, &$1, 2000) }
    let single = draw(3, 2000, Float(0)) { generator, values in
      for i in values.indices { values[i] = Float(pith_random32(&generator) & 0xffffff) * 0x1p-24 }
    }
    #expect(long == single)
  }

  @Test("a generator with an index from outside its state, and an empty range, do not trap")
  func hostile() {
    var generator = pith_mt19937()
    pith_mt19937_seed(&generator, 0)
    generator.index = -5
    _ = pith_random32(&generator)
    generator.index = 9999
    var values = [Int64](repeating: 7, count: 3)
    pith_randint(&generator, &values, 3, 5, 5)
    #expect(values == [5, 5, 5])
    pith_randint(&generator, &values, 3, .min, .max)
    pith_randperm(&generator, &values, 0)
  }
}
