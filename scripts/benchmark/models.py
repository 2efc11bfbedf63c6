"""Whole models in PyTorch, as benchmark/models.pscript has them in Pith: one line each, a name and seconds.

`models.py THREADS` times all; `models.py THREADS memory` makes one training step of resnet18 at batch 16, for the memory it takes.
torchvision is not needed: the same residual network stands here.
"""
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


def resnet18():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for outputs in [64, 128, 256, 512]:
        layers += [Block(inputs, outputs, 1 if outputs == 64 else 2), Block(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1568, 10))


def timed(f, runs):
    f()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        f()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def forward(name, net, x, runs):
    net.eval()
    with torch.inference_mode():
        print(f"{name}_forward {timed(lambda: net(x), runs):.9f}")


def trainer(net, x, labels, steps):
    net.train()
    y = torch.randint(0, labels, (x.shape[0],))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001)

    def run():
        for _ in range(steps):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()

    return run


def step(name, net, x, labels, runs):
    print(f"{name}_step {timed(trainer(net, x, labels, 4), runs) / 4:.9f}")


def backward(name, net, x, out, runs):
    net.train()

    def run():
        net.zero_grad()
        out(net(x)).square().mean().backward()

    print(f"{name}_step {timed(run, runs):.9f}")


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    if len(sys.argv) > 2:
        trainer(resnet18(), torch.rand(16, 3, 224, 224), 1000, 1)()
        return
    net = resnet18()
    # The faster of PyTorch's two layouts on a CPU, as a user who looked would choose.
    net = net.to(memory_format=torch.channels_last)
    for n in [1, 16]:
        x = torch.rand(n, 3, 224, 224).to(memory_format=torch.channels_last)
        forward(f"resnet18_{n}", net, x, 5)
        step(f"resnet18_{n}", net, x, 1000, 3)
    net, x = cnn(), torch.rand(64, 1, 28, 28)
    forward("digits_cnn_64", net, x, 31)
    step("digits_cnn_64", net, x, 10, 11)
    layer = nn.TransformerEncoderLayer(256, 8, dim_feedforward=1024, dropout=0.0, batch_first=True)
    net, x = nn.TransformerEncoder(layer, 4), torch.rand(8, 128, 256)
    forward("transformer_8", net, x, 11)
    backward("transformer_8", net, x, lambda y: y, 7)
    net, x = nn.LSTM(128, 256, batch_first=True), torch.rand(16, 64, 128)
    forward("lstm_16", net, x, 11)
    backward("lstm_16", net, x, lambda y: y[0], 7)


main()
