"""The published algorithm's step in PyTorch, as a baseline: dense matrices, AdamW with autograd on the main model's logits.

  python deepen_step.py                      times steps and prints one line of JSON
  python deepen_step.py --serve              takes a step for every line read, and answers with a line of JSON
  python deepen_step.py --check FOLDER       holds the step against recorded cases (Tests/Fixtures/reference)
"""
import argparse
import json
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch


def relative_matrix(embeddings, anchor_ids, temperature):
    """Cosines with the anchors, each row divided by its length, then a softmax of its multiple."""
    directions = torch.nn.functional.normalize(embeddings, dim=1)
    cosines = directions @ directions[anchor_ids].T
    return torch.softmax(temperature * torch.nn.functional.normalize(cosines, dim=1), dim=1)


def fuse(logits, matrices, weights):
    """The members' relative distributions and their weighted mean."""
    relatives = [torch.softmax(z, dim=0) @ matrix for z, matrix in zip(logits, matrices)]
    return relatives, sum(weight * relative for weight, relative in zip(weights, relatives))


def search(main_logits, target, matrix, rate, steps):
    """AdamW on the main model's logits toward the fused distribution; the rate falls along a cosine."""
    logits = main_logits.clone().requires_grad_(True)
    optimizer = torch.optim.AdamW([logits], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=rate / 4)
    for _ in range(steps):
        optimizer.zero_grad()
        relative = torch.softmax(logits, dim=0) @ matrix
        loss = torch.nn.functional.kl_div(relative.log(), target, reduction="none").mean()
        loss.backward()
        optimizer.step()
        schedule.step()
    return logits.detach()


def step(logits, matrices, weights, rate, steps):
    """From the members' logits to the main model's after the search."""
    with torch.no_grad():
        _, target = fuse(logits, matrices, weights)
    return search(logits[0], target, matrices[0], rate, steps)


class Case:
    """Random members of given sizes. Rows of the matrices are distributions; nothing else about them matters for time."""

    def __init__(self, options):
        generator = torch.Generator().manual_seed(1)
        self.matrices = []
        for vocabulary in options.vocabularies:
            matrix = torch.rand(vocabulary, options.anchors, generator=generator)
            matrix /= matrix.sum(dim=1, keepdim=True)
            self.matrices.append(matrix)
        self.logits = [4 * torch.randn(vocabulary, generator=generator) for vocabulary in options.vocabularies]
        self.weights = [1 / len(self.matrices)] * len(self.matrices)
        self.rate, self.steps = options.rate, options.steps

    def seconds(self):
        start = time.perf_counter()
        result = step(self.logits, self.matrices, self.weights, self.rate, self.steps)
        seconds = time.perf_counter() - start
        if not math.isfinite(float(result.sum())):
            sys.exit("error: the step ended in numbers that are not finite")
        return seconds


def read_case(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    kinds = {".f32": "<f4", ".i32": "<i4"}
    tensors = {}
    for name, entry in manifest["tensors"].items():
        path = folder / entry["file"]
        values = np.fromfile(path, dtype=kinds[path.suffix]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.astype(np.int64 if path.suffix == ".i32" else np.float32))
    return manifest, tensors


def check(root):
    """Compares every stage with the recorded cases; the tolerances are those of their description."""
    folders = sorted(path.parent for path in Path(root).glob("*/manifest.json"))
    if not folders:
        sys.exit(f"error: there are no cases in {root}\nremedy: name the folder Tests/Fixtures/reference")
    worst = {"matrix": 0.0, "relative": 0.0, "logits": 0.0}
    for folder in folders:
        manifest, tensors = read_case(folder)
        models = range(len(manifest["weights"]))
        matrices = [
            relative_matrix(
                tensors[f"model{k}_embeddings"], tensors[f"model{k}_anchor_ids"], manifest["temperature"])
            for k in models
        ]
        logits = [tensors[f"model{k}_logits"] for k in models]
        relatives, target = fuse(logits, matrices, manifest["weights"])
        after = step(logits, matrices, manifest["weights"], manifest["rate"], manifest["steps"])

        def differs(stage, found, recorded):
            worst[stage] = max(worst[stage], float((found - recorded).abs().max()))

        for k in models:
            differs("matrix", matrices[k], tensors[f"model{k}_relative_matrix"])
            differs("relative", relatives[k], tensors[f"model{k}_relative"])
        differs("relative", target, tensors["fused_relative"])
        differs("logits", after, tensors["main_logits_after_search"])
        if int(after.argmax()) != manifest["main_argmax_after"]:
            sys.exit(f"error: {folder.name}: the likeliest token is {int(after.argmax())}")
    print(json.dumps({"cases": len(folders), "largest difference": worst}))
    if worst["matrix"] > 1e-5 or worst["relative"] > 1e-5 or worst["logits"] > 1e-4:
        sys.exit("error: the step differs from the recorded cases by more than their tolerances")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabularies", type=int, nargs="+", default=[32000, 32000], help="tokens of each member")
    parser.add_argument("--anchors", type=int, default=24000)
    parser.add_argument("--steps", type=int, default=5, help="steps of the search, T")
    parser.add_argument("--rate", type=float, default=0.15, help="rate of the search")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--check", metavar="FOLDER")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.check:
        return check(options.check)
    case = Case(options)
    if options.serve:
        print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
        for _ in sys.stdin:
            print(json.dumps({"seconds": case.seconds()}), flush=True)
        return None
    case.seconds()
    seconds = [case.seconds() for _ in range(options.rounds)]
    print(json.dumps({
        "torch": torch.__version__, "threads": torch.get_num_threads(), "vocabularies": options.vocabularies,
        "anchors": options.anchors, "steps": options.steps, "seconds": seconds, "median": statistics.median(seconds),
    }))
    return None


if __name__ == "__main__":
    main()
