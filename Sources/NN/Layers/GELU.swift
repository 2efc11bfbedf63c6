import Builtins
import Engine

extension Builtin<Generator> {
  static let gelu = Builtin(
    "GELU", "x times the chance that a normal number is below x.",
    .option("approximate", GeluForm.none, "`tanh` takes the older approximation."),
    formula: "x/2 (1 + erf(x/√2))",
    source: Source("Hendrycks and Gimpel 2016", arXiv: "1606.08415"),
    examples: [Example("GELU()", gives: "GELU(approximate='none')")]
  ) { (_: Generator, form: GeluForm) in GELU(form) }
}

/// `x/2 (1 + erf(x/√2))`, elementwise.
public final class GELU: Module {
  public let form: GeluForm
  public init(_ form: GeluForm = .none) { self.form = form }

  public override var details: String { "approximate='\(form)'" }
  public override var attributes: [(name: String, value: any Value)] { [("approximate", form.rawValue)] }
  public override func forward(_ x: Tensor, in run: Run) throws -> Tensor { try x.gelu(form) }
}
