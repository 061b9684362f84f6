"""The three architectures: Llama (GGUF `llama`), GPT-2 (GGUF `gpt2`) and GPT-NeoX (ONNX)."""
import math

import torch
from torch import nn
from torch.nn import functional as F

CONTEXT = 256


def rotation(positions, dimensions, base=10000.0):
    """Cosines and sines of rotary positions: [batch, 1, length, dimensions / 2] each."""
    rates = base ** (-torch.arange(0, dimensions, 2, dtype=torch.float32) / dimensions)
    angles = positions[:, None, :, None].to(torch.float32) * rates
    return angles.cos(), angles.sin()


def attend(query, key, value, mask, dropout, training):
    """Scaled dot-product attention over [batch, heads, length, size] with an additive mask."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + mask
    return F.dropout(scores.softmax(-1), dropout, training) @ value


def causal_mask(length, total):
    """Additive mask of `length` new positions over `total` positions."""
    rows = torch.arange(length)[:, None] + (total - length)
    return torch.where(torch.arange(total)[None, :] <= rows, 0.0, -1e9)


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Attention(nn.Module):
    """Self-attention; `rotary` is None, "interleaved" (Llama in GGUF) or "half" (GPT-NeoX, first quarter)."""

    def __init__(self, width, heads, bias, rotary, dropout):
        super().__init__()
        self.heads, self.size, self.rotary, self.dropout = heads, width // heads, rotary, dropout
        self.query = nn.Linear(width, width, bias=bias)
        self.key = nn.Linear(width, width, bias=bias)
        self.value = nn.Linear(width, width, bias=bias)
        self.output = nn.Linear(width, width, bias=bias)

    def rotate(self, x, positions):
        if self.rotary is None:
            return x
        if self.rotary == "interleaved":
            cos, sin = rotation(positions, self.size)
            even, odd = x[..., 0::2], x[..., 1::2]
            return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)
        rotated = self.size // 4
        cos, sin = rotation(positions, rotated)
        first, second, rest = x[..., : rotated // 2], x[..., rotated // 2 : rotated], x[..., rotated:]
        return torch.cat((first * cos - second * sin, second * cos + first * sin, rest), -1)

    def forward(self, x, positions, mask, past=None):
        def split(t):
            return t.view(t.shape[0], t.shape[1], self.heads, self.size).transpose(1, 2)

        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        query, key = self.rotate(query, positions), self.rotate(key, positions)
        if past is not None:
            key, value = torch.cat((past[0], key), 2), torch.cat((past[1], value), 2)
        y = attend(query, key, value, mask, self.dropout, self.training)
        return self.output(y.transpose(1, 2).flatten(2)), (key, value)


class GatedFeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate = nn.Linear(width, inner, bias=False)
        self.up = nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class FeedForward(nn.Module):
    def __init__(self, width, inner, activation):
        super().__init__()
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.activation = activation

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate=self.activation))


class Block(nn.Module):
    def __init__(self, kind, width, heads, dropout):
        super().__init__()
        llama = kind == "llama"
        self.parallel = kind == "gpt_neox"
        self.attention_norm = RMSNorm(width) if llama else nn.LayerNorm(width)
        self.feed_norm = RMSNorm(width) if llama else nn.LayerNorm(width)
        rotary = {"llama": "interleaved", "gpt_neox": "half", "gpt2": None}[kind]
        self.attention = Attention(width, heads, not llama, rotary, dropout)
        if llama:
            self.feed = GatedFeedForward(width, 32 * round(width * 8 / 3 / 32))
        else:
            self.feed = FeedForward(width, 4 * width, "tanh" if kind == "gpt2" else "none")
        self.dropout = dropout

    def forward(self, x, positions, mask, past=None):
        def drop(t):
            return F.dropout(t, self.dropout, self.training)

        y, present = self.attention(self.attention_norm(x), positions, mask, past)
        if self.parallel:
            return x + drop(y) + drop(self.feed(self.feed_norm(x))), present
        x = x + drop(y)
        return x + drop(self.feed(self.feed_norm(x))), present


class CausalModel(nn.Module):
    """A decoder; `kind` is "llama", "gpt2" or "gpt_neox"."""

    def __init__(self, kind, vocabulary, width, layers, heads, tied, dropout):
        super().__init__()
        self.kind, self.width, self.heads = kind, width, heads
        self.embeddings = nn.Embedding(vocabulary, width)
        self.position_vectors = nn.Embedding(CONTEXT, width) if kind == "gpt2" else None
        self.blocks = nn.ModuleList(Block(kind, width, heads, dropout) for _ in range(layers))
        self.norm = RMSNorm(width) if kind == "llama" else nn.LayerNorm(width)
        self.head = None if tied else nn.Linear(width, vocabulary, bias=False)
        self.dropout = dropout
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.04)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.embeddings.weight, std=0.1 if self.head is not None else 0.04)
        for block in self.blocks:
            nn.init.normal_(block.attention.output.weight, std=0.04 / math.sqrt(2 * layers))
            nn.init.normal_(block.feed.down.weight, std=0.04 / math.sqrt(2 * layers))

    def hidden(self, ids, positions, mask, past=None):
        x = self.embeddings(ids)
        if self.position_vectors is not None:
            x = x + self.position_vectors(positions)
        x = F.dropout(x, self.dropout, self.training)
        presents = []
        for index, block in enumerate(self.blocks):
            x, present = block(x, positions, mask, past[index] if past else None)
            presents.append(present)
        return self.norm(x), presents

    def logits(self, x):
        return F.linear(x, self.embeddings.weight if self.head is None else self.head.weight)

    def forward(self, ids):
        """Logits [batch, length, vocabulary] of token ids [batch, length] from position 0."""
        length = ids.shape[1]
        positions = torch.arange(length)[None].expand(ids.shape[0], -1)
        return self.logits(self.hidden(ids, positions, causal_mask(length, length))[0])
