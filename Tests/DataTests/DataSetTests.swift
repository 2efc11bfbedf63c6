import Builtins
import Engine
import Testing

@testable import Data

@Suite struct DataSetTests {
  let iris: DataSet
  init() throws { iris = try built("iris") }

  private func near(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-6) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
  }

  /// torch.manual_seed(7); torch.randperm(150), whose first 120 are random_split's first part.
  @Test func splitDrawsAsPyTorch() throws {
    let split = try iris.split(0.8, using: Generator(seed: 7))
    #expect(split.train.count == 120 && split.test.count == 30)
    let order = [15, 56, 135, 116, 47, 32, 77, 90]
    let all = try iris.x.floats()
    for (row, place) in order.enumerated() {
      #expect(try Array(split.train.x.floats()[row * 4..<row * 4 + 4]) == Array(all[place * 4..<place * 4 + 4]))
    }
    let rest = [3, 29, 80, 18]
    for (row, place) in rest.enumerated() { #expect(try split.test.y?.ints()[row] == place / 50) }
    #expect(try (split.field("x") as? Tensor)?.shape == [150, 4])
  }

  @Test func splitKeepsOrderOrClassesWhenAsked() throws {
    let plain = try iris.split(0.5, isShuffled: false, using: Generator(seed: 1))
    #expect(try plain.train.y?.ints().filter { $0 == 0 }.count == 50)
    let fair = try iris.split(0.7, isStratified: true, using: Generator(seed: 1))
    #expect(try fair.train.classCounts().map(\.count) == [35, 35, 35])
    #expect(try fair.test.classCounts().map(\.count) == [15, 15, 15])
    let odd = try built("wine").split(0.8, isStratified: true, using: Generator(seed: 1))
    #expect(odd.train.count == 142)
    #expect(throws: DataError.emptyPart("test", samples: 150)) { try iris.split(1, using: Generator(seed: 1)) }
    #expect(throws: DataError.noLabels(for: "`stratify`")) {
      try built("diabetes").split(0.5, isStratified: true, using: Generator(seed: 1))
    }
  }

  /// scikit-learn's StandardScaler on the same numbers in float64; ours are float32.
  @Test func standardizeIsStandardScaler() throws {
    let data = try iris.standardized()
    let x = try data.x.doubles()
    #expect(near(Array(x[0..<4]), [-0.90068117, 1.01900435, -1.34022653, -1.3154443], 1e-5))
    #expect(near(Array(x[596..<600]), [0.06866179, -0.13197948, 0.76275827, 0.79067065], 1e-5))
    // Once more changes next to nothing, and the two together are one scaling of the raw numbers.
    #expect(near(try iris.standardized(like: data.standardized()).x.doubles(), x, 1e-5))
    #expect(near(try iris.standardized(like: iris).x.doubles(), x))
  }

  @Test func testsAreScaledAsTraining() throws {
    let split = try iris.split(0.8, using: Generator(seed: 3))
    let result = try Builtin<Void>.standardize.call((), [Passed(nil, split)])
    let scaled = try #require(result as? Split)
    let (train, test) = (try split.train.standardized(), try split.test.standardized(like: split.train.standardized()))
    #expect(near(try scaled.train.x.doubles(), try train.x.doubles()))
    #expect(near(try scaled.test.x.doubles(), try test.x.doubles()))
  }

  @Test func constantFeaturesBecomeZeroAndBadOnesAreNamed() throws {
    let x = try Tensor([0.1, 1, 0.1, 2, 0.1, 3] as [Float], [3, 2])
    #expect(near(try DataSet(x).standardized().x.doubles(), [0, -1.224744871, 0, 0, 0, 1.224744871]))
    #expect(near(try DataSet(x).normalized().x.doubles(), [0, 0, 0, 0.5, 0, 1]))
    let bad = try DataSet(Tensor([1, .nan, 2, .infinity] as [Float], [2, 2]), features: ["a", "b"])
    #expect(throws: DataError.notFinite(feature: "b", count: 2)) { try bad.standardized() }
    #expect(throws: DataError.otherFeatures(["x0", "x1"], ["a", "b"])) { try bad.standardized(like: DataSet(x)) }
  }

  @Test func featuresAreChosenByNameOrPlace() throws {
    let two = try iris.standardized().select([.name("petal_width_cm"), .place(0)])
    #expect(two.features == ["petal_width_cm", "sepal_length_cm"] && two.x.shape == [150, 2] && two.scaling?.shift.count == 2)
    #expect(try iris.dropping([.place(-1)]).features == Array(iris.features.dropLast()))
    #expect(throws: DataError.unknownFeature("petal_widht_cm", nearest: "petal_width_cm", known: iris.features)) {
      try iris.select([.name("petal_widht_cm")])
    }
    #expect(throws: DataError.position(4, features: 4)) { try iris.select([.place(4)]) }
    #expect(throws: DataError.noFeatureLeft) { try iris.dropping((0..<4).map { .place($0) }) }
    #expect(throws: DataError.noFeatureNames(shape: [2, 1, 3, 3])) { try DataSet(Tensor.zeros([2, 1, 3, 3])).select([.place(0)]) }
  }

  @Test func indexingChoosesRows() throws {
    let first = try #require(try iris.indexed([.slice(from: 0, to: 10, step: 1)]) as? DataSet)
    #expect(first.count == 10 && first.features == iris.features)
    let some = try #require(try iris.indexed([.tensor(Tensor([0, -1]))]) as? DataSet)
    #expect(try some.y?.ints() == [0, 2])
    let mask = try Tensor(iris.y?.ints().map { $0 == 2 } ?? [])
    #expect(try (iris.indexed([.tensor(mask)]) as? DataSet)?.count == 50)
    #expect(try iris.filtered(mask).classCounts().map(\.count) == [0, 0, 50])
    let sample = try #require(try iris.indexed([.at(-1)]) as? Sample)
    #expect(try sample.x.shape == [4] && sample.y?.item() == 2)
    #expect(try (iris.element(named: "petal_width_cm") as? Tensor)?.shape == [150])
    #expect(throws: TensorError.index(150, size: 150, dimension: 0)) { try iris.indexed([.at(150)]) }
    #expect(throws: DataError.mask(expected: 150, shape: [2], dtype: "bool")) { try iris.filtered(Tensor([true, false])) }
    #expect(throws: DataError.self) { try iris.indexed([.at(0), .at(1)]) }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let x = try Tensor.zeros([3, 2])
    #expect(throws: DataError.rows(x: 3, y: 2)) { try DataSet(x, Tensor([0, 1])) }
    #expect(throws: DataError.names(of: "features", expected: 2, met: 1)) { try DataSet(x, features: ["a"]) }
    #expect(throws: DataError.classOutOfRange(2, classes: 2)) { try DataSet(x, Tensor([0, 1, 2]), classes: ["a", "b"]) }
    #expect(throws: DataError.noRows(what: "x")) { try DataSet(Tensor.number(1)) }
    #expect(throws: DataError.isSplit) { try DataSet.accept(iris.split(using: Generator(seed: 0))) }
  }

  @Test func joiningPutsRowsBehindRows() throws {
    let both = try iris.joined(iris)
    #expect(both.count == 300 && both.classes == iris.classes)
    #expect(throws: DataError.self) { try iris.joined(built("wine")) }
    #expect(throws: DataError.self) { try iris.joined(iris.standardized()) }
  }

  @Test func aSummaryNamesFeaturesAndClasses() throws {
    #expect(iris.title == "iris: 150 samples, 4 features, 3 classes")
    guard case .several(let parts) = iris.shown, parts.count == 3, case .table(let features) = parts[1], case .table(let classes) = parts[2] else {
      Issue.record("a title and two tables were expected")
      return
    }
    #expect(features.rows.count == 4 && classes.rows.map { $0[1] } == [.integer(50), .integer(50), .integer(50)])
    #expect(iris.json.text.contains("\"classes\":{\"setosa\":50"))
  }

  @Test func everyOperationIsListedOnce() {
    let names = DataOperations.all.map(\.name) + DataOperations.random.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(DataOperations.all.map(\.name) == DataOperations.all.map(\.name).sorted())
    #expect(DataOperations.random.map(\.name) == DataOperations.random.map(\.name).sorted())
  }
}
