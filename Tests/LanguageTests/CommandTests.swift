import Language
import Testing

@Suite struct CommandTests {
  static let table: [(String, String)] = [
    ("seed 7", "seed(7)"), ("seed -1", "seed(-1)"), ("seed - 1", "seed - 1"), ("seed(7)", "seed(7)"), ("train.x", "train.x"), ("train == 3", "train == 3"), ("train [0]", "train([0])"), ("train[0]", "train[0]"),
    ("train (a)", "train(a)"), ("train (a) + b", "train(a + b)"), ("train {lr: 1}", "train({lr: 1})"), ("plot -x + 1", "plot(-x + 1)"), ("check not x", "check(not x)"), ("train not in xs", "train not in xs"),
    ("train net on iris.train epochs=60 lr=0.01 optimizer=adam", "train(net, on=iris.train, epochs=60, lr=0.01, optimizer=adam)"),
    ("train net, on d, epochs=60", "train(net, on=d, epochs=60)"), ("train net on=d,\n  epochs = 60", "train(net, on=d, epochs=60)"), ("train(net, on=d, epochs=60)", "train(net, on=d, epochs=60)"),
    ("train net on d if a else b epochs=2", "train(net, on=d if a else b, epochs=2)"), ("train net \\\n on d", "train(net, on=d)"),
    ("evaluate net on iris.test", "evaluate(net, on=iris.test)"), ("params net", "params(net)"), ("params net # why", "params(net)"), ("params net; x = 1", "params(net)\nx = 1"),
    ("imp = importance |w * g| of net on iris.test", "imp = importance(|w * g|, of=net, on=iris.test)"), ("importance w * g of net", "importance(w * g, of=net)"), ("importance mean(g^2) of net on d", "importance(mean(g^2), of=net, on=d)"),
    ("importance da of net.fc1 on d for logit[3] per label samples=10", "importance(da, of=net.fc1, on=d, for=logit[3], per=label, samples=10)"),
    ("importance |mean(g)| / (std(g) + 1e-3) of net on d", "importance(|mean(g)| / (std(g) + 0.001), of=net, on=d)"), ("importance (x - x0) * path(dx, steps=64) of net.input on d for logit", "importance((x - x0) * path(dx, steps=64), of=net.input, on=d, for=logit)"),
    ("importance h * w^2 / 2 of net on d", "importance(h * w^2 / 2, of=net, on=d)"), ("importance rise(loss, zero(w)) of net on d each=channel", "importance(rise(loss, zero(w)), of=net, on=d, each=channel)"), ("importance fisher of net on d", "importance(fisher, of=net, on=d)"),
    ("importance for loss of net", "importance(for=loss, of=net)"), ("importance g of net on d for (out, y) -> out[y]", "importance(g, of=net, on=d, for=(out, y) -> out[y])"),
    ("imp.top(5)", "imp.top(5)"), ("plot imp to \"iris.svg\"", "plot(imp, to=\"iris.svg\")"), ("plot by(x)", "plot(by(x))"), ("plot on", "plot(on)"), ("prune net by imp keep=0.5", "prune(net, by=imp, keep=0.5)"), ("validate imp on iris.test", "validate(imp, on=iris.test)"),
    ("compare a with b", "compare(a, with=b)"), ("save net to \"x.safetensors\"", "save(net, to=\"x.safetensors\")"), ("run \"file.pscript\"", "run(\"file.pscript\")"), ("run f\"{here}/a.pscript\"", "run(f\"{here}/a.pscript\")"), ("init net by kaiming_normal", "init(net, by=kaiming_normal)"),
    ("init net.params(\"*.weight\") by normal", "init(net.params(\"*.weight\"), by=normal)"),
    ("hook net.act as hidden", "hook(net.act, as=hidden)"), ("hook net.fc1 backward as b", "hook(net.fc1, backward, as=b)"), ("hook net.fc1 pre with (m, x) -> x + 0.1", "hook(net.fc1, pre, with=(m, x) -> x + 0.1)"),
    ("hook net.act1 as rec with (m, i, o) -> o * e.mask", "hook(net.act1, as=rec, with=(m, i, o) -> o * e.mask)"), ("hook net.fc1.weight grad with g -> clamp(g, -1, 1)", "hook(net.fc1.weight, grad, with=g -> clamp(g, -1, 1))"),
    ("hook net with (m, x, y) -> {\n  z = y\n  return z\n} as h", "hook(net, with=(m, x, y) -> { z = y; return z }, as=h)"), ("hooks", "hooks()"), ("unhook h", "unhook(h)"), ("unhook all", "unhook(all)"),
    ("(importance |w| of net).top(3)", "importance(|w|, of=net).top(3)"), ("f(importance |w| of net)", "f(importance(|w|, of=net))"), ("f(importance |w| of net, 3)", "f(importance(|w|, of=net), 3)"), ("f(importance |w| of net, n=3)", "f(importance(|w|, of=net), n=3)"),
    ("f(importance |w|, of net, 3)", "f(importance(|w|, of=net), 3)"), ("(importance |w|, of net, samples=3)", "importance(|w|, of=net, samples=3)"), ("f(2, x=importance |w| of net)", "f(2, x=importance(|w|, of=net))"), ("(importance |w|\n of net)", "importance(|w|, of=net)"),
    ("f(train)", "f(train)"), ("x = vars", "x = vars()"), ("f = m -> importance |w| of m", "f = m -> importance(|w|, of=m)"), ("map(xs, m -> importance |w| of m, 3)", "map(xs, m -> importance(|w|, of=m), 3)"),
    ("def probe(m, k=3) {\n  s = importance |w| of m\n  return importance |w| of m\n}", "def probe(m, k=3) { s = importance(|w|, of=m); return importance(|w|, of=m) }"), ("x = a + importance", "x = a + importance"),
    ("check a < b, \"message\"", "check(a < b, \"message\")"), ("check(a < b, \"message\")", "check(a < b, \"message\")"), ("check close(a, b, rtol=1e-5), \"no\"", "check(close(a, b, rtol=1e-05), \"no\")"), ("check (a + b) == c", "check(a + b == c)"), ("check x in xs", "check(x in xs)"), ("print a, b sep=\"-\"", "print(a, b, sep=\"-\")"), ("print", "print()"),
    ("time x = f(3)", "time x = f(3)"), ("time train net on d", "time train(net, on=d)"), ("t = time train net on d", "t = time train(net, on=d)"), ("time for i in xs { f(i) }", "time for i in xs { f(i) }"), ("time if a { b }", "time if a { b }"), ("time if a else b", "time if a else b"), ("(time f(x)).seconds", "(time f(x)).seconds"),
    ("formula taylor = |w * g|", "formula(taylor=|w * g|)"), ("set digits=4 width=80", "set(digits=4, width=80)"), ("set", "set()"), ("plan importance |w| of net on d", "plan(importance(|w|, of=net, on=d))"), ("p = plan importance |w| of net", "p = plan(importance(|w|, of=net))"),
    ("explain importance |w| of net", "explain(importance(|w|, of=net))"), ("explain imp", "explain(imp)"), ("explain train", "explain(train)"), ("help train", "help(train)"), ("help for", "help for"), ("help", "help()"), ("help \"loss\"", "help(\"loss\")"), ("help train; help", "help(train)\nhelp()"),
    ("vars", "vars()"), ("vars a, b", "vars(a, b)"), ("timeit(f, runs=5)", "timeit(f, runs=5)"), ("d = load \"iris\"", "d = load(\"iris\")"), ("history in xs", "history in xs"), ("reset if a else b", "reset if a else b"), ("train, b = f()", "train, b = f()"), ("train -> 3", "train -> 3"),
  ]

  @Test("a command reads as the call it is", arguments: table)
  func reads(_ text: String, _ expected: String) { #expect(canonical(text) == expected) }

  @Test("the call reads back as itself", arguments: table)
  func readsBack(_ text: String, _ expected: String) { #expect(canonical(expected) == expected) }

  @Test func argumentsKeepTheirPlaces() {
    guard case .expression(let value)? = parse("train net on iris.train epochs = 60").statements.first?.kind, case .call(let call) = value.kind
    else { return #expect(Bool(false), "not a call") }
    #expect(call.isCommand)
    #expect(call.arguments.map(\.span.text) == ["net", "on iris.train", "epochs = 60"])
    #expect(call.arguments.map { $0.name?.span.text } == [nil, "on", "epochs"])
  }

  @Test func withoutTheTableNothingIsACommand() {
    let result = Parser.parse(SourceText("train net"), commands: CommandTable([:]))
    #expect(result.diagnostics.map(\.title) == ["expected the end of the statement, met `net`"])
  }
}
