"""A Llama model in a GGUF file: its sizes, its dequantised weights, and its tokenizer's fields."""
from dataclasses import dataclass

import gguf
import numpy as np


class UnsupportedModel(Exception):
    """The file holds something that the conversion does not know."""


@dataclass(frozen=True)
class Sizes:
    """The model's hyperparameters."""

    layers: int
    width: int
    inner: int
    heads: int
    key_value_heads: int
    head: int
    vocabulary: int
    context: int
    epsilon: float
    rope_base: float


class LlamaFile:
    """Reads a file; tensors are dequantised one at a time, when they are asked for."""

    def __init__(self, path):
        self.reader = gguf.GGUFReader(path)
        self.tensors = {tensor.name: tensor for tensor in self.reader.tensors}
        architecture = self.field("general.architecture")
        if architecture != "llama":
            raise UnsupportedModel(f"{path} holds a model of the architecture {architecture}; only llama is known")
        for name in self.tensors:
            if name.endswith(".bias") or name.startswith("rope_"):
                raise UnsupportedModel(f"{path} has the tensor {name}, which the graph has no use for")
        for key in self.reader.fields:
            if key.startswith("llama.rope.scaling") or key.startswith("llama.expert"):
                raise UnsupportedModel(f"{path} sets {key}, which the graph does not follow")
        width, heads = self.field("llama.embedding_length"), self.field("llama.attention.head_count")
        self.sizes = Sizes(
            layers=self.field("llama.block_count"), width=width, inner=self.field("llama.feed_forward_length"),
            heads=heads, key_value_heads=self.field("llama.attention.head_count_kv", heads), head=width // heads,
            vocabulary=len(self.field("tokenizer.ggml.tokens")), context=self.field("llama.context_length"),
            epsilon=float(self.field("llama.attention.layer_norm_rms_epsilon")),
            rope_base=float(self.field("llama.rope.freq_base", 10000.0)))
        for key in ("llama.rope.dimension_count", "llama.attention.key_length", "llama.attention.value_length"):
            if (found := self.field(key, self.sizes.head)) != self.sizes.head:
                raise UnsupportedModel(f"{path} sets {key} to {found}, and a head has {self.sizes.head} numbers")

    def field(self, key, default=None):
        """A field's value, or the default where the file does not have it; without a default an error."""
        if key in self.reader.fields:
            return self.reader.fields[key].contents()
        if default is None:
            raise UnsupportedModel(f"the file does not say {key}")
        return default

    @property
    def is_tied(self):
        """Whether the input embeddings are the output embeddings, too."""
        return "output.weight" not in self.tensors

    def weight(self, name):
        """A tensor in single precision; a matrix has a row for each output."""
        tensor = self.tensors[name]
        return np.ascontiguousarray(gguf.quants.dequantize(tensor.data, tensor.tensor_type), np.float32)

    def rotated_weight(self, name, heads):
        """The weight of queries or keys with each head's rows in two halves.

        GGUF stores the two numbers that a position rotates together next to each other; the graph, as Hugging Face's
        models, has all first numbers of a head and then all second ones.
        """
        rows = self.weight(name)
        pairs = rows.reshape(heads, self.sizes.head // 2, 2, rows.shape[1])
        return np.ascontiguousarray(pairs.transpose(0, 2, 1, 3)).reshape(rows.shape)

    def layer(self, index):
        """A layer's weights by short names."""
        at, s = f"blk.{index}.", self.sizes
        weights = {name: self.weight(f"{at}{name}.weight")
                   for name in ("attn_norm", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")}
        weights["attn_q"] = self.rotated_weight(f"{at}attn_q.weight", s.heads)
        weights["attn_k"] = self.rotated_weight(f"{at}attn_k.weight", s.key_value_heads)
        return weights
