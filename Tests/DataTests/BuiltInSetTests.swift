import Builtins
import Engine
import Testing

@testable import Data

func built(_ name: String, seed: UInt64 = 0, _ options: LoadOptions = LoadOptions()) throws -> DataSet {
  try #require(try Loader.load(name, options, files: Files(), generator: Generator(seed: seed)) as? DataSet)
}

@Suite struct BuiltInSetTests {
  /// Shapes, sums and counts of the files as Python's csv and float read them.
  @Test(arguments: [
    ("iris", [150, 4], 2078.7, "sepal_length_cm", ["setosa": 50, "versicolor": 50, "virginica": 50]),
    ("wine", [178, 13], 159975.295999, "alcohol", ["class_0": 59, "class_1": 71, "class_2": 48]),
    ("breast_cancer", [569, 30], 1056474.4596356, "mean_radius", ["benign": 357, "malignant": 212]),
    ("digits", [1797, 64], 561718, "p00", ["0": 178, "1": 182, "2": 177, "3": 183, "4": 181, "5": 182, "6": 181, "7": 179, "8": 174, "9": 180]),
  ] as [(String, [Int], Double, String, [String: Int])])
  func classified(_ name: String, _ shape: [Int], _ sum: Double, _ first: String, _ counts: [String: Int]) throws {
    let data = try built(name)
    #expect(data.x.shape == shape && data.x.dtype == .float32 && data.y?.dtype == .int64)
    // float32 keeps 24 bits of each number: 6e-8 of the sum at most.
    #expect(abs(try data.x.doubles().reduce(0, +) - sum) < 1e-7 * sum)
    #expect(data.features.first == first && data.features.count == shape[1])
    #expect(data.classes == counts.keys.sorted())
    let met = try data.classCounts()
    #expect(Dictionary(uniqueKeysWithValues: met.map { ($0.name, $0.count) }) == counts)
  }

  @Test func diabetesIsARegression() throws {
    let data = try built("diabetes")
    #expect(data.x.shape == [442, 10] && data.y?.dtype == .float32 && data.classes == nil && data.target == "progression")
    #expect(try data.y?.doubles().reduce(0, +) == 67243)
    #expect(try data.x.floats().prefix(10) == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87])
  }

  @Test(arguments: ["moons", "circles", "xor", "spirals"])
  func madeSetsFollowTheSeed(_ name: String) throws {
    var options = LoadOptions()
    (options.n, options.noise) = (101, 0.05)
    let (a, b, c) = (try built(name, seed: 1, options), try built(name, seed: 1, options), try built(name, seed: 2, options))
    #expect(a.x.shape == [101, 2] && a.features == ["x1", "x2"] && a.classes?.count == 2)
    #expect(try a.x.floats() == b.x.floats())
    #expect(try a.x.floats() != c.x.floats())
    #expect(try a.classCounts().allSatisfy { $0.count > 30 })
  }

  @Test func pointsWithoutNoiseLieOnTheirCurves() throws {
    var options = LoadOptions()
    (options.n, options.noise, options.factor) = (60, 0, 0.25)
    let data = try built("circles", options)
    let x = try data.x.doubles(), y = try #require(try data.y?.ints())
    for i in 0..<60 {
      let radius = (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]).squareRoot()
      #expect(abs(radius - (y[i] == 0 ? 1 : 0.25)) < 1e-6)
    }
  }

  @Test func whatIsAskedForWronglyIsNamed() throws {
    func loading(_ name: String, _ change: (inout LoadOptions) -> Void = { _ in }) throws -> any Value {
      var options = LoadOptions()
      change(&options)
      return try Loader.load(name, options, files: Files(folder: "/"), generator: Generator(seed: 0))
    }
    #expect(throws: DataError.unknownSet("irsi", nearest: "iris", known: Loader.names)) { try loading("irsi") }
    #expect(throws: DataError.unknownEnding(path: "a.xyz", known: [".csv", ".tsv", ".npy", ".safetensors"])) { try loading("a.xyz") }
    #expect(throws: DataError.unusedOption("factor", of: "`moons`", takes: ["n", "noise"])) { try loading("moons") { $0.factor = 0.5 } }
    #expect(throws: DataError.self) { try loading("iris") { $0.header = true } }
    #expect(throws: ArgumentError.self) { try loading("moons") { $0.n = -5 } }
    #expect(throws: CSVError.self) { try loading("iris") { $0.target = .column(.name("specis")) } }
  }

  @Test func targetsOfBuiltInSetsCanBeChosen() throws {
    var options = LoadOptions()
    options.target = .column(.name("petal_width_cm"))
    let data = try built("iris", options)
    #expect(data.y?.dtype == .float32 && data.features.suffix(3) == ["species=setosa", "species=versicolor", "species=virginica"])
    options.target = TargetColumn.none
    #expect(try built("iris", options).y == nil)
  }
}
