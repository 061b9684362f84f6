"""Training text and questions from the fact tables, the phrasings and the running text."""
import csv
import json
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOMAINS = ["capitals", "currencies", "languages", "elements", "numbers", "opposites", "plurals", "arithmetic"]
RELATIONS = {
    "capitals": ["capital"],
    "currencies": ["currency"],
    "languages": ["language"],
    "elements": ["symbol", "atomic"],
    "numbers": ["digits", "words"],
    "opposites": ["opposite"],
    "plurals": ["plural"],
    "arithmetic": ["sum", "difference", "product"],
}
SIGNS = {"sum": "+", "difference": "-", "product": "*"}


def table(name):
    """Rows of a fact table as dictionaries."""
    with open(HERE / "facts" / f"{name}.tsv", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def number_speller():
    """A function that spells 0…999, from the words in numbers.tsv."""
    words = {int(row["digits"]): row["words"] for row in table("numbers")}

    def spell(n):
        if n in words and n < 100:
            return words[n]
        if n < 100:
            return f"{words[n // 10 * 10]}-{words[n % 10]}"
        head = f"{words[n // 100]} {words[100]}"
        return head if n % 100 == 0 else f"{head} {spell(n % 100)}"

    return spell


def facts():
    """Every fact as relation → list of slots: {x, y} or {a, b, y}."""
    countries, elements = table("countries"), table("elements")
    result = {
        relation: [{"x": row["country"], "y": row[relation]} for row in countries]
        for relation in ("capital", "currency", "language", "continent")
    }
    result["symbol"] = [{"x": row["element"], "y": row["symbol"]} for row in elements]
    result["atomic"] = [{"x": row["element"], "y": row["number"]} for row in elements]
    pairs = [(row["word"], row["opposite"]) for row in table("opposites")]
    result["opposite"] = [{"x": x, "y": y} for x, y in pairs + [(y, x) for x, y in pairs]]
    result["plural"] = [{"x": row["singular"], "y": row["plural"]} for row in table("plurals")]
    spell = number_speller()
    numbers = list(range(0, 201)) + list(range(210, 1000, 10))
    result["digits"] = [{"x": spell(n), "y": str(n)} for n in numbers]
    result["words"] = [{"x": str(n), "y": spell(n)} for n in numbers]
    result["sum"] = [{"a": str(a), "b": str(b), "y": str(a + b)} for a in range(21) for b in range(21)]
    result["difference"] = [{"a": str(a), "b": str(b), "y": str(a - b)} for a in range(21) for b in range(a + 1)]
    result["product"] = [{"a": str(a), "b": str(b), "y": str(a * b)} for a in range(11) for b in range(11)]
    return result


def held_out(fact, relation):
    """Which split an arithmetic operand pair belongs to: one pair in nine for development, two for test."""
    slot = random.Random(f"{relation} {fact['a']} {fact['b']}").randrange(9)
    return "development" if slot == 0 else "test" if slot < 3 else "train"


def phrasings():
    """Phrasings as (relation, split) → list of templates."""
    result = {}
    with open(HERE / "phrasings.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            result.setdefault((row["relation"], row["split"]), []).append(row["text"])
    return result


def question_text(wrapper, core, fact):
    """A phrasing filled with a fact; a question that opens its line starts with a capital letter."""
    question = core
    for slot, value in fact.items():
        question = question.replace("{" + slot + "}", value)
    text = wrapper.replace("{q}", question)
    return text[0].upper() + text[1:]


class Corpus:
    """Draws training documents; knows nothing of tokens."""

    def __init__(self):
        self.facts = facts()
        self.phrasings = phrasings()
        for relation in SIGNS:
            self.facts[relation] = [f for f in self.facts[relation] if held_out(f, relation) == "train"]
        text = (HERE / "text" / "jargon.txt").read_text(encoding="utf-8")
        self.paragraphs = [line for line in text.split("\n") if line]

    def question(self, domain, rng):
        """A question with its answer, in training phrasing: (prompt, completion)."""
        relation = rng.choice(RELATIONS[domain])
        fact = rng.choice(self.facts[relation])
        core = rng.choice(self.phrasings[relation, "train"])
        wrapper = rng.choice(self.phrasings["wrapper", "train"])
        return f"Question: {question_text(wrapper, core, fact)}\nAnswer:", f" {fact['y']}\n"

    def statement(self, domain, rng):
        """A sentence that states a fact (the continent stands in for a second fact about a country)."""
        relations = [r for r in RELATIONS[domain] if (r, "statement") in self.phrasings]
        if domain in ("capitals", "currencies", "languages"):
            relations.append("continent")
        if not relations:
            prompt, completion = self.question(domain, rng)
            return prompt + completion
        relation = rng.choice(relations)
        fact = rng.choice(self.facts[relation])
        return question_text("{q}", rng.choice(self.phrasings[relation, "statement"]), fact) + "\n"


def all_training_questions(corpus):
    """Every question that training can draw: phrasing × wrapper × fact."""
    return {
        question_text(wrapper, core, fact).lower()
        for relations in RELATIONS.values()
        for relation in relations
        for fact in corpus.facts[relation]
        for core in corpus.phrasings[relation, "train"]
        for wrapper in corpus.phrasings["wrapper", "train"]
    }


def held_out_questions(split, per_domain, seed):
    """Questions of a split, balanced over domains and relations, each fact at most once a relation."""
    rng, texts, everything = random.Random(seed), phrasings(), facts()
    rows = []
    for domain in DOMAINS:
        relations = RELATIONS[domain]
        for index, relation in enumerate(relations):
            share = per_domain // len(relations) + (index < per_domain % len(relations))
            pool = everything[relation]
            if relation in SIGNS:
                pool = [f for f in pool if held_out(f, relation) == split]
            for fact in rng.sample(pool, share):
                core, wrapper = rng.choice(texts[relation, split]), rng.choice(texts["wrapper", split])
                rows.append({"id": f"{split[0]}-{domain}-{len(rows):04d}", "domain": domain,
                             "question": question_text(wrapper, core, fact), "answer": fact["y"]})
    return rows


def write_questions(folder, corpus):
    """Writes both question files and proves that training holds none of the questions: none can be drawn in any
    phrasing, wrapper and fact, none stands in the running text, and no held-out phrasing is part of a training one."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = all_training_questions(corpus)
    running = "\n".join(corpus.paragraphs).lower()
    splits = {"development": held_out_questions("development", 40, 1), "test": held_out_questions("test", 66, 2)}
    for split, rows in splits.items():
        for row in rows:
            assert row["question"].lower() not in seen, f"{split} question is in the training text: {row['question']}"
            assert row["question"].lower() not in running, f"{split} question is in the running text: {row['question']}"
        with open(folder / f"{split}.jsonl", "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    overlap = {r["question"] for r in splits["development"]} & {r["question"] for r in splits["test"]}
    assert not overlap, f"questions in development and test: {sorted(overlap)[:3]}"
    for relation in [r for relations in RELATIONS.values() for r in relations]:
        train = corpus.phrasings[relation, "train"]
        for split, others in (("development", train), ("test", train + corpus.phrasings[relation, "development"])):
            for core in corpus.phrasings[relation, split]:
                assert not any(core in other for other in others), f"{split} phrasing is not held out: {core}"
    return splits


def tokenizer_texts(corpus, own, rng):
    """Text that a vocabulary is learned from: documents, running text, and the words of the facts, own ones more often."""
    texts = corpus.paragraphs[:20]
    for _ in range(6000):
        domain = rng.choice(own if rng.random() < 0.5 else DOMAINS)
        texts.append("".join(corpus.question(domain, rng)))
    for domain, relations in RELATIONS.items():
        for relation in relations:
            if relation in SIGNS or relation == "words" or relation == "digits":
                continue
            for word in sorted({fact[slot] for fact in corpus.facts[relation] for slot in "xy"}):
                texts += [f"= {word}"] * (40 if domain in own else 30)
    rng.shuffle(texts)
    return texts


if __name__ == "__main__":
    from settings import QUESTIONS

    for split, rows in write_questions(QUESTIONS, Corpus()).items():
        print(f"{split}: {len(rows)} questions, none of them in the training text")
