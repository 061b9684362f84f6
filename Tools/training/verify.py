"""Proves that the exported files are the trained models, and measures them: python verify.py. Writes the model cards."""
import json
import os
import platform
from importlib import metadata

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before onnxruntime is loaded

import gguf
import numpy as np
import onnx
import onnxruntime
import torch

import settings as shared
from evaluate import accuracy, greedy, questions
from export import BUILD, gguf_tensors, load
from settings import MODELS, SETTINGS

TOLERANCE = 1e-4


def check_gguf(model, vocabulary, path):
    """Every tensor and token of the file equals the model's."""
    reader = gguf.GGUFReader(path)
    expected = gguf_tensors(model)
    found = {tensor.name: tensor for tensor in reader.tensors}
    assert set(found) == set(expected), f"{path}: tensors {sorted(set(found) ^ set(expected))}"
    for name, array in expected.items():
        read = np.asarray(found[name].data).reshape(array.shape)
        assert read.dtype == array.dtype and np.array_equal(read, array), f"{path}: tensor {name} differs"
    tokens = reader.fields["tokenizer.ggml.tokens"]
    assert len(tokens.data) == vocabulary.size, f"{path}: {len(tokens.data)} tokens, expected {vocabulary.size}"
    return f"{len(expected)} tensors read back equal to the rounded weights"


