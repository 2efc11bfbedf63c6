import Builtins
import Engine
import Glibc
import NN
import Testing

/// Whether the numbers of a tensor are the expected ones.
func isClose(_ t: Tensor, _ expected: [Double], _ tolerance: Double) throws -> Bool {
  let numbers = try t.doubles()
  return numbers.count == expected.count && zip(numbers, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

/// The names of the Swift files in a folder of the sources, without their ending.
func fileNames(_ folder: String) throws -> Set<String> {
  let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Sources/" + folder
  let handle = try #require(opendir(path))
  defer { closedir(handle) }
  var files: Set<String> = []
  while let entry = readdir(handle) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
    if name.hasSuffix(".swift") { files.insert(String(name.dropLast(6))) }
  }
  return files
}

/// A value made by a layer's built-in, as the shell makes it.
func built(_ name: String, _ arguments: [Passed] = [], seed: UInt64 = 0) throws -> any Value {
  try #require(Layers.all.first { $0.name == name }).call(Generator(seed: seed), arguments)
}

/// A small classifier in double precision, so that a slow second computation can be compared closely.
func classifier(seed: UInt64 = 0) throws -> Sequential {
  let g = Generator(seed: seed)
  return try Sequential(named: [
    ("fc1", Linear(3, 5, dtype: .float64, using: g)), ("act1", ReLU()), ("fc2", Linear(5, 4, dtype: .float64, using: g)), ("act2", Tanh()),
    ("fc3", Linear(4, 3, dtype: .float64, using: g)),
  ])
}

func parameterNumbers(_ model: Module) throws -> [[Double]] { try model.namedParameters.map { try $0.parameter.value.doubles() } }

/// Gives back what it is given, through one weight, and notes it.
final class Recorder: Module {
  let weight: NN.Parameter
  private(set) var seen: [[Int]] = []
  init(scale: Float) throws { weight = NN.Parameter(try Tensor([scale], [1, 1])) }
  override var parts: [Part] { [.parameter("weight", weight)] }
  override func forward(_ x: Tensor, in run: Run) throws -> Tensor {
    if isTraining { seen.append(try x.ints()) }
    return try x.linear(weight.value)
  }
}
