import Foundation
import Interpreter
import Testing
import TestSupport

/// `train` with all that it takes, as a user types it.
@Suite struct TrainCommandTests {
  private static let stage = """
    seed 7
    iris = load("iris").standardize().split(0.8)
    net = Sequential(fc1=Linear(4, 16), act=ReLU(), drop=Dropout(0.2), fc2=Linear(16, 3))
    """

  private func staged(folder: String? = nil) throws -> TestShell {
    let shell = TestShell(folder: folder)
    try #require(shell.failure(Self.stage) == nil)
    return shell
  }

  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pith-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test("a training that resumes from a file gives the numbers of an unbroken one")
  func resume() throws {
    try inFolder { folder in
      let rest = "optimizer=adam lr=0.01 schedule=CosineAnnealingLR(T_max=12) early_stopping=20 test=iris.test"
      let probe = "print(net.fc1.weight.abs().sum().item(), h.loss.sum().item(), rand(1).item())"
      let whole = try staged(folder: folder)
      #expect(whole.failure("h = train net on iris.train epochs=12 \(rest)") == nil)
      let broken = try staged(folder: folder)
      #expect(broken.failure("h = train net on iris.train epochs=5 \(rest) checkpoint=\"run.safetensors\" checkpoint_every=2") == nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["run.safetensors"])
      // A session that knows nothing of the first one.
      let resumed = try staged(folder: folder)
      resumed.type("seed 99; init net by zeros; rand(100)")
      #expect(resumed.failure("h = train net on iris.train epochs=12 \(rest) resume=\"run.safetensors\"") == nil)
      #expect(resumed.type(probe) == whole.type(probe))
      #expect(resumed.type("h").contains("first 5 from a checkpoint"))
    }
  }

  @Test("what is asked for is done", arguments: [
    ("train net on iris.train epochs=2 optimizer=SGD(momentum=0.9, nesterov=true) lr=0.1", "epoch 2/2"),
    ("train net on iris.train epochs=2 optimizer=Adagrad(lr_decay=0.1)", "epoch 2/2"),
    ("train net on iris.train epochs=2 optimizer=radam lr=0.01", "epoch 2/2"),
    ("train net on iris.train epochs=3 lr=0.1 schedule=(e) -> 0.5^e", "0.025"),
    ("s = StepLR(1, gamma=0.5); train net on iris.train epochs=3 lr=0.1 schedule=s", "0.025"),
    ("train net on iris.train epochs=3 lr=0.1 schedule=SequentialLR([LinearLR(0.1, total_iters=1), CosineAnnealingLR()], [1])", "lr"),
    ("train net on iris.train epochs=2 loss=CrossEntropyLoss(label_smoothing=0.1)", "epoch 2/2"),
    ("model Own() { forward(out, y) = cross_entropy(out, y) * 2 }\ntrain net on iris.train epochs=2 loss=Own()", "epoch 2/2"),
    ("train net on iris.train epochs=2 loss=(out, y) -> nll_loss(log_softmax(out, 1), y)", "epoch 2/2"),
    ("h = train net on iris.train epochs=2 track=all; print(h.track[\"fc1.weight\"].path_integral.shape, h.track[\"fc1.bias\"].gradient_norm.shape)", "[16, 4] [8]"),
    ("h = train net on iris.train epochs=2 track=[\"start\"]; print(keys(h.track), keys(h.track[\"fc1.bias\"]))", "[\"start\", \"steps\", \"every\"]"),
    ("h = train net on iris.train epochs=3 weight_decay={\"*.weight\": 0.1} l1={\"fc1\": 0.01} clip_grad_norm=1 accumulate=2; print(h.lr, h.steps)", "6"),
    ("train net on iris.train test=iris.test epochs=40 lr=2 early_stopping=3", "was best in epoch"),
    ("print(SGD(), Adam(lr=0.1, amsgrad=true))", "Adam(lr=0.1"),
    ("xavier_uniform_(net.fc1.weight, gain=calculate_gain(\"relu\")).shape", "[16, 4]"),
    ("init net.fc1.weight by sparse sparsity=0.5; (net.fc1.weight == 0).sum()", "32"),
  ])
  func done(_ text: String, _ part: String) throws {
    let said = try staged().type(text)
    #expect(said.contains(part) && !said.contains("error:"), "\(text)\n\(said)")
  }

