"""Two members with random weights, for measurements only: what they say means nothing, what they cost is real.

  python make_models.py FOLDER [--gguf SIZE] [--onnx SIZE] [--type f32|f16|int8] [--spread X] [--tokens N] [--shared N]

writes FOLDER/bench-gguf.gguf and FOLDER/bench-onnx/ (Hugging Face's layout, with keys and values of earlier tokens): the
Llama architecture, and two byte-level vocabularies that share most of their tokens.
"""
import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CONTEXT = 1024
EPSILON = 1e-5
END = "<|end|>"


@dataclass
class Shape:
    """The sizes of a model; heads have 64 dimensions."""

    width: int
    layers: int
    feed: int

    @property
    def heads(self):
        return self.width // 64

    def parameters(self, tokens):
        return 2 * tokens * self.width + self.layers * (4 * self.width**2 + 3 * self.width * self.feed)


SHAPES = {
    "tiny": Shape(64, 2, 128), "100M": Shape(640, 12, 1728), "350M": Shape(1024, 22, 2816), "1B": Shape(2048, 18, 5632),
}


# --- Vocabularies -----------------------------------------------------------------------------------------------------


def byte_alphabet():
    """The letters that stand for bytes in byte-level tokenizers, by byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for index, byte in enumerate(byte for byte in range(256) if byte not in letters):
        letters[byte] = chr(256 + index)
    return [letters[byte] for byte in range(256)]


def add_merges(tokens, merges, taken, count, generator):
    """Appends `count` tokens, each made of two that are there, such as words in a language of random syllables."""
    space = byte_alphabet()[32]
    parts = [token for token in tokens if token.lstrip(space).isascii() and token.lstrip(space).islower()]
    starts = parts + [space]
    while count > 0:
        # Frequent pieces, which come first, are merged most.
        left = starts[int(len(starts) * generator.random() ** 2)]
        right = parts[int(len(parts) * generator.random() ** 2)]
        token = left + right
        if right.startswith(space) or len(token) > 12 or token in taken:
            continue
        taken.add(token)
        tokens.append(token)
        merges.append((left, right))
        parts.append(token)
        starts.append(token)
        count -= 1


def vocabularies(size, shared):
    """Two vocabularies: bytes, shared words, each one's own words, and the end. [(tokens, merges)]"""
    generator = np.random.default_rng(1)
    tokens, merges = byte_alphabet(), []
    taken = set(tokens)
    add_merges(tokens, merges, taken, shared - len(tokens) - 1, generator)
    result = []
    for _ in range(2):
        own_tokens, own_merges = list(tokens), list(merges)
        # What one member takes is no longer there for the other, so that exactly the first part is shared.
        add_merges(own_tokens, own_merges, taken, size - len(own_tokens) - 1, generator)
        result.append((own_tokens + [END], own_merges))
    return result


# --- Weights ----------------------------------------------------------------------------------------------------------


def weights(shape, tokens, seed, spread):
    """Random weights by their names in GGUF, [outputs × inputs]. Logits have the standard deviation `spread`."""
    generator = np.random.default_rng(seed)

    def normal(rows, columns, deviation):
        values = generator.standard_normal((rows, columns), dtype=np.float32)
        values *= np.float32(deviation)
        return values

    width, feed = shape.width, shape.feed
    yield "token_embd.weight", normal(tokens, width, 1)
    for layer in range(shape.layers):
        at = f"blk.{layer}."
        yield at + "attn_norm.weight", np.ones(width, np.float32)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield at + name + ".weight", normal(width, width, width**-0.5)
        yield at + "ffn_norm.weight", np.ones(width, np.float32)
        yield at + "ffn_gate.weight", normal(feed, width, width**-0.5)
        yield at + "ffn_up.weight", normal(feed, width, width**-0.5)
        yield at + "ffn_down.weight", normal(width, feed, feed**-0.5)
    yield "output_norm.weight", np.ones(width, np.float32)
    yield "output.weight", normal(tokens, width, spread * width**-0.5)


# --- GGUF -------------------------------------------------------------------------------------------------------------


GGUF_TYPES = {
    "f32": (gguf.LlamaFileType.ALL_F32, gguf.GGMLQuantizationType.F32),
    "f16": (gguf.LlamaFileType.MOSTLY_F16, gguf.GGMLQuantizationType.F16),
    "int8": (gguf.LlamaFileType.MOSTLY_Q8_0, gguf.GGMLQuantizationType.Q8_0),
}


