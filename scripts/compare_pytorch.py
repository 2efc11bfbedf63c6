#!/usr/bin/env python3
"""Compares Pith with PyTorch: the same weights, then outputs and all gradients.

    compare_pytorch.py PITH                  compare the models, to 1e-3 relative; exit status 1 where one differs
    compare_pytorch.py PITH --time           also time them, in turns with PyTorch, on two threads
    compare_pytorch.py --store FOLDER        write the small cases that the tests read

Run it with the python of a virtual environment that has torch and safetensors.
"""
import argparse, math, os, pathlib, statistics, subprocess, sys, tempfile, time
import torch
from torch import nn
from safetensors.torch import load_file, save_file


# Torchvision's networks in its own names, for it need not be installed.

class Block(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        # Torchvision makes the shortcut before the block.
        shortcut = None
        if stride != 1 or inputs != width:
            shortcut = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for stage in range(4):
            width = 64 << stage
            layers = [Block(inputs, width, 2 if stage else 1), Block(width, width, 1)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
            inputs = width
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class VisionBlock(nn.Module):
    def __init__(self, heads, size, wide):
        super().__init__()
        self.ln_1 = nn.LayerNorm(size, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(size, heads, batch_first=True)
        self.dropout = nn.Dropout(0.0)
        self.ln_2 = nn.LayerNorm(size, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(size, wide), nn.GELU(), nn.Dropout(0.0), nn.Linear(wide, size), nn.Dropout(0.0))
        for m in self.mlp:
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.normal_(m.bias, std=1e-6)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class VisionTransformer(nn.Module):
    def __init__(self, image=224, patch=16, layers=12, heads=3, size=192, wide=768, classes=1000):
        super().__init__()
        self.conv_proj = nn.Conv2d(3, size, patch, patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, size))
        self.encoder = nn.Module()
        self.encoder.pos_embedding = nn.Parameter(torch.empty(1, (image // patch) ** 2 + 1, size).normal_(std=0.02))
        self.encoder.layers = nn.Sequential()
        for i in range(layers):
            self.encoder.layers.add_module(f"encoder_layer_{i}", VisionBlock(heads, size, wide))
        self.encoder.ln = nn.LayerNorm(size, eps=1e-6)
        self.heads = nn.Sequential()
        self.heads.add_module("head", nn.Linear(size, classes))
        nn.init.trunc_normal_(self.conv_proj.weight, std=math.sqrt(1 / (3 * patch * patch)))
        nn.init.zeros_(self.conv_proj.bias)
        nn.init.zeros_(self.heads.head.weight)
        nn.init.zeros_(self.heads.head.bias)

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], 1)
        return self.heads(self.encoder.ln(self.encoder.layers(x + self.encoder.pos_embedding))[:, 0])


# What is compared: how PyTorch makes it, how Pith does, the input, whether the output is the first of several, and whether
# the numbers of a seed are the same.

def encoder(layers=4):
    layer = nn.TransformerEncoderLayer(256, 8, dropout=0.0)
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)


def vit():
    model = VisionTransformer()
    # Zeros would let no gradient through.
    nn.init.normal_(model.heads.head.weight, std=0.02)
    return model


MODELS = {
    # Small pictures: where a rectifier's input is 0 to within rounding its gradient goes either way, which in PyTorch too
    # moves a gradient by 5e-3 between float32 and float64; the fewer rectifiers, the rarer.
    "resnet18": (ResNet18, "resnet18()", lambda: torch.randn(2, 3, 64, 64), False, True),
    "vit_tiny": (vit, "vit_tiny()", lambda: torch.randn(2, 3, 224, 224), False, False),
    "lstm": (lambda: nn.LSTM(128, 256), "LSTM(128, 256)", lambda: torch.randn(64, 32, 128), True, True),
    "encoder": (
        encoder, "TransformerEncoder(TransformerEncoderLayer(256, 8, dropout=0.0), 4)", lambda: torch.randn(64, 16, 256), False, True),
}


def first(y):
    return y[0] if isinstance(y, tuple) else y


def pith(program, text, folder):
    done = subprocess.run([program, "--threads", "2", "-"], input=text, text=True, capture_output=True, cwd=folder)
    if done.returncode != 0:
        sys.exit(f"pith failed:\n{done.stderr or done.stdout}")
    return done.stdout


SETUP = """
net = {make}
{load}
e = load("in.safetensors")
def output(net, x) = {call}
def step(net, x, cot) {{
  net.zero_grad()
  (output(net, x) * cot).sum().backward()
}}
"""


def compare(program, name, folder):
    make, text, draw, isSeveral, isSeeded = MODELS[name]
    torch.manual_seed(0)
    model, x = make(), draw().requires_grad_()
    y = first(model(x))
    cot = torch.randn_like(y)
    save_file({k: v.contiguous() for k, v in make_state(model).items()}, f"{folder}/w.safetensors")
    save_file({"x": x.detach(), "cot": cot}, f"{folder}/in.safetensors")
    (y * cot).sum().backward()
    setup = SETUP.format(make=text, load='net.load_state_dict(load("w.safetensors"));', call="net(x)[0]" if isSeveral else "net(x)")
    # Weights are stored before the pass, whose running statistics are its own.
    pith(program, setup + """
x = e.x.clone()
y = output(net, x)
gx = grad((y * e.cot).sum(), x)
step(net, e.x, e.cot)
out = {y: y, x: gx}
for name, p in net.params() { out[f"g.{name}"] = p.grad }
save out to "out.safetensors"
""", folder)
    found = load_file(f"{folder}/out.safetensors")
    wanted = {"y": y.detach(), "x": x.grad} | {f"g.{k}": p.grad for k, p in model.named_parameters()}
    worst, where = 0.0, ""
    for key, value in wanted.items():
        error = ((found[key] - value).norm() / value.norm().clamp_min(1e-12)).item()
        if error > worst or error != error:
            worst, where = error, key
    isEqual = True
    if isSeeded:
        pith(program, f'seed 0\nnet = {text}\nsave net.state_dict() to "seeded.safetensors"\n', folder)
        seeded, state = load_file(f"{folder}/seeded.safetensors"), load_file(f"{folder}/w.safetensors")
        isEqual = all(torch.allclose(seeded[k].to(state[k].dtype), state[k], rtol=1e-5, atol=1e-6) for k in state)
    print(f"{name:10} {len(wanted):4} tensors, worst relative error {worst:.1e} ({where})"
          + ("" if not isSeeded else "; a seed gives the same weights" if isEqual else "; A SEED GIVES OTHER WEIGHTS"))
    return worst < 1e-3 and isEqual


def make_state(model):
    torch.manual_seed(0)
    return {k: v.detach().clone() for k, v in model.state_dict().items() if "running" not in k and "batches" not in k} | {
        k: v.detach().clone() * 0 + (1 if "running_var" in k else 0) for k, v in model.state_dict().items() if "running" in k or "batches" in k}


def timed(program, name, folder):
    make, text, draw, isSeveral, _ = MODELS[name]
    if name == "resnet18":
        draw = lambda: torch.randn(2, 3, 224, 224)
    torch.set_num_threads(2)
    model, x = make(), draw()
    with torch.no_grad():
        y = first(model(x))
    cot = torch.randn_like(y)
    save_file({"x": x, "cot": cot}, f"{folder}/in.safetensors")

    def forward():
        with torch.no_grad():
            model(x)

    def step():
        model.zero_grad()
        (first(model(x)) * cot).sum().backward()

    runs = 7
    setup = SETUP.format(make=text, load="", call="net(x)[0]" if isSeveral else "net(x)") + f"""
def forward() {{ no_grad {{ output(net, e.x) }} }}
def whole() {{ step(net, e.x, e.cot) }}
"""
    rows = {}
    for round in range(3):
        for label, call, body in [("forward", "forward", forward), ("step", "whole", step)]:
            body()
            times = []
            for _ in range(runs):
                start = time.perf_counter()
                body()
                times.append(time.perf_counter() - start)
            ours = float(pith(program, setup + f"print(timeit({call}, runs={runs}))\n", folder).split()[-1])
            rows.setdefault(label, []).append((statistics.median(times), ours))
    for label, pairs in rows.items():
        theirs, ours = min(p[0] for p in pairs), min(p[1] for p in pairs)
        print(f"{name:10} {label:8} PyTorch {theirs * 1e3:8.2f} ms   Pith {ours * 1e3:8.2f} ms   {theirs / ours:5.2f} times")


def flat(y):
    if isinstance(y, (tuple, list)):
        return [t for part in y for t in flat(part)]
    return [] if y is None else [y]


def store(folder):
    """Small cases: weights, inputs, outputs, and the gradients of a weighted sum of all outputs."""

    def save(name, module, inputs, call=lambda m, *x: m(*x)):
        module.eval()
        inputs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
        # As they are before the pass.
        tensors = {"w." + k: v.detach().clone() for k, v in module.state_dict().items()}
        outputs = flat(call(module, *inputs))
        weights = [(torch.arange(y.numel()) * 7 % 11 / 10 + 0.3).reshape(y.shape) for y in outputs]
        sum((y * w).sum() for y, w in zip(outputs, weights)).backward()
        tensors |= {"g." + k: p.grad for k, p in module.named_parameters()}
        for i, x in enumerate(inputs):
            tensors[f"in{i}"] = x.detach()
            if x.grad is not None:
                tensors[f"gin{i}"] = x.grad
        tensors |= {f"out{i}": y.detach() for i, y in enumerate(outputs)}
        save_file({k: v.contiguous().clone() for k, v in tensors.items()}, f"{folder}/{name}.safetensors")

    torch.manual_seed(1)
    x, state = torch.randn(4, 2, 3), lambda m, x, h, c: m(x, (h, c))
    save("lstm", nn.LSTM(3, 4, 2, bidirectional=True), [x, torch.randn(4, 2, 4), torch.randn(4, 2, 4)], state)
    save("lstm_proj", nn.LSTM(3, 4, proj_size=2, batch_first=True), [x])
    save("gru", nn.GRU(3, 4, 2, bidirectional=True), [x])
    save("rnn", nn.RNN(3, 4, nonlinearity="relu", bias=False), [x, torch.randn(1, 2, 4)])
    save("rnn_unbatched", nn.RNN(3, 4), [torch.randn(5, 3)])
    save("lstm_cell", nn.LSTMCell(3, 4), [torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)], state)
    save("gru_cell", nn.GRUCell(3, 4), [torch.randn(2, 3), torch.randn(2, 4)])
    q, k, v = torch.randn(3, 2, 8), torch.randn(5, 2, 6), torch.randn(5, 2, 4)
    padding = torch.tensor([[False, False, True], [False, True, False]])
    causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    save("mha", nn.MultiheadAttention(8, 2), [q], lambda m, q: m(q, q, q, need_weights=False))
    several = nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True, kdim=6, vdim=4)
    save("mha_weights", several, [q, k, v])
    save("mha_masks", nn.MultiheadAttention(8, 2, batch_first=True), [q.transpose(0, 1)],
         lambda m, q: m(q, q, q, key_padding_mask=padding, attn_mask=causal, need_weights=False))
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True, batch_first=True)
    save("encoder", nn.TransformerEncoder(layer, 2, nn.LayerNorm(8), enable_nested_tensor=False), [torch.randn(2, 3, 8)])
    save("encoder_layer", nn.TransformerEncoderLayer(8, 2, 16), [torch.randn(3, 2, 8)], lambda m, x: m(x, src_mask=causal))
    save("decoder", nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2), [torch.randn(3, 2, 8), torch.randn(4, 2, 8)],
         lambda m, x, y: m(x, y, tgt_mask=causal))
    picture = VisionTransformer(image=8, patch=4, layers=1, heads=2, size=8, wide=16, classes=3)
    nn.init.normal_(picture.heads.head.weight)
    save("vit", picture, [torch.randn(2, 3, 8, 8)])
    block = Block(3, 4, 2)
    save("residual_block", block, [torch.randn(2, 3, 6, 6)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pith", nargs="?", help="the program")
    parser.add_argument("--store", metavar="FOLDER", help="write the small cases of the tests there")
    parser.add_argument("--time", action="store_true", help="time the models against PyTorch too")
    parser.add_argument("--only", help="the models, separated by commas")
    arguments = parser.parse_args()
    if arguments.store:
        return store(arguments.store)
    if not arguments.pith:
        parser.error("the path of pith is missing")
    program = str(pathlib.Path(arguments.pith).resolve())
    names = arguments.only.split(",") if arguments.only else list(MODELS)
    isGood = True
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            isGood &= compare(program, name, folder)
        if arguments.time:
            for name in names:
                timed(program, name, folder)
    sys.exit(0 if isGood else 1)


if __name__ == "__main__":
    main()
