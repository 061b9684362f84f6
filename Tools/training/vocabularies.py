"""Three tokenizers: SentencePiece BPE (atlas), Unigram with Metaspace (scholar), byte-level BPE (wordsmith)."""
import io
import math
import re
from collections import Counter
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

QUESTION_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}Answer: {{ message['content'] }}\n"
    "{% elif message['role'] == 'user' %}Question: {{ message['content'] }}\n"
    "{% else %}{{ message['content'] }}\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}Answer:{% endif %}"
)


def sentencepiece_model(texts, kind, size, **special):
    """Bytes of a SentencePiece model: byte fall-back, digits one by one, nothing normalised, line ends as bytes."""
    lines = [line for text in texts for line in text.split("\n") if line]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type=kind, vocab_size=size,
        byte_fallback=True, split_digits=True, character_coverage=1.0, add_dummy_prefix=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True, num_threads=1, minloglevel=2, max_sentence_length=100000, **special)
    return model.getvalue()


class SentencePieceVocabulary:
    """SentencePiece BPE with byte fall-back, digits one by one, a space added in front; BOS 1, EOS 2."""

    bos, eos = 1, 2

    def __init__(self, path):
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.size = self.processor.vocab_size()

    @staticmethod
    def train(texts, size, path):
        Path(path).write_bytes(sentencepiece_model(texts, "bpe", size))

    def encode(self, text):
        return [self.bos] + self.processor.encode(text)

    def token_bytes(self, index):
        """The bytes of a normal or byte token; None for control and unknown."""
        piece = self.processor
        if piece.is_control(index) or piece.is_unknown(index):
            return None
        if piece.is_byte(index):
            return bytes([int(piece.id_to_piece(index)[3:-1], 16)])
        return piece.id_to_piece(index).replace("▁", " ").encode()


class UnigramVocabulary:
    """Unigram with Metaspace (a space added in front) and byte fall-back; no BOS, EOS 1."""

    bos, eos = None, 1

    def __init__(self, path):
        self.tokenizer = Tokenizer.from_file(str(path))
        self.size = self.tokenizer.get_vocab_size()

    @staticmethod
    def train(texts, size, path):
        base = sentencepiece_model(texts, "unigram", 1500, bos_id=-1, eos_id=1, eos_piece="<eos>")
        processor = sentencepiece.SentencePieceProcessor(model_proto=base)
        pieces = [processor.id_to_piece(i) for i in range(processor.vocab_size())]
        # SentencePiece seeds pieces from substrings that several words share, so whole words are added here.
        words = Counter("▁" + w for text in texts for w in re.findall(r"(?<![^ ])[A-Za-z]+", text))
        known = set(pieces)
        pieces += [w for w, _ in words.most_common() if w not in known][: size - len(pieces)]
        scores = {p: processor.get_score(i) if i < processor.vocab_size() else -9.0 for i, p in enumerate(pieces)}
        for _ in range(4):
            tokenizer = UnigramVocabulary.assemble(pieces, scores)
            counts = Counter(t for e in tokenizer.encode_batch(texts) for t in e.tokens)
            total = sum(counts.values())
            scores = {p: math.log((counts[p] + 0.5) / total) for p in pieces}
        UnigramVocabulary.assemble(pieces, scores).save(str(path))

    @staticmethod
    def assemble(pieces, scores):
        """A tokenizer of pieces in order: unknown, EOS, bytes, then learned ones."""
        def is_fixed(piece):
            return piece in ("<unk>", "<eos>") or (len(piece) == 6 and piece.startswith("<0x"))

        vocab = [(piece, 0.0 if is_fixed(piece) else scores[piece]) for piece in pieces]
        tokenizer = Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=True))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
        tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="always")])
        tokenizer.add_special_tokens(["<unk>", "<eos>"])
        return tokenizer

    def encode(self, text):
        return self.tokenizer.encode(text).ids

    def token_bytes(self, index):
        piece = self.tokenizer.id_to_token(index)
        if index < 2:
            return None
        if len(piece) == 6 and piece.startswith("<0x"):
            return bytes([int(piece[3:-1], 16)])
        return piece.replace("▁", " ").encode()


class ByteLevelVocabulary:
    """Byte-level BPE with GPT-2's pattern and no merges of digits; no BOS, EOS 0."""

    bos, eos = None, 0

    def __init__(self, path):
        self.tokenizer = Tokenizer.from_file(str(path))
        self.size = self.tokenizer.get_vocab_size()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        plain = [b for b in range(256) if chr(b) in alphabet]
        others = [b for b in range(256) if b not in plain]
        self.byte_of = {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}

    @staticmethod
    def train(texts, size, path):
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ])
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=size, special_tokens=["<|endoftext|>"], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.save(str(path))

    def encode(self, text):
        return self.tokenizer.encode(text).ids

    def token_bytes(self, index):
        if index == self.eos:
            return None
        return bytes(self.byte_of[c] for c in self.tokenizer.id_to_token(index))
