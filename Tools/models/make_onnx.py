"""Writes the ONNX form of a Llama model in a GGUF file: a folder in the layout of Hugging Face and Optimum.

    python make_onnx.py MODEL.gguf FOLDER

Weights are dequantised to single precision. The folder must not exist; it is complete when the command returns 0.
"""
import argparse
import json
import sys
from pathlib import Path

import onnx

import byte_level
from llama_file import LlamaFile, UnsupportedModel
from llama_graph import LlamaGraph


def configuration(source):
    """The content of `config.json`."""
    s = source.sizes
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": s.vocabulary,
        "hidden_size": s.width, "intermediate_size": s.inner, "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads, "num_key_value_heads": s.key_value_heads, "head_dim": s.head,
        "max_position_embeddings": s.context, "rope_theta": s.rope_base, "rms_norm_eps": s.epsilon,
        "hidden_act": "silu", "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": source.is_tied,
        "use_cache": True, "torch_dtype": "float32", "bos_token_id": source.field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": source.field("tokenizer.ggml.eos_token_id"),
    }


def write_json(path, content, indent=2):
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def write_folder(source, folder):
    """Writes all files of the folder."""
    (folder / "onnx").mkdir(parents=True)
    config = configuration(source)
    write_json(folder / "config.json", config)
    ends = byte_level.ends(source)
    write_json(folder / "generation_config.json", {"bos_token_id": config["bos_token_id"], "eos_token_id": ends})
    write_json(folder / "tokenizer.json", byte_level.tokenizer(source), indent=1)
    write_json(folder / "tokenizer_config.json", byte_level.tokenizer_config(source))
    with open(folder / "onnx" / "model.onnx_data", "wb") as data:
        model = LlamaGraph(source, data, "model.onnx_data").build(
            lambda done, of: print(f"  layer {done} of {of}", file=sys.stderr) if done % 10 == 0 else None)
    onnx.save(model, folder / "onnx" / "model.onnx")
    onnx.checker.check_model(str(folder / "onnx" / "model.onnx"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gguf"), parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    try:
        write_folder(LlamaFile(arguments.gguf), arguments.folder)
    except UnsupportedModel as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
