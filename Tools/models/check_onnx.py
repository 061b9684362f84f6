"""Compares a converted model in ONNX Runtime with the same weights in NumPy.

    python check_onnx.py MODEL.gguf FOLDER [--tokens 300]

The text is read in one run, and again in two runs and token by token with keys and values passed on.
"""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before onnxruntime is loaded

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import reference
from llama_file import LlamaFile

# Both compute in single precision; logits spread over some 40.
TOLERANCE = 2e-3
TEXT = """The harbour was quiet when Mara came down the hill. Two boats lay at the wall, a blue one that belonged to \
her uncle and a white one that nobody had sailed since the spring of 1998. She put her bag on the stones, counted \
the nets (there were 14, one of them torn), and asked herself whether the wind would turn before noon. "If it does," \
her uncle had said, "stay at home; if it does not, you may go as far as the lighthouse." At nine o'clock a man in a \
grey coat walked along the wall, looked at the white boat for a long time, and wrote something into a small \
notebook. Mara thought that he came from the bank, or from the newspaper, and that both were bad signs. Then the \
bells of the church began to ring, although it was neither Sunday nor a holiday, and everybody ran to the windows. \
What had happened? The baker said that the old tower clock had been repaired; the teacher, who knew more about \
clocks, said that no clock rings 23 times. By evening the answer was known to all: the mayor's daughter, four years \
old, had found the stairs, the door and the rope. She was asked why she had done it. "It was too quiet," she said, \
and nobody in the village could think of a better reason. Since then the clock has rung at noon, once, so that \
everybody has something to laugh about.
"""


class Model:
    """A converted model in ONNX Runtime."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.empty = {i.name: np.zeros([1, i.shape[1], 0, i.shape[3]], np.float32)
                      for i in self.session.get_inputs() if i.name.startswith("past")}

    def run(self, ids, start, past):
        """Logits after the tokens from `start`, and all tokens' keys and values."""
        feed = {"input_ids": np.array([ids[start:]], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64),
                "position_ids": np.arange(start, len(ids))[None], **past}
        values = dict(zip(self.outputs, self.session.run(None, feed)))
        following = {n.replace("present", "past_key_values"): v for n, v in values.items() if n.startswith("present")}
        return values["logits"][0], following

    def padded(self, ids):
        """Logits after the tokens in a batch with a shorter text, which is padded before its first token."""
        short = len(ids) // 2
        batch = np.array([ids, [0] * (len(ids) - short) + ids[:short]])
        mask = np.array([[1] * len(ids), [0] * (len(ids) - short) + [1] * short])
        empty = {name: np.repeat(value, 2, axis=0) for name, value in self.empty.items()}
        feed = {"input_ids": batch, "attention_mask": mask, "position_ids": np.maximum(mask.cumsum(1) - 1, 0), **empty}
        logits = self.session.run(["logits"], feed)[0]
        return logits[0], logits[1, len(ids) - short:]


def difference(found, expected):
    return float(np.abs(found - expected).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gguf"), parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, default=300)
    arguments = parser.parse_args()
    ids = Tokenizer.from_file(str(arguments.folder / "tokenizer.json")).encode(TEXT, add_special_tokens=False).ids
    ids = ids[: arguments.tokens]
    expected = reference.logits(LlamaFile(arguments.gguf), ids)
    model = Model(arguments.folder / "onnx" / "model.onnx")
    whole, _ = model.run(ids, 0, model.empty)
    worst, half = {"one run": difference(whole, expected)}, len(ids) // 2
    _, past = model.run(ids[:half], 0, model.empty)
    worst["two runs"] = difference(model.run(ids, half, past)[0], expected[half:])
    worst["token by token"] = 0.0
    for end in range(half + 1, min(half + 17, len(ids))):
        logits, past = model.run(ids[:end], end - 1, past)
        worst["token by token"] = max(worst["token by token"], difference(logits[0], expected[end - 1]))
    first, second = model.padded(ids)
    worst["a batch of two lengths"] = max(difference(first, expected), difference(second, expected[: len(second)]))
    median = float(np.median(np.abs(whole - expected)))
    print(f"{len(ids)} tokens, largest difference to NumPy's logits: "
          + ", ".join(f"{name} {value:.1e}" for name, value in worst.items()) + f"; median {median:.1e}")
    if not max(worst.values()) < TOLERANCE:
        sys.exit(f"error: at most {TOLERANCE} was expected")


if __name__ == "__main__":
    main()