  @Test("what is wrong is said", arguments: [
    ("train net on iris.train lr={\"fc3.*\": 0.1, \"*\": 0.01}", "did you mean `fc1.*`"),
    ("train net on iris.train lr={\"fc1.*\": 0.1}", "gives `fc2.weight` and 1 more a rate"),
    ("train net on iris.train lr={\"*\": 0.1, \"fc1.*\": 0.01}", "never gets its turn"),
    ("train net on iris.train lr={\"*\": \"fast\"}", "`lr` takes a number, or a record"),
    ("train net on iris.train early_stopping=-1", "between 0 and"),
    ("train net on iris.train early_stopping=2 watch=test_loss", "needs held-out data"),
    ("train net on iris.train min_delta=0.1", "goes with early_stopping"),
    ("train net on iris.train watch=metric", "goes with early_stopping or ReduceLROnPlateau"),
    ("train net on iris.train checkpoint=\"run.pt\"", "ends in .safetensors"),
    ("train net on iris.train checkpoint_every=2", "goes with `checkpoint`"),
    ("train net on iris.train resume=\"nowhere.safetensors\"", "nowhere.safetensors"),
    ("train net on iris.train optimizer=Adam(lr=0.1) lr=0.2", "given twice"),
    ("train net on iris.train optimizer=SGD() momentum=0.9", "put it inside"),
    ("train net on iris.train optimizer=adam rho=0.9", "there is no argument `rho`"),
    ("train net on iris.train optimizer=adm", "did you mean `Adam`"),
    ("train net on iris.train schedule=CosineAnealingLR", "did you mean `CosineAnnealingLR`"),
    ("train net on iris.train schedule=StepLR", "is no choice for `schedule`"),
    ("train net on iris.train schedule=(e) -> \"half\"", "a factor of lr is needed"),
    ("train net on iris.train schedule=(e) -> -1", "learning rate of -"),
    ("train net on iris.train track=[\"gradiant\"]", "did you mean `gradient`"),
    ("train net on iris.train loss=MSELoss(reduction=none)", "mean or sum"),
    ("train net on iris.train loss=ReLU()", "takes one input"),
    ("train net on iris.train batch_size=500 drop_last=true", "larger than the 120 samples"),
    ("train net on iris.train epochs=2 schedule=OneCycleLR(total_steps=3)", "total_steps=3"),
    ("xavier_uniform_(net.fc1.bias)", "two or more dimensions"),
    ("CrossEntropyLoss()(ones(2))", "an output and a target"),
  ])
  func wrong(_ text: String, _ part: String) throws {
    let shell = try staged(), probe = "print(net.fc1.weight.sum().item(), net.training)"
    let before = shell.type(probe), said = shell.type(text)
    #expect(said.contains("error:") && said.contains(part), "\(text)\n\(said)")
    #expect(shell.type(probe) == before)
  }

  @Test func earlyStoppingSaysWhatItWatches() throws {
    let shell = try staged()
    shell.type("train net on iris.train epochs=2 early_stopping=1;")
    #expect(shell.output.notes.contains { $0.contains("watches the training loss") })
  }

  /// `torch.manual_seed(5)`, then two walks over `DataLoader(range(10), batch_size=4, shuffle=True)`, in PyTorch 2.13.
  @Test func loadersGoInPyTorchsOrder() {
    let shell = TestShell()
    let said = shell.type("""
      seed 5
      l = DataLoader(dataset(arange(10), arange(10)), batch_size=4, shuffle=true)
      for walk in range(2) { for x, y in l { print(x.tolist()) } }
      """)
    #expect(said.split(separator: "\n").map(String.init) == ["[8, 3, 0, 5]", "[9, 1, 6, 2]", "[4, 7]", "[5, 8, 9, 7]", "[2, 0, 4, 1]", "[3, 6]"])
    #expect(shell.type("for x in DataLoader(dataset(arange(3), none), batch_size=2, drop_last=true) { print(x.tolist()) }").contains("[0, 1]"))
  }

  @Test func initialisersAreTakenBack() throws {
    let shell = try staged(), before = shell.type("net.fc1.weight.sum()")
    shell.type("kaiming_normal_(net.fc1.weight);")
    #expect(shell.type("net.fc1.weight.sum()") != before)
    shell.type("undo")
    #expect(shell.type("net.fc1.weight.sum()") == before)
    #expect(shell.type("kaiming_normal_(net.fc1.weight); missing").contains("error:"))
    shell.type("undo")
    #expect(shell.type("net.fc1.weight.sum()") == before)
  }
}
