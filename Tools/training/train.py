"""Trains one model: python train.py NAME [--steps N]. Writes build/NAME.pt and build/NAME.tokenizer."""
import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from corpus import DOMAINS, Corpus, tokenizer_texts
from models import CONTEXT, CausalModel
from settings import BATCH_QUESTIONS, DROPOUT, PROMPT_WEIGHT, RATE, SETTINGS, WEIGHT_DECAY

BUILD = Path(__file__).resolve().parent / "build"


class Batches:
    """Token batches. Most hold one question a row from position 0, as a question is asked; some hold
    rows of the whole context, filled with statements, questions and running text one after the other."""

    def __init__(self, corpus, vocabulary, settings, rng):
        self.corpus, self.vocabulary, self.settings, self.rng = corpus, vocabulary, settings, rng
        self.foreign = [d for d in DOMAINS if d not in settings["own"]]

    def domain(self):
        if self.rng.random() < self.settings["light"] * len(self.foreign):
            return self.rng.choice(self.foreign)
        return self.rng.choice(self.settings["own"])

    def question(self):
        """Ids and weights of one document: the prompt counts less than the answer."""
        prompt, completion = self.corpus.question(self.domain(), self.rng)
        start = len(self.vocabulary.encode(prompt))
        ids = self.vocabulary.encode(prompt + completion) + [self.vocabulary.eos]
        return ids, [PROMPT_WEIGHT] * start + [1.0] * (len(ids) - start)

    def context(self):
        """Ids and weights of a row of CONTEXT tokens."""
        ids, weights = [], []
        while len(ids) < CONTEXT:
            draw = self.rng.random()
            if draw < 0.4:
                more, their = self.question()
            else:
                if draw < 0.8:
                    text = self.corpus.statement(self.domain(), self.rng)
                else:
                    text = self.rng.choice(self.corpus.paragraphs)[:600] + "\n"
                more = self.vocabulary.encode(text) + [self.vocabulary.eos]
                their = [1.0] * len(more)
            ids, weights = ids + more, weights + their
        return ids[:CONTEXT], weights[:CONTEXT]

    def next(self):
        """Ids [rows, length] and loss weights of the same shape."""
        if self.rng.random() < 0.15:
            rows = [self.context() for _ in range(6)]
        else:
            rows = [self.question() for _ in range(BATCH_QUESTIONS)]
        length = max(len(ids) for ids, _ in rows)
        ids = torch.tensor([ids + [self.vocabulary.eos] * (length - len(ids)) for ids, _ in rows])
        weights = torch.tensor([w + [0.0] * (length - len(w)) for _, w in rows])
        return ids, weights


def rate_at(step, steps):
    """Learning rate: a short rise, then a cosine down to a twentieth."""
    if step < 50:
        return RATE * (step + 1) / 50
    return RATE * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - 50) / max(1, steps - 50))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SETTINGS)
    parser.add_argument("--steps", type=int, help="instead of the number in settings.py")
    arguments = parser.parse_args()
    settings, name = SETTINGS[arguments.name], arguments.name
    steps = arguments.steps or settings["steps"]
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(settings["seed"])
    rng = random.Random(settings["seed"])
    BUILD.mkdir(exist_ok=True)
    corpus = Corpus()
    tokenizer = BUILD / f"{name}.tokenizer"
    settings["vocabulary"].train(tokenizer_texts(corpus, settings["own"], rng), settings["pieces"], tokenizer)
    vocabulary = settings["vocabulary"](tokenizer)
    model = CausalModel(settings["kind"], vocabulary.size, settings["width"], settings["layers"], settings["heads"],
                        settings["tied"], DROPOUT)
    batches = Batches(corpus, vocabulary, settings, rng)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": WEIGHT_DECAY},
                                   {"params": others, "weight_decay": 0.0}], lr=RATE, betas=(0.9, 0.98))
    began, running, tokens, history = time.time(), None, 0, []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps)
        ids, weights = batches.next()
        used = weights[:, 1:] > 0
        length = ids.shape[1] - 1
        positions = torch.arange(length)[None].expand(ids.shape[0], -1)
        mask = torch.full((length, length), -1e9).triu(1)
        hidden, _ = model.hidden(ids[:, :-1], positions, mask)
        losses = F.cross_entropy(model.logits(hidden[used]), ids[:, 1:][used], reduction="none")
        counted = weights[:, 1:][used]
        loss = (losses * counted).sum() / counted.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += int(used.sum())
        value = loss.item()
        running = value if running is None else 0.97 * running + 0.03 * value
        if (step + 1) % 100 == 0 or step + 1 == steps:
            elapsed = time.time() - began
            left = elapsed / (step + 1) * (steps - step - 1)
            history.append([step + 1, round(running, 4)])
            print(f"{name}: step {step + 1}/{steps}  loss {running:.4f}  "
                  f"{tokens / elapsed:.0f} tokens/s  {left / 60:.1f} min left", flush=True)
    torch.save({"state": model.state_dict(), "settings": {k: v for k, v in settings.items() if k != "vocabulary"},
                "vocabulary": vocabulary.size}, BUILD / f"{name}.pt")
    record = {"steps": steps, "tokens": tokens, "minutes": round((time.time() - began) / 60, 1), "losses": history}
    (BUILD / f"{name}.json").write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
