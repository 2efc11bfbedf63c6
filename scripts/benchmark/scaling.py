#!/usr/bin/env python3
"""Time and memory of importance formulas against samples, parameters and features, each over two decades.

usage: scripts/benchmark/scaling.py PITH [FORMULA ...]

Each point is a process of its own: a network of two linear layers on random numbers, one run to warm up and then the
median of three, as `.seconds` gives them; memory is the most that the process ever held, less that of the same process
without the formula. A row ends in the power of the size by which time grows between the last two points.
"""

import math
import os
import subprocess
import sys

FORMULAS = {
    "|w * g|": ("|w * g|", "net"),
    "mean(g^2)": ("mean(g^2)", "net"),
    "std(g)": ("std(g)", "net"),
    "h * w^2 / 2": ("h * w^2 / 2", "net"),
    "|w| * norm(z)": ("|w| * norm(z)", "net"),
    "rise(loss, zero(w))": ("rise(loss, zero(w))", "net.fc2"),
    "mean(|a * da|)": ("mean(|a * da|)", "net.act"),
    "rise(loss, zero(a))": ("rise(loss, zero(a))", "net.act"),
    "(x - x0) * path(dx)": ("(x - x0) * path(dx)", "net.input"),
    "drop(accuracy, shuffle(x))": ("drop(accuracy, shuffle(x))", "net.input"),
}
# samples, hidden units, features
AXES = {
    "samples": [(n, 64, 64) for n in (100, 1000, 10000)],
    "parameters": [(1000, h, 64) for h in (40, 400, 4000)],
    "features": [(1000, 64, f) for f in (10, 100, 1000)],
}


def program(samples, hidden, features, formula, what):
    lines = [
        "seed 0",
        f"net = Sequential(fc1=Linear({features}, {hidden}), act=ReLU(), fc2=Linear({hidden}, 10))",
        f"d = dataset(randn({samples}, {features}), randint(0, 10, [{samples}]))",
        "set warnings=off",
    ]
    if formula:
        lines += ["s = []", f"for i in range(4) {{ s = s + [(importance {formula} of {what} on d).seconds] }}", "print(s[1], s[2], s[3])"]
    return "\n".join(lines)


def run(pith, text):
    """The numbers that a program prints, and the most memory that it held, in bytes."""
    child = subprocess.Popen([pith, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child.stdin.write(text)
    child.stdin.close()
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        sys.exit(f"{text}\nfailed")
    return [float(word) for word in out.split()], usage.ru_maxrss * 1024


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    pith, wanted = sys.argv[1], sys.argv[2:] or list(FORMULAS)
    for axis, points in AXES.items():
        sizes = [{"samples": n, "parameters": (f + 1) * h + (h + 1) * 10, "features": f}[axis] for n, h, f in points]
        print(f"\n{axis:<27}" + "".join(f"{size:>20,}" for size in sizes) + "   power")
        empty = [run(pith, program(*point, None, None))[1] for point in points]
        for name in wanted:
            formula, what = FORMULAS[name]
            times, cells = [], []
            for point, base in zip(points, empty):
                seconds, peak = run(pith, program(*point, formula, what))
                times.append(sorted(seconds)[1])
                cells.append(f"{times[-1] * 1e3:10.2f} ms {max(0, peak - base) / 1e6:4.0f} MB")
            power = math.log(times[-1] / times[-2]) / math.log(sizes[-1] / sizes[-2])
            print(f"{name:<27}" + "".join(f"{cell:>20}" for cell in cells) + f"{power:8.2f}", flush=True)


if __name__ == "__main__":
    main()
