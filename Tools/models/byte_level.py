"""`tokenizer.json` and `tokenizer_config.json` from a GGUF file's byte-level BPE."""
from llama_file import UnsupportedModel

# gguf.TokenType
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
ENDS = ("<|endoftext|>", "<|im_end|>")
# How text is cut into words before merging, by the name that llama.cpp has for it.
PRE_TOKENIZERS = {
    "gpt-2": BYTE_LEVEL,
    "smollm": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTE_LEVEL]},
}


def tokenizer(source):
    """The content of `tokenizer.json`."""
    kind, cutting = source.field("tokenizer.ggml.model"), source.field("tokenizer.ggml.pre", "gpt-2")
    if kind != "gpt2":
        raise UnsupportedModel(f"the file's tokenizer is of the kind {kind}; only gpt2 (byte-level BPE) is known")
    if cutting not in PRE_TOKENIZERS:
        raise UnsupportedModel(
            f"the file's tokenizer cuts words as {cutting} does; known are {', '.join(PRE_TOKENIZERS)}")
    if source.field("tokenizer.ggml.add_space_prefix", False):
        raise UnsupportedModel("the file's tokenizer puts a space before the text, which byte-level BPE does not")
    tokens, kinds = source.field("tokenizer.ggml.tokens"), source.field("tokenizer.ggml.token_type")
    unknown = set(kinds) - {NORMAL, CONTROL, USER_DEFINED}
    if unknown or len(set(tokens)) < len(tokens):
        raise UnsupportedModel(f"the file's tokenizer has tokens twice, or of the types {sorted(unknown)}")
    added = [{"id": index, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": kind == CONTROL}
             for index, (text, kind) in enumerate(zip(tokens, kinds)) if kind != NORMAL]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": PRE_TOKENIZERS[cutting], "post_processor": beginning(source, tokens), "decoder": BYTE_LEVEL,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {text: index for index, text in enumerate(tokens)},
            # A pair's halves hold no space: the byte alphabet writes it as Ġ.
            "merges": [merge.split(" ") for merge in source.field("tokenizer.ggml.merges")],
        },
    }


def ends(source):
    """The tokens that end an answer: the file's, and control tokens that llama.cpp knows as ends by their spelling."""
    tokens, kinds = source.field("tokenizer.ggml.tokens"), source.field("tokenizer.ggml.token_type")
    first = source.field("tokenizer.ggml.eos_token_id")
    known = [index for index, (text, kind) in enumerate(zip(tokens, kinds)) if kind == CONTROL and text in ENDS]
    return [first] + [index for index in known if index != first]


def beginning(source, tokens):
    """The step after merging: a token before every text where the file asks for one."""
    if not source.field("tokenizer.ggml.add_bos_token", False):
        return BYTE_LEVEL
    index = source.field("tokenizer.ggml.bos_token_id")
    text = tokens[index]
    single = [{"SpecialToken": {"id": text, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    return {"type": "TemplateProcessing", "single": single,
            "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {text: {"id": text, "ids": [index], "tokens": [text]}}}


def tokenizer_config(source):
    """The content of `tokenizer_config.json`."""
    tokens, kinds = source.field("tokenizer.ggml.tokens"), source.field("tokenizer.ggml.token_type")
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": source.sizes.context,
        "clean_up_tokenization_spaces": False, "add_prefix_space": False,
        "add_bos_token": source.field("tokenizer.ggml.add_bos_token", False), "add_eos_token": False,
    }
    for role, key in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding")):
        index = source.field(f"tokenizer.ggml.{key}_token_id", -1)
        if index >= 0:
            config[f"{role}_token"] = tokens[index]
    named = {value for key, value in config.items() if key.endswith("_token") and isinstance(value, str)}
    config["additional_special_tokens"] = [
        text for text, kind in zip(tokens, kinds) if kind == CONTROL and text not in named]
    template = source.field("tokenizer.chat_template", "")
    if template:
        config["chat_template"] = template
    return config
