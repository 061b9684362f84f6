"""A Llama model in NumPy, over the whole text at once, with the rotation that GGUF files are written for.

It shares nothing with the graph but the dequantised weights: queries and keys are rotated as neighbouring pairs, and
nothing is cached.
"""
import numpy as np


def norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def rotated(x, base):
    """Rotates neighbouring pairs of [heads × positions × head]."""
    rates = base ** (-np.arange(0, x.shape[-1], 2) / x.shape[-1])
    angles = np.arange(x.shape[1])[:, None] * rates
    cosines, sines = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    even, odd = x[..., 0::2], x[..., 1::2]
    return np.stack((even * cosines - odd * sines, even * sines + odd * cosines), -1).reshape(x.shape)


def logits(source, ids):
    """Logits after each token, [tokens × vocabulary]."""
    s, count = source.sizes, len(ids)
    table = source.weight("token_embd.weight")
    x = table[np.asarray(ids)]
    hidden = np.triu(np.ones((count, count), bool), 1)
    for index in range(s.layers):
        def weight(name):
            return source.weight(f"blk.{index}.{name}.weight")

        def heads(x, number):
            return x.reshape(count, number, s.head).transpose(1, 0, 2)

        normal = norm(x, weight("attn_norm"), s.epsilon)
        q = rotated(heads(normal @ weight("attn_q").T, s.heads), s.rope_base)
        k = rotated(heads(normal @ weight("attn_k").T, s.key_value_heads), s.rope_base)
        v = heads(normal @ weight("attn_v").T, s.key_value_heads)
        k, v = (np.repeat(part, s.heads // s.key_value_heads, axis=0) for part in (k, v))
        scores = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(s.head))
        scores[:, hidden] = -np.inf
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (shares / shares.sum(-1, keepdims=True)) @ v
        x = x + mixed.transpose(1, 0, 2).reshape(count, s.width) @ weight("attn_output").T
        normal = norm(x, weight("ffn_norm"), s.epsilon)
        gate = normal @ weight("ffn_gate").T
        x = x + (gate / (1 + np.exp(-gate)) * (normal @ weight("ffn_up").T)) @ weight("ffn_down").T
    output = table if source.is_tied else source.weight("output.weight")
    return norm(x, source.weight("output_norm.weight"), s.epsilon) @ output.T
