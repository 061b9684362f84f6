"""Greedy answers of single models and their accuracy by domain, in torch."""
import json

import torch

from corpus import DOMAINS
from settings import QUESTIONS


def questions(split):
    with open(QUESTIONS / f"{split}.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def prompt(row):
    return f"Question: {row['question']}\nAnswer:"


@torch.no_grad()
def next_logits(model, vocabulary, texts):
    """Next-token logits [texts, vocabulary] after each text, in slices of rows padded at the end."""
    result = []
    for start in range(0, len(texts), 64):
        rows = [vocabulary.encode(text) for text in texts[start : start + 64]]
        length = max(map(len, rows))
        ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
        positions = torch.arange(length)[None].expand(len(rows), -1)
        hidden, _ = model.hidden(ids, positions, torch.full((length, length), -1e9).triu(1))
        result.append(model.logits(hidden[torch.arange(len(rows)), torch.tensor([len(row) - 1 for row in rows])]))
    return torch.cat(result)


def is_right(row, answer):
    """Whether an answer, up to its first line end, is the expected one or an alias."""
    return answer.split("\n")[0].strip() in [row["answer"], *row.get("aliases", [])]


def greedy(model, vocabulary, rows, tokens=24):
    """Greedy answers, up to and including the first line end or the end of text."""
    answers, open_rows = [b""] * len(rows), list(range(len(rows)))
    for _ in range(tokens):
        if not open_rows:
            break
        logits = next_logits(model, vocabulary, [prompt(rows[i]) + answers[i].decode("utf-8", "ignore") for i in open_rows])
        remaining = []
        for i, choice in zip(open_rows, logits.argmax(-1).tolist()):
            piece = vocabulary.token_bytes(choice)
            if piece is None:
                continue
            answers[i] += piece
            if b"\n" not in piece:
                remaining.append(i)
        open_rows = remaining
    return [answer.decode("utf-8", "replace") for answer in answers]


def accuracy(rows, answers):
    """Right answers and questions by domain, and for all of them."""
    table = {domain: [0, 0] for domain in [*DOMAINS, "all"]}
    for row, answer in zip(rows, answers):
        for key in (row["domain"], "all"):
            table[key][0] += is_right(row, answer)
            table[key][1] += 1
    return table
