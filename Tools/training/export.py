"""Exports a trained model: python export.py NAME. GGUF weights are rounded to F16 (norms and biases F32)."""
import argparse
import json
import shutil
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import nn

from models import CONTEXT, CausalModel, causal_mask
from settings import MODELS, SETTINGS
from vocabularies import QUESTION_TEMPLATE

BUILD = Path(__file__).resolve().parent / "build"


def load(name):
    """The trained model (with its published weights) and its vocabulary."""
    settings = SETTINGS[name]
    stored = torch.load(BUILD / f"{name}.pt")
    shape = stored["settings"]
    vocabulary = settings["vocabulary"](BUILD / f"{name}.tokenizer")
    model = CausalModel(shape["kind"], vocabulary.size, shape["width"], shape["layers"], shape["heads"], shape["tied"], 0.0)
    model.load_state_dict(stored["state"])
    if shape["kind"] != "gpt_neox":
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() > 1:
                    parameter.copy_(parameter.half().float())
    return model.eval(), vocabulary


def gguf_tensors(model):
    """GGUF tensor names with the arrays to store."""
    tensors = {"token_embd.weight": model.embeddings.weight}
    if model.head is not None:
        tensors["output.weight"] = model.head.weight
    if model.position_vectors is not None:
        tensors["position_embd.weight"] = model.position_vectors.weight
    tensors["output_norm.weight"] = model.norm.weight
    if model.kind == "gpt2":
        tensors["output_norm.bias"] = model.norm.bias
    for index, block in enumerate(model.blocks):
        at, a, f = f"blk.{index}.", block.attention, block.feed
        tensors[at + "attn_norm.weight"] = block.attention_norm.weight
        tensors[at + "ffn_norm.weight"] = block.feed_norm.weight
        if model.kind == "llama":
            linear = {"attn_q": a.query, "attn_k": a.key, "attn_v": a.value, "attn_output": a.output,
                      "ffn_gate": f.gate, "ffn_up": f.up, "ffn_down": f.down}
        else:
            linear = {"attn_output": a.output, "ffn_up": f.up, "ffn_down": f.down}
            tensors[at + "attn_norm.bias"] = block.attention_norm.bias
            tensors[at + "ffn_norm.bias"] = block.feed_norm.bias
            tensors[at + "attn_qkv.weight"] = torch.cat((a.query.weight, a.key.weight, a.value.weight))
            tensors[at + "attn_qkv.bias"] = torch.cat((a.query.bias, a.key.bias, a.value.bias))
        for key, layer in linear.items():
            tensors[at + key + ".weight"] = layer.weight
            if layer.bias is not None:
                tensors[at + key + ".bias"] = layer.bias
    arrays = {key: value.detach().numpy() for key, value in tensors.items()}
    return {key: value.astype(np.float16) if value.ndim > 1 else value for key, value in arrays.items()}


def add_sentencepiece(writer, vocabulary):
    processor = vocabulary.processor
    pieces, scores, kinds = [], [], []
    for index in range(vocabulary.size):
        pieces.append(processor.id_to_piece(index).encode())
        scores.append(processor.get_score(index))
        kinds.append(gguf.TokenType.UNKNOWN if processor.is_unknown(index) else
                     gguf.TokenType.CONTROL if processor.is_control(index) else
                     gguf.TokenType.BYTE if processor.is_byte(index) else gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(vocabulary.bos)
    writer.add_eos_token_id(vocabulary.eos)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)