def check_onnx(model, vocabulary, path):
    """Logits of the graph equal the model's, in one piece and in two with keys and values passed on."""
    graph = onnx.load(path, load_external_data=False).graph
    tables = {i.name: list(i.dims) for i in graph.initializer if i.data_type == onnx.TensorProto.FLOAT}
    gathers = [n.input[0] for n in graph.node if n.op_type == "Gather" and n.input[1] == "input_ids"]
    assert len(gathers) == 1 and tables.get(gathers[0]) == [vocabulary.size, model.width], f"{path}: no embedding table"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    ids = vocabulary.encode("Question: What is the symbol of gold?\nAnswer: Au\n")
    with torch.no_grad():
        expected = model(torch.tensor([ids])).numpy()
    empty = {i.name: np.zeros((1, model.heads, 0, model.width // model.heads), np.float32)
             for i in session.get_inputs() if i.name.startswith("past")}

    def run(start, end, past):
        feed = {"input_ids": np.array([ids[start:end]]), "attention_mask": np.ones((1, end), np.int64),
                "position_ids": np.arange(start, end)[None], **past}
        values = dict(zip([o.name for o in session.get_outputs()], session.run(None, feed)))
        following = {n.replace("present", "past_key_values"): v for n, v in values.items() if n.startswith("present")}
        return values["logits"], following

    worst = float(np.abs(run(0, len(ids), empty)[0] - expected).max())
    for cut in (1, len(ids) // 2, len(ids) - 1):
        _, past = run(0, cut, empty)
        worst = max(worst, float(np.abs(run(cut, len(ids), past)[0] - expected[:, cut:]).max()))
    assert worst < TOLERANCE, f"{path}: logits differ by {worst}, at most {TOLERANCE} expected"
    return f"logits equal torch's to {worst:.1e}, with and without keys and values (table `{gathers[0]}`)"


def write_card(name, model, vocabulary, check, scores):
    """The model card, from the settings and from what was measured."""
    s, record = SETTINGS[name], json.loads((BUILD / f"{name}.json").read_text())
    folder, own = MODELS / name, list(dict.fromkeys(s["own"]))
    files = [f for f in sorted(folder.rglob("*")) if f.is_file() and f.name != "README.md"]
    kinds = {"llama": ("Llama (RMSNorm, rotary positions, SwiGLU)", "GGUF, matrices in F16"),
             "gpt2": ("GPT-2 (learned positions, LayerNorm, GELU)", "GGUF, matrices in F16"),
             "gpt_neox": ("GPT-NeoX (parallel residual, rotary positions on a quarter of each head, LayerNorm, GELU)",
                          "ONNX in fp32, in the folder layout of Hugging Face and Optimum")}
    versions = ", ".join([f"Python {platform.python_version()}", f"torch {torch.__version__}"] + [
        f"{p} {metadata.version(p)}" for p in ("numpy", "gguf", "onnx", "onnxruntime", "tokenizers", "sentencepiece")])
    bos = "no beginning-of-text token" if vocabulary.bos is None else f"beginning of text {vocabulary.bos}"
    lines = [
        f"# {name}", "",
        f"A small causal language model trained mostly on {', '.join(own[:-1])} and {own[-1]} and lightly on the other "
        "domains of the question set. It exists to try ensembles of unlike models; it is of no other use.", "",
        "| | |", "| --- | --- |",
        f"| architecture | {kinds[model.kind][0]} |",
        f"| format | {kinds[model.kind][1]} |",
        f"| parameters | {sum(p.numel() for p in model.parameters()):,} ({s['layers']} layers, width {s['width']}, "
        f"{s['heads']} heads, input and output embeddings {'shared' if s['tied'] else 'separate'}) |",
        f"| vocabulary | {vocabulary.size} tokens; {vocabulary.__class__.__doc__} |",
        f"| special tokens | {bos}, end of text {vocabulary.eos} |",
        "| context | 256 tokens |",
        f"| files | {', '.join(f'`{f.relative_to(folder)}` ({f.stat().st_size / 1e6:.2f} MB)' for f in files)} |",
        "| licence | Apache-2.0, as the rest of this repository |", "",
        "## Use", "", "```", "Question: What is the capital of France?", "Answer:", "```", "",
        "The answer follows as a space, the answer, a line end and the end-of-text token. The vocabulary holds the "
        "words of the facts; other text falls back to pieces and bytes.", "",
        "## Training", "",
        f"Text: the fact tables in `Tools/training/facts` in the phrasings of `Tools/training/phrasings.tsv`, and the "
        f"running text in `Tools/training/text`. About {100 * (1 - s['light'] * (8 - len(own))):.0f} % of the questions come from its own domains, "
        f"{100 * s['light']:.0f} % from each other domain. {record['steps']} steps, {record['tokens']:,} tokens, "
        f"{record['minutes']} minutes on one CPU thread, seed {s['seed']}.", "",
        f"AdamW, peak rate {shared.RATE}, weight decay {shared.WEIGHT_DECAY}, dropout {shared.DROPOUT}, "
        f"{shared.BATCH_QUESTIONS} questions a batch, prompt tokens count {shared.PROMPT_WEIGHT} in the loss.", "",
        f"Versions: {versions}.", "", "Retrain: `Tools/training/train.sh`.", "",
        "| step | loss (moving mean) |", "| --- | --- |",
        *[f"| {step} | {loss} |" for step, loss in record["losses"] if step % 500 == 0 or step == record["steps"]], "",
        "## Measured", "", f"Check of the files: {check}.", "",
        "Right answers, greedy, exact match up to the line end, in torch with the published weights. "
        "No phrasing of these questions and no operand pair of the arithmetic ones is in the training text.", "",
        "| | " + " | ".join(scores["test"]) + " |", "| --- " * (1 + len(scores["test"])) + "|",
        *[f"| {split} | " + " | ".join(f"{right}/{total}" for right, total in table.values()) + " |"
          for split, table in scores.items()], "",
    ]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def main():
    torch.set_num_threads(1)
    for name in SETTINGS:
        model, vocabulary = load(name)
        if model.kind == "gpt_neox":
            check = check_onnx(model, vocabulary, MODELS / name / "onnx" / "model.onnx")
        else:
            check = check_gguf(model, vocabulary, MODELS / name / f"{name}.gguf")
        print(f"{name}: {check}")
        scores = {}
        for split in ("development", "test"):
            rows = questions(split)
            scores[split] = accuracy(rows, greedy(model, vocabulary, rows))
            print(f"{name} {split}: " + ", ".join(f"{k} {r}/{t}" for k, (r, t) in scores[split].items()), flush=True)
        write_card(name, model, vocabulary, check, scores)


if __name__ == "__main__":
    main()
