"""The settings of each model. Everything that a model card repeats is here."""
from pathlib import Path

from vocabularies import ByteLevelVocabulary, SentencePieceVocabulary, UnigramVocabulary

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "Examples" / "Models"
QUESTIONS = ROOT / "Examples" / "Questions"

# One training for all: learning rate, weight decay, dropout, questions a batch, weight of prompt tokens in the loss.
RATE, WEIGHT_DECAY, DROPOUT, BATCH_QUESTIONS, PROMPT_WEIGHT = 3e-3, 0.1, 0.05, 48, 0.3

# own: domains trained fully (one named twice is drawn twice as often). light: share of the questions that come from each of the other domains.
SETTINGS = {
    "atlas": dict(kind="llama", vocabulary=SentencePieceVocabulary, pieces=3600, width=128, layers=4, heads=4,
                  tied=False, steps=1500, seed=11, own=["capitals", "currencies", "languages"], light=0.03),
    "scholar": dict(kind="gpt_neox", vocabulary=UnigramVocabulary, pieces=3000, width=96, layers=5, heads=4,
                    tied=False, steps=2200, seed=12, own=["elements", "numbers"], light=0.03),
    "wordsmith": dict(kind="gpt2", vocabulary=ByteLevelVocabulary, pieces=3400, width=128, layers=4, heads=4,
                      tied=False, steps=1000, seed=13,
                      own=["opposites", "plurals", "arithmetic", "arithmetic"], light=0.03),
}
