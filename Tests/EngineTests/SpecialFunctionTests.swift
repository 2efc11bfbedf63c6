@testable import Engine
import Builtins
import Testing

/// Special functions against PyTorch 2.13 in float64, and where that has but nine digits (Bessel functions of the first and second
/// kind, shares of the gamma integral) against mpmath with 40.
@Suite struct SpecialFunctionTests {
  static let points: [Double] = [-40, -7.5, -2, -0.3, 0, 1e-3, 0.7, 2.5, 6, 29.9, 30.1, 100, 700]
  static let values: [(String, [Double])] = [
    ("bessel_j0", [0.00736689058423729, 0.2663396578803784, 0.22389077914123567, 0.9776262465382961, 1.0, 0.9999997500000156, 0.8812008886074053, -0.048383776468198, 0.15064525725099692, -0.09781115006606245, -0.07410137232401859, 0.019985850304223122, -0.006288272465068767]),
    ("bessel_j1", [-0.126038318037585, -0.1352484275797055, -0.5767248077568734, -0.148318816273104, 0.0, 0.0004999999375000026, 0.32899574154005895, 0.49709410246427405, -0.27668385812756563, -0.10991681070937226, -0.12637268272143992, -0.07714535201411216, 0.029489824084030333]),
    ("bessel_y0", [.nan, .nan, .nan, .nan, -.infinity, -4.471416611375923, -0.19066492933739512, 0.4980703596152319, -0.28819468398157916, -0.10826651702177552, -0.12512486778507473, -0.07724431336508315, 0.02949430818089382]),
    ("bessel_y1", [.nan, .nan, .nan, .nan, -.infinity, -636.6221672311394, -1.1032498719076334, 0.1459181379667858, -0.17501034430039825, 0.09601482979060925, 0.07203366369400514, -0.020372312002759792, 0.00630934142145256]),
    ("i0", [1.48947747934199e+16, 268.1613115151893, 2.279585302336067, 1.0226268793515967, 1.0, 1.0000002500000158, 1.1263030183068092, 3.289839144050123, 67.23440697647797, 708478330489.0146, 862432920031.7792, 1.0737517071310738e+42, 1.5295933476718735e+302]),
    ("i0e", [0.06327827987523532, 0.1483158300773955, 0.308508322553671, 0.7575806251825477, 1.0, 0.9990007495835156, 0.5593055265070683, 0.27004644161220276, 0.16665743263981656, 0.07326921904600191, 0.07302329413106094, 0.03994437929909668, 0.015081295651531355]),
    ("i1", [-1.4707396163259354e+16, -249.58436542268808, -1.5906368546373295, -0.15169384000359282, 0.0, 0.0005000000625000028, 0.37187967777700853, 2.5167162452886984, 61.3419367776402, 696528308361.0928, 847983630191.5414, 1.0683693903381625e+42, 1.5285003902339006e+302]),
    ("i1e", [-0.06248222907444206, -0.13804121154855417, -0.2152692892489377, -0.11237756063983881, 0.0, 0.0004995003123542215, 0.18466998276274726, 0.20658464953126654, 0.1520514593085058, 0.0720333749118688, 0.07179985435101434, 0.03974415302513025, 0.015070519444716846]),
    ("modified_bessel_k0", [.nan, .nan, .nan, .nan, .infinity, 7.0236888005623825, 0.6605198599151018, 0.062347553200366196, 0.0012439943280131234, 2.3606580278508088e-14, 1.926363362159051e-14, 4.6566282291759025e-45, 4.6697764316853765e-306]),
    ("modified_bessel_k1", [.nan, .nan, .nan, .nan, .infinity, 999.9962381560855, 1.0502835353129183, 0.07389081634774705, 0.001343919717735509, 2.3998143477721752e-14, 1.9581053784899378e-14, 4.67985373563691e-45, 4.6731107967079664e-306]),
    ("scaled_modified_bessel_k0", [.nan, .nan, .nan, .nan, .infinity, 7.030716002378253, 1.3301236562420562, 0.7595486903280996, 0.5018631308621401, 0.22826434895903158, 0.22751085105627905, 0.1251756216591266, 0.04736236945461357]),
    ("scaled_modified_bessel_k1", [.nan, .nan, .nan, .nan, .infinity, 1000.9967345590684, 2.115011312848053, 0.9001744239078779, 0.5421759102771336, 0.23205057795494408, 0.23125970409799612, 0.12579995047957854, 0.04739618765349455]),
    ("erfcx", [.infinity, 5.371487911873917e+24, 108.94090438997797, 1.4537492328427655, 1.0, 0.9988726200811509, 0.525930337349441, 0.2108063640611436, 0.09277656780053836, 0.01885868136292283, 0.01873351289543971, 0.005641613782989433, 0.0008059842969226599]),
    ("spherical_bessel_j0", [0.01862782901198372, 0.12506666356996518, 0.45464871341284085, 0.9850673555377986, 1.0, 0.9999998333333416, 0.9203109817681301, 0.23938885764158263, -0.04656924969982098, -0.03339448263089681, -0.032149373160591535, -0.005063656411097588, 0.0007771007476619651]),
  ]