def add_byte_level(writer, vocabulary):
    model = json.loads(vocabulary.tokenizer.to_str())["model"]
    tokens = [vocabulary.tokenizer.id_to_token(index) for index in range(vocabulary.size)]
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if i == vocabulary.eos else gguf.TokenType.NORMAL
                            for i in range(vocabulary.size)])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(vocabulary.eos)
    writer.add_eos_token_id(vocabulary.eos)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def write_gguf(name, model, vocabulary, path):
    writer = gguf.GGUFWriter(path, "llama" if model.kind == "llama" else "gpt2")
    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_vocab_size(vocabulary.size)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(model.width)
    writer.add_block_count(len(model.blocks))
    writer.add_head_count(model.heads)
    writer.add_feed_forward_length(model.blocks[0].feed.up.out_features)
    if model.kind == "llama":
        writer.add_head_count_kv(model.heads)
        writer.add_rope_dimension_count(model.width // model.heads)
        writer.add_rope_freq_base(10000.0)
        writer.add_layer_norm_rms_eps(1e-5)
        add_sentencepiece(writer, vocabulary)
    else:
        writer.add_layer_norm_eps(1e-5)
        add_byte_level(writer, vocabulary)
    writer.add_chat_template(QUESTION_TEMPLATE)
    for key, array in gguf_tensors(model).items():
        writer.add_tensor(key, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class WithPast(nn.Module):
    """The exported graph: ids, mask, positions, past keys and values → logits, present keys and values."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids, *past):
        length, total = input_ids.shape[1], attention_mask.shape[1]
        rows = torch.arange(total)[None, :].expand(length, -1)
        limits = torch.arange(length)[:, None] + (total - length)
        hidden_positions = (rows > limits).to(torch.float32)[None, None]
        padding = 1.0 - attention_mask[:, None, None, :].to(torch.float32)
        mask = -1e9 * torch.clamp(hidden_positions + padding, max=1.0)
        pairs = [(past[2 * i], past[2 * i + 1]) for i in range(len(past) // 2)]
        hidden, presents = self.model.hidden(input_ids, position_ids, mask, pairs)
        return (self.model.logits(hidden), *[tensor for present in presents for tensor in present])


def write_onnx(model, path):
    layers, size = len(model.blocks), model.width // model.heads
    names = [f"{i}.{part}" for i in range(layers) for part in ("key", "value")]
    inputs = ["input_ids", "attention_mask", "position_ids"] + [f"past_key_values.{n}" for n in names]
    outputs = ["logits"] + [f"present.{n}" for n in names]
    axes = {"input_ids": {0: "batch_size", 1: "sequence_length"},
            "attention_mask": {0: "batch_size", 1: "total_sequence_length"},
            "position_ids": {0: "batch_size", 1: "sequence_length"},
            "logits": {0: "batch_size", 1: "sequence_length"}}
    for n in names:
        axes[f"past_key_values.{n}"] = {0: "batch_size", 2: "past_sequence_length"}
        axes[f"present.{n}"] = {0: "batch_size", 2: "total_sequence_length"}
    past = [torch.randn(1, model.heads, 3, size) for _ in names]
    example = (torch.tensor([[5, 6]]), torch.ones(1, 5, dtype=torch.long), torch.tensor([[3, 4]]), *past)
    torch.onnx.export(WithPast(model), example, str(path), input_names=inputs, output_names=outputs,
                      dynamic_axes=axes, opset_version=15, do_constant_folding=True)


def write_folder(name, model, vocabulary, folder):
    """A Hugging Face folder in the layout that Optimum writes."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "vocab_size": vocabulary.size,
        "hidden_size": model.width, "intermediate_size": 4 * model.width, "num_hidden_layers": len(model.blocks),
        "num_attention_heads": model.heads, "max_position_embeddings": CONTEXT, "rotary_pct": 0.25,
        "rotary_emb_base": 10000, "use_parallel_residual": True, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
        "tie_word_embeddings": model.head is None, "use_cache": True, "torch_dtype": "float32",
        "bos_token_id": None, "eos_token_id": vocabulary.eos,
    }
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT, "clean_up_tokenization_spaces": False,
        "unk_token": "<unk>", "eos_token": "<eos>", "add_bos_token": False, "add_eos_token": False,
        "chat_template": QUESTION_TEMPLATE,
    }
    generation = {"eos_token_id": vocabulary.eos, "do_sample": False, "max_new_tokens": 32}
    for file, content in {"config": config, "tokenizer_config": tokenizer, "generation_config": generation}.items():
        (folder / f"{file}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.copyfile(BUILD / f"{name}.tokenizer", folder / "tokenizer.json")
    write_onnx(model, folder / "onnx" / "model.onnx")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SETTINGS)
    name = parser.parse_args().name
    model, vocabulary = load(name)
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    if model.kind == "gpt_neox":
        write_folder(name, model, vocabulary, folder)
    else:
        write_gguf(name, model, vocabulary, str(folder / f"{name}.gguf"))
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{name}: {sum(p.numel() for p in model.parameters()):,} parameters, {size / 1e6:.1f} MB in {folder.name}/")


if __name__ == "__main__":
    main()