def write_gguf(path, shape, vocabulary, options):
    tokens, merges = vocabulary
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(path.stem)
    file_type, kind = GGUF_TYPES[options.type]
    writer.add_file_type(file_type)
    writer.add_vocab_size(len(tokens))
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_feed_forward_length(shape.feed)
    writer.add_rope_dimension_count(64)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if token == END else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([f"{left} {right}" for left, right in merges])
    writer.add_bos_token_id(len(tokens) - 1)
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    for name, array in weights(shape, len(tokens), seed=1, spread=options.spread):
        if array.ndim > 1:
            writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# --- ONNX -------------------------------------------------------------------------------------------------------------


class Graph:
    """Collects nodes and constants under names that count up."""

    def __init__(self, is_integer):
        self.nodes, self.constants, self.is_integer = [], [], is_integer

    def add(self, kind, *inputs, output=None, outputs=None, **attributes):
        names = outputs or [output or f"{kind.lower()}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if len(names) == 1 else names

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


    def product(self, x, name, weight, output=None):
        """x · weightᵀ; with whole numbers of eight bits, x is rounded anew each time."""
        if not self.is_integer:
            return self.add("MatMul", x, self.constant(name, weight.T), output=output)
        scales = np.abs(weight).max(axis=1) / 127
        codes = self.constant(name, np.rint(weight / scales[:, None]).astype(np.int8).T)
        rounded, scale, zero = self.add(
            "DynamicQuantizeLinear", x, outputs=[f"{name}.{part}" for part in ("rounded", "scale", "zero")])
        sums = self.add("Cast", self.add("MatMulInteger", rounded, codes, zero), to=TensorProto.FLOAT)
        factors = self.add("Mul", scale, self.constant(f"{name}.scales", scales))
        return self.add("Mul", sums, factors, output=output)


def rms_norm(graph, x, weight):
    square = graph.add("Mul", x, x)
    mean = graph.add("ReduceMean", square, axes=[-1], keepdims=1)
    root = graph.add("Sqrt", graph.add("Add", mean, "epsilon"))
    return graph.add("Mul", graph.add("Div", x, root), weight)


def rotate(graph, x, cosine, sine):
    """Rotary positions for x [1 × heads × sequence × 64], halves against halves."""
    first, second = graph.add("Split", x, "halves", axis=-1, outputs=[f"{x}_first", f"{x}_second"])
    rotated = graph.add("Concat", graph.add("Neg", second), first, axis=-1)
    return graph.add("Add", graph.add("Mul", x, cosine), graph.add("Mul", rotated, sine))


def causal_mask(graph):
    """0 where a key may be looked at, −10⁹ where it lies ahead, [1 × 1 × sequence × total]."""
    total = graph.add("Gather", graph.add("Shape", "attention_mask"), "one", axis=0)
    keys = graph.add("Range", "zero", total, "one")
    positions = graph.add("Unsqueeze", "position_ids", "mask_axes")
    return graph.add("Where", graph.add("LessOrEqual", keys, positions), "open", "closed")


def attention(graph, layer, x, tensors, angles, mask, shape):
    heads = []
    for name in ("q", "k", "v"):
        product = graph.product(x, f"layer{layer}.{name}", tensors[f"blk.{layer}.attn_{name}.weight"])
        split = graph.add("Reshape", product, "head_shape")
        heads.append(graph.add("Transpose", split, perm=[0, 2, 1, 3]))
    query, key = rotate(graph, heads[0], *angles), rotate(graph, heads[1], *angles)
    key = graph.add("Concat", f"past_key_values.{layer}.key", key, axis=2, output=f"present.{layer}.key")
    value = graph.add("Concat", f"past_key_values.{layer}.value", heads[2], axis=2, output=f"present.{layer}.value")
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
    shares = graph.add("Softmax", graph.add("Add", graph.add("Mul", scores, "scale"), mask), axis=-1)
    joined = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    rows = graph.add("Reshape", joined, "row_shape")
    return graph.product(rows, f"layer{layer}.output", tensors[f"blk.{layer}.attn_output.weight"])


def feed_forward(graph, layer, x, tensors):
    def product(x, name):
        return graph.product(x, f"layer{layer}.{name}", tensors[f"blk.{layer}.ffn_{name}.weight"])

    gate = product(x, "gate")
    active = graph.add("Mul", gate, graph.add("Sigmoid", gate))
    return product(graph.add("Mul", active, product(x, "up")), "down")


def onnx_model(shape, count, options):
    graph = Graph(options.type == "int8")
    tensors = dict(weights(shape, count, seed=2, spread=options.spread))
    angles = np.arange(CONTEXT)[:, None] * 10000.0 ** (-np.arange(32) / 32)[None, :]
    angles = np.concatenate([angles, angles], axis=1)
    for name, array in {
        "epsilon": np.array(EPSILON, np.float32), "halves": np.array([32, 32], np.int64),
        "one": np.array(1, np.int64), "zero": np.array(0, np.int64), "mask_axes": np.array([1, 3], np.int64),
        "head_axis": np.array([1], np.int64), "open": np.array(0, np.float32), "closed": np.array(-1e9, np.float32),
        "scale": np.array(64**-0.5, np.float32), "head_shape": np.array([0, 0, shape.heads, 64], np.int64),
        "row_shape": np.array([0, 0, shape.width], np.int64), "cosines": np.cos(angles).astype(np.float32),
        "sines": np.sin(angles).astype(np.float32), "embeddings": tensors["token_embd.weight"],
    }.items():
        graph.constant(name, array)
    x = graph.add("Gather", "embeddings", "input_ids", axis=0)
    angles = [
        graph.add("Unsqueeze", graph.add("Gather", table, "position_ids", axis=0), "head_axis")
        for table in ("cosines", "sines")
    ]
    mask = causal_mask(graph)
    for layer in range(shape.layers):
        for part, name in ((attention, "attn_norm"), (feed_forward, "ffn_norm")):
            normed = rms_norm(
                graph, x, graph.constant(f"layer{layer}.{name}", tensors[f"blk.{layer}.{name}.weight"]))
            extra = (angles, mask, shape) if part is attention else ()
            x = graph.add("Add", x, part(graph, layer, normed, tensors, *extra))
    x = rms_norm(graph, x, graph.constant("norm", tensors["output_norm.weight"]))
    graph.product(x, "head", tensors["output.weight"], output="logits")

    def value(name, kind, *sizes):
        return helper.make_tensor_value_info(name, kind, sizes)

    names = [f"{layer}.{part}" for layer in range(shape.layers) for part in ("key", "value")]
    inputs = [
        value("input_ids", TensorProto.INT64, "batch", "sequence"),
        value("attention_mask", TensorProto.INT64, "batch", "total"),
        value("position_ids", TensorProto.INT64, "batch", "sequence"),
    ] + [value(f"past_key_values.{n}", TensorProto.FLOAT, "batch", shape.heads, "past", 64) for n in names]
    outputs = [value("logits", TensorProto.FLOAT, "batch", "sequence", count)] + [
        value(f"present.{n}", TensorProto.FLOAT, "batch", shape.heads, "total", 64) for n in names
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "bench", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def write_onnx(folder, shape, vocabulary, options):
    tokens, merges = vocabulary
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    end = len(tokens) - 1
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": len(tokens),
        "hidden_size": shape.width, "intermediate_size": shape.feed, "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_key_value_heads": shape.heads, "head_dim": 64,
        "max_position_embeddings": CONTEXT, "tie_word_embeddings": False, "eos_token_id": end, "bos_token_id": None,
    }
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{
            "id": end, "content": END, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True,
        }],
        "normalizer": None, "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [f"{left} {right}" for left, right in merges],
        },
    }
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT, "eos_token": END}
    for name, content in {"config": config, "tokenizer": tokenizer, "tokenizer_config": settings}.items():
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    # Appending to weights of an earlier run would only make the file grow.
    (folder / "onnx/model.onnx_data").unlink(missing_ok=True)
    onnx.save(
        onnx_model(shape, len(tokens), options), str(folder / "onnx/model.onnx"), save_as_external_data=True,
        all_tensors_to_one_file=True, location="model.onnx_data")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--gguf", choices=SHAPES, default="350M", help="parameters of the GGUF model (350M)")
    parser.add_argument("--onnx", choices=SHAPES, default="100M", help="parameters of the ONNX model (100M)")
    parser.add_argument(
        "--type", choices=GGUF_TYPES, default="f32", help="the weights (f32); with f16, those of the GGUF model only")
    parser.add_argument(
        "--spread", type=float, default=4, help="standard deviation of the logits (4: 2.4 nats are left open)")
    parser.add_argument("--tokens", type=int, default=32000, help="tokens of each model (32000)")
    parser.add_argument("--shared", type=int, default=24000, help="tokens that both have (24000)")
    options = parser.parse_args()
    if not 1000 <= options.shared <= options.tokens:
        parser.error("--shared is from 1000 to the number of --tokens")
    first, second = vocabularies(options.tokens, options.shared)
    options.folder.mkdir(parents=True, exist_ok=True)
    write_gguf(options.folder / "bench-gguf.gguf", SHAPES[options.gguf], first, options)
    write_onnx(options.folder / "bench-onnx", SHAPES[options.onnx], second, options)
    common = len(set(first[0]) & set(second[0]))
    print(f"{options.tokens} tokens each, of which both have {common}")
    for name, size in (("bench-gguf.gguf", options.gguf), ("bench-onnx", options.onnx)):
        print(f"{name}: {SHAPES[size].parameters(options.tokens) / 1e6:.0f} million parameters")


if __name__ == "__main__":
    main()