  /// To 14 digits of the result, or of the largest near it where it is close to a zero of the function.
  private func agrees(_ met: [Double], _ expected: [Double], digits: Double = 3e-14) -> Bool {
    met.count == expected.count
      && zip(met, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) || abs($0 - $1) <= digits * max(abs($1), abs($1) > 1e-3 && abs($1) < 1 ? 0.1 : 0) }
  }

  @Test("values are PyTorch's or exact", arguments: values.indices)
  func elementwise(_ index: Int) throws {
    let (name, expected) = Self.values[index], f = try #require(builtin(name))
    let met = try #require(f.call((), [Passed(nil, Tensor(Self.points))]) as? Tensor).doubles()
    #expect(agrees(met, expected, digits: name.hasSuffix("i0") || name.hasSuffix("i1") || name == "erfcx" ? 3e-13 : 3e-14), "\(name): \(met)")
    let single = try #require(f.call((), [Passed(nil, Tensor([1.5]).to(.float32))]) as? Tensor)
    #expect(single.dtype == .float32)
    #expect(try (f.call((), [Passed(nil, Tensor([1, 2]))]) as? Tensor)?.dtype == .float32)
    let edges = try #require(f.call((), [Passed(nil, Tensor([Double.nan, .infinity]))]) as? Tensor).doubles()
    #expect(edges[0].isNaN && (name.contains("spherical") || !edges[1].isNaN))
  }

  @Test("shares of the gamma integral are exact, and the zeta function is PyTorch's")
  func pairs() throws {
    let a = try Tensor([0, 0.3, 1, 5, 5, 50, 50, 200, 1e4, 1, 3]), x = try Tensor([1, 0.1, 0, 2, 9, 40, 70, 210, 1.01e4, .infinity, 1e-3])
    // A power of 10⁴ has lost four digits.
    #expect(try agrees(a.incompleteGamma(x, isUpper: false).doubles(), [1, 0.5459128495917965, 0, 0.05265301734371116, 0.9450363585048951, 0.07033506665939496, 0.994859497541494, 0.7639696745011538, 0.8413487504471796, 1, 1.6654171665278076e-10], digits: 1e-11))
    #expect(try agrees(a.incompleteGamma(x, isUpper: true).doubles(), [0, 0.4540871504082035, 1, 0.9473469826562888, 0.0549636414951049, 0.9296649333406051, 0.005140502458505894, 0.23603032549884614, 0.15865124955282037, 0, 0.9999999998334583], digits: 1e-11))
    let s = try Tensor([1, 0.5, 2, 1.1, 3.7, 50, 2, 3, 2.5, 200]), q = try Tensor([2, 1, 1, 0.3, 7, 1.5, -2, -1.5, -1.5, 1000])
    let met = try s.zeta(q).doubles()
    #expect(agrees(met, [.infinity, .nan, 1.6449340668482266, 13.925622630916052, 0.002341788762315466, 1.5683285454966352e-09, .infinity, 0.11810202582086413, .nan, 0.0]), "\(met)")
    #expect(throws: TensorError.self) { try Tensor([1.0, 2]).zeta(Tensor([1.0, 2, 3])) }
    #expect(try Tensor([2]).zeta(Tensor([1])).dtype == .float32)
  }

  @Test("elements put at places, written or added; gradients go where they stand")
  func indexPut() throws {
    let x = try Tensor((0..<12).map(Double.init), [3, 4]).requiringGrad(), v = try Tensor([10.0, 20]).requiringGrad()
    let i = try Tensor([0, 2]), j = try Tensor([1, 1])
    let y = try x.put(v, at: [.tensor(i), .tensor(j)], accumulates: false)
    #expect(try y.doubles() == [0, 10, 2, 3, 4, 5, 6, 7, 8, 20, 10, 11])
    let added = try x.put(v, at: [.slice(from: nil, to: nil, step: 1), .tensor(Tensor([3, 3]))], accumulates: true)
    #expect(try added.doubles() == [0, 1, 2, 33, 4, 5, 6, 37, 8, 9, 10, 41])
    let mask = try Tensor([true, false, true])
    #expect(try x.put(Tensor([-1.0]), at: [.tensor(mask)], accumulates: false).sum().item() == 22 - 8)
    let g = try (y * y).sum().gradients(with: [x, v])
    #expect(try g[0]?.doubles() == [0, 0, 4, 6, 8, 10, 12, 14, 16, 0, 20, 22])
    #expect(try g[1]?.doubles() == [20, 40])
    #expect(throws: TensorError.self) { try x.put(Tensor([1.0, 2, 3]), at: [.tensor(i)], accumulates: false) }
    #expect(throws: TensorError.self) { try x.put(Tensor([1, 2]), at: [.tensor(i), .tensor(j)], accumulates: false) }
  }
}

extension DifferentiableCase {
  static let special: [DifferentiableCase] = [
    .init("gammainc", [[4]], in: 0.5...4) { try Tensor([0.7, 1.5, 3, 2]).incompleteGamma($0[0], isUpper: false) },
    .init("gammaincc", [[4]], in: 0.5...4) { try Tensor([0.7, 1.5, 3, 2]).incompleteGamma($0[0], isUpper: true) },
    .init("zeta", [[4]], in: 0.5...3) { try Tensor([1.7, 2.5, 3, 4]).zeta($0[0]) },
    .init("index_put", [[3, 4], [2, 4]]) { try $0[0].square().put($0[1].square(), at: [.tensor(Tensor([2, 0]))], accumulates: false) },
    .init("index_put, added", [[3, 4], [3]]) { try $0[0].square().put($0[1].square(), at: [.tensor(Tensor([2, 0, 2])), .tensor(Tensor([1, 1, 1]))], accumulates: true) },
  ]
}
