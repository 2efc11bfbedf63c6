import Language
import Testing

/// Every program of the language's contract is read without a mistake.
@Suite struct ContractTests {
  @Test("a program of the contract", arguments: blocks)
  func reads(_ text: String) { #expect(parse(text).diagnostics.map { DiagnosticRenderer().render($0) } == []) }

  @Test("a fragment of the contract", arguments: fragments)
  func readsFragment(_ text: String) { #expect(parse(text).diagnostics.map { DiagnosticRenderer().render($0) } == []) }

  /// What stands in running text: commands, formulas, calls.
  static let fragments = [
    #"seed 0"#,
    #"mean(x, dim=0, keepdim=true)"#,
    #"x[..., 0]"#,
    #"x[x > 0]"#,
    #"x[[0, 2]]"#,
    #"tensor([[1, 2], [3, 4]])"#,
    #"net.params("*.weight")"#,
    #"net.fc1.weight[3, 2] = 0"#,
    #"grad(e, [x, y])"#,
    #"e.backward()"#,
    #"no_grad { x }"#,
    #"check close(a, b, rtol=1e-5, atol=1e-8)"#,
    #"timeit(f, runs=5)"#,
    #"init net by kaiming_normal"#,
    #"load("file.csv", target="species")"#,
    #"d.where(d.y == 2)"#,
    #"d.split(0.8)"#,
    #"save net to "file""#,
    #"net.load_state_dict(load("w.safetensors"))"#,
    #"run "file.pscript""#,
    #"load(f"{here}/w.safetensors")"#,
    #"|w|"#,
    #"|w * g|"#,
    #"mean(g^2)"#,
    #"h * w^2 / 2"#,
    #"|w - w0|"#,
    #"|w| * norm(z)"#,
    #"x * dx"#,
    #"(x - x0) * path(dx)"#,
    #"smooth(|dx|)"#,
    #"path(da * d(a))"#,
    #"mean(|a * da|)"#,
    #"rise(loss, noise(w, 0.1))"#,
    #"drop(accuracy, shuffle(x))"#,
    #"rise(loss, dropout(a, 0.5))"#,
    #"formula taylor = |w * g|"#,
    #"importance fisher of net on d"#,
    #"imp["fc1.weight"]"#,
    #"imp.normalize(by=layer)"#,
    #"compare a with b"#,
    #"importance g of net on d for output[2] per predicted"#,
    #"importance g of net on d for (out, y) -> out[y]"#,
    #"wide.select(["a", "b", "c", "d"])"#,
    #"importance |w| of net each=unit"#,
  ]

  static let blocks = [
    #"""
    # iris.pscript - which weights of a small classifier matter?
    seed 7
    iris = load("iris").standardize().split(0.8)      # built-in data set: iris.train, iris.test
    net  = Sequential(fc1=Linear(4, 16), act=ReLU(), fc2=Linear(16, 3))
    train net on iris.train epochs=60 lr=0.01 optimizer=adam
    evaluate net on iris.test
    params net                                        # one row a parameter: shape, count, mean, std, min, max, grad, frozen

    imp = importance |w * g| of net on iris.test      # one score for every weight
    imp                                               # a bare expression prints its value: here a ranked table with bars
    imp.top(5)
    plot imp to "iris.svg"

    hook net.act as hidden                            # record what the layer puts out
    net(iris.test.x)
    hidden.output.mean(dim=0)
    prune net by imp keep=0.5
    evaluate net on iris.test
    validate imp on iris.test                         # does removing what it ranks first hurt more than removing at random?
    """#,
    #"""
    def rms(x) = sqrt(mean(x^2))
    def probe(m, k=3) {
      s = importance |w| of m
      return s.top(k)
    }
    for name, p in net.params() { if p.dim() > 1 { print(f"{name}: {rms(p):.4f}") } }
    """#,
    #"""
    train net on iris.train epochs=60
    train(net, on=iris.train, epochs=60)
    """#,
    #"""
    net = Sequential(Linear(784, 128), ReLU(), Dropout(0.2), Linear(128, 10))
    cnn = Sequential(conv=Conv2d(1, 16, 3, padding=1), act=ReLU(), pool=MaxPool2d(2), flat=Flatten(), head=Linear(16*14*14, 10))

    model Residual(d) {
      fc1 = Linear(d, d)
      fc2 = Linear(d, d)
      forward(x) = x + fc2(relu(fc1(x)))
    }
    deep = Sequential(stem=Linear(4, 16), r1=Residual(16), head=Linear(16, 3))
    """#,
    #"""
    hook net.act as h                                  # record: h.input, h.output of the last pass
    hook net.fc1 backward as b                         # record: b.grad_input, b.grad_output
    hook net.act with (m, x, y) -> y * mask            # a forward hook: what it gives back replaces the output
    hook net.fc1 pre with (m, x) -> x + 0.1            # a forward-pre hook
    hook net.fc1 backward with (m, gi, go) -> gi * 0.5 # a full backward hook: what it gives back replaces grad_input
    hook net.fc1.weight grad with g -> clamp(g, -1, 1) # a tensor hook
    hooks                                              # number, place, kind, name, calls so far
    unhook h
    unhook all
    """#,
    #"""
    ig  = integrated_gradients(net, x, target=y, baselines=0, n_steps=50, method="gausslegendre")
    lc  = integrated_gradients(net, x, target=y, layer=net.fc1)
    occ = occlusion(cnn, img, target=3, sliding_window_shapes=[1, 4, 4], strides=[1, 2, 2])
    sg  = noise_tunnel(saliency, net, x, target=y, nt_type="smoothgrad", nt_samples=10, stdevs=0.1)
    infidelity(net, perturb, x, ig, target=y)
    """#,
  ]

  /// A program with a little of everything.
  static let dense = #"""
    def probe(m, k=3) {
      s = importance |w - |g|| of m on d for logit[k] per label samples=10
      if s.top(k)[0, :] > 2^-1 { return s, f"{k:.2f} {{}} {m["a"]}" } elif not a in b { break_ = 1 } else { del s }
      for i, (a, b) in zip(x, {lr: .5, "n": none}) { while a { a -= 1; continue } }
      hook m.0.weight grad with (g, h=2) -> { g *= h; g } as rec;
    }
    model M(d) { fc = Linear(d, d); forward(x) = x if d else no_grad { self.fc(x) } }
    time plan importance mean(|w|) of net, on d
    check (a + b)[..., ::2] == 1e-3, """x
    y"""
    """#
}
