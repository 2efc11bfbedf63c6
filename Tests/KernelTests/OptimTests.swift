import CKernels
import Testing

/// Three steps from `[1, -2, 0.5]` with gradients `[0.1, -0.4, 0.3] · step`, against what PyTorch 2.13 gives.
@Suite struct OptimTests {
  private func steps(
    _ body: (inout [Double], [Double], inout [Double], inout [Double], inout [Double], Int64) -> Void
  ) -> [Double] {
    var p = [1, -2, 0.5], first = [0.0, 0, 0], second = first, third = first
    for step in 1...3 { body(&p, [0.1, -0.4, 0.3].map { $0 * Double(step) }, &first, &second, &third, Int64(step)) }
    return p
  }

  @Test("SGD")
  func sgd() {
    let damped = steps { p, g, buf, _, _, step in
      pith_sgd_f64(&p, g, &buf, 3, 0.1, 0.9, 0.1, 0, 0.01, 0, step == 1 ? 1 : 0)
    }
    #expect(largestDifference(damped, [0.90643462109, -1.6363700259799998, 0.23259329029499998]) < 1e-15)
    let nesterov = steps { p, g, buf, _, _, step in
      pith_sgd_f64(&p, g, &buf, 3, 0.1, 0.9, 0, 1, 0, 0, step == 1 ? 1 : 0)
    }
    #expect(largestDifference(nesterov, [0.8544099999999999, -1.4176399999999998, 0.06322999999999997]) < 1e-15)
    let upwards = steps { p, g, _, _, _, _ in pith_sgd_f64(&p, g, nil, 3, 0.1, 0, 0, 0, 0.01, 1, 0) }
    #expect(largestDifference(upwards, [1.056963009, -2.233846038, 0.6783815295]) < 1e-15)
  }

  @Test("Adam, AdamW and AMSGrad")
  func adam() {
    let plain = steps { p, g, m, v, _, step in
      pith_adam_f64(&p, g, &m, &v, nil, 3, 0.1, 0.9, 0.999, 1e-8, 0.01, 0, step)
    }
    #expect(largestDifference(plain, [0.7066100121218836, -1.707149578605711, 0.2074736037732126]) < 1e-14)
    let decoupled = steps { p, g, m, v, _, step in
      pith_adam_f64(&p, g, &m, &v, nil, 3, 0.1, 0.9, 0.999, 1e-8, 0.01, 1, step)
    }
    #expect(largestDifference(decoupled, [0.7049811127213315, -1.701984096338267, 0.20647959954749642]) < 1e-14)
    let most = steps { p, g, m, v, vmax, step in
      pith_adam_f64(&p, g, &m, &v, &vmax, 3, 0.1, 0.9, 0.999, 1e-8, 0, 0, step)
    }
    #expect(largestDifference(most, [0.7076816955448426, -1.7076816801422081, 0.207681681853612]) < 1e-14)
  }

  @Test("RMSprop")
  func rmsprop() {
    let plain = steps { p, g, avg, _, _, _ in
      pith_rmsprop_f64(&p, g, &avg, nil, nil, 3, 0.1, 0.99, 1e-8, 0, 0, 0)
    }
    #expect(largestDifference(plain, [-1.6988258400679912, 0.698827052072902, -2.198826917405621]) < 1e-13)
    let centered = steps { p, g, avg, buf, gavg, _ in
      pith_rmsprop_f64(&p, g, &avg, &buf, &gavg, 3, 0.1, 0.99, 1e-8, 0.01, 0.9, 1)
    }
    #expect(largestDifference(centered, [-4.1955981284946375, 3.23395397415317, -4.739115768924723]) < 1e-13)
  }

  @Test("single precision follows double")
  func single() {
    var p: [Float] = [1, -2, 0.5], m = [Float](repeating: 0, count: 3), v = m
    for step in 1...3 {
      pith_adam_f32(&p, [0.1, -0.4, 0.3].map { $0 * Float(step) }, &m, &v, nil, 3, 0.1, 0.9, 0.999, 1e-8, 0.01, 0, Int64(step))
    }
    #expect(largestDifference(p, [0.7066100121218836, -1.707149578605711, 0.2074736037732126] as [Float]) < 1e-6)
  }
}
