import Builtins
import Engine
import Language
import NN

/// When a hook runs.
enum HookKind: String, Choice { case forward, pre, backward, grad }

extension Builtin<Session> {
  static let hook = Builtin(
    "hook", "Record what a layer takes in and gives out, or run a function there that may replace it.",
    .required("place", Quoted.self, "A layer, as `net.act`; with `grad`, a parameter or another tensor."),
    .option("kind", HookKind.forward, "When: after the layer, before it (`pre`), in the backward pass, or when a tensor's gradient arrives (`grad`)."),
    .optional("as", Word.self, "The name under which the record can be read."),
    .optional("with", AnyFunction.self, "What to run: (m, x, y), pre (m, x), backward (m, grad_input, grad_output), grad (g); none leaves all as it is."),
    source: Source("PyTorch's register_forward_hook, register_forward_pre_hook, register_full_backward_hook and Tensor.register_hook"),
    examples: [Example("hook net.act as h; net(x); h.output.shape", gives: "[150, 16]")],
    run: hooked)

  static let hooks = Builtin(
    "hooks", "List the hooks.", examples: [Example("hook net.act as h; hooks()", gives: "net.act")]
  ) { (session) in
    let rows = session.hookHandles.map { handle -> [Cell] in
      [.integer(handle.number), .text(handle.place), .text(handle.hook?.body.kind ?? ""), .text(handle.name ?? ""), .integer(handle.hook?.calls ?? 0)]
    }
    return Table(["hook", "place", "kind", "name", "calls"], rows, note: rows.isEmpty ? "no hooks: `hook net.fc1 as h` sets one" : nil)
  }

  static let unhook = Builtin(
    "unhook", "Take a hook away.",
    .required("hook", Quoted.self, "A hook, its number in `hooks`, or `all`."),
    examples: [Example("hook net.act as h; unhook h")],
    run: unhooked)
}

extension Session {
  /// The hooks that users set, in order.
  var hookHandles: [HookHandle] { hooks.all.compactMap { $0.owner as? HookHandle } }
}

private func hooked(_ session: Session, _ place: Quoted, _ kind: HookKind, _ name: Word?, _ function: AnyFunction?) throws -> any Value {
  guard name != nil || function != nil else {
    throw Failure("a hook needs a name to record under, or a function to run", at: place.expression.span, help: "hook \(place.expression.span.text) as h, or … with (m, x, y) -> y")
  }
  let target = try session.evaluate(place.expression, place.scope)
  let handle = HookHandle(session.nextHook, name?.text, place.expression.span.text)
  let hook: Hook
  if kind == .grad {
    guard let tensor = try Tensor.accept(target) else { throw unfit(target, kind, place) }
    hook = Hook(nil, .gradient(tensor, gradientBody(handle, function)))
  } else {
    guard let module = target as? Module else { throw unfit(target, kind, place) }
    hook = Hook(module, moduleBody(kind, handle, function))
  }
  handle.hook = hook
  hook.owner = handle
  session.nextHook += 1
  session.hooks.add(hook)
  if let name { place.scope[name.text] = handle }
  return None()
}

private func unfit(_ target: any Value, _ kind: HookKind, _ place: Quoted) -> Failure {
  let met = type(of: target).kind
  return kind == .grad
    ? Failure("a grad hook stands on a tensor, got a \(met)", at: place.expression.span, help: "leave `grad` out for a layer")
    : Failure("a hook stands on a layer, got a \(met)", at: place.expression.span, help: target is Tensor ? "write `grad` for a tensor: hook \(place.expression.span.text) grad with g -> g" : nil)
}

private func gradientBody(_ handle: HookHandle, _ function: AnyFunction?) -> Hook.Gradient {
  { gradient in
    let replaced = try function.map { try named(handle, $0, [gradient]) } ?? None()
    let tensor = replaced is None ? nil : try tensor(replaced, handle)
    if let tensor, tensor.shape != gradient.shape { throw TensorError.shape("what \(handle.title) gives back", expected: "\(gradient.shape)", met: tensor.shape, operand: 0) }
    handle.record("grad", tensor ?? gradient)
    return tensor
  }
}

private func moduleBody(_ kind: HookKind, _ handle: HookHandle, _ function: AnyFunction?) -> Hook.Body {
  switch kind {
  case .pre:
    return .pre { module, inputs in
      let replaced = try function.map { try named(handle, $0, [module, inputs.single]) } ?? None()
      let new = replaced is None ? nil : (replaced as? List)?.items ?? [replaced]
      handle.record("input", (new ?? inputs).single)
      return new
    }
  case .backward:
    return .backward { module, inputs, outputs in
      let (gi, go) = (inputs.map { $0 ?? None() as any Value }.single, outputs.map { $0 ?? None() as any Value }.single)
      let replaced = try function.map { try named(handle, $0, [module, gi, go]) } ?? None()
      let new = replaced is None ? nil : (replaced as? List)?.items ?? [replaced]
      handle.record("grad_input", new?.single ?? gi)
      handle.record("grad_output", go)
      return try new?.map { $0 is None ? nil : try tensor($0, handle) }
    }
  case .forward, .grad:
    return .forward { module, inputs, output in
      let replaced = try function.map { try named(handle, $0, [module, inputs.single, output]) } ?? None()
      handle.record("input", inputs.single)
      handle.record("output", replaced is None ? output : replaced)
      return replaced is None ? nil : replaced
    }
  }
}

/// Runs the function of a hook; an error says which hook it was.
private func named(_ handle: HookHandle, _ function: AnyFunction, _ arguments: [any Value]) throws -> any Value {
  do { return try function.body(arguments) } catch var failure as Failure {
    failure.diagnostic.notes.append("in \(handle.title)")
    throw failure
  }
}

private func tensor(_ value: any Value, _ handle: HookHandle) throws -> Tensor {
  guard let tensor = try Tensor.accept(value) else { throw TensorError.value(handle.title, "gave back \(type(of: value).aKind) where a tensor or none is expected") }
  return tensor
}

extension HookHandle {
  fileprivate var title: String { "hook \(number)\(name.map { " (`\($0)`)" } ?? "") on \(place)" }
}

private func unhooked(_ session: Session, _ which: Quoted) throws -> any Value {
  if case .name("all") = which.expression.kind, which.scope["all"] == nil {
    session.hooks.contents = []
    return None()
  }
  let value = try session.evaluate(which.expression, which.scope)
  let handle = (value as? HookHandle) ?? (value as? Int).flatMap { number in session.hookHandles.first { $0.number == number } }
  guard let handle, let hook = handle.hook else {
    throw Failure("there is no such hook", at: which.expression.span, help: "`hooks` lists them; `unhook all` takes all away")
  }
  guard session.hooks.all.contains(where: { $0 === hook }) else { throw Failure("this hook was taken away already", at: which.expression.span) }
  session.hooks.remove(hook)
  return None()
}
