#ifdef HAVE_LLAMA
#include "Model.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace {

/// The token that the file assigns to a role; -1 where it names none.
int32_t named_token(const deepen_llama_model *model, const char *key) {
  char value[24];
  if (llama_model_meta_val_str(model->model, key, value, sizeof(value)) < 0) return -1;
  char *end = nullptr;
  const long token = std::strtol(value, &end, 10);
  const bool is_known = end != value && *end == 0 && token >= 0 && token < llama_vocab_n_tokens(model->vocabulary);
  return is_known ? static_cast<int32_t>(token) : -1;
}

}  // namespace

int32_t deepen_llama_token_count(const deepen_llama_model *model) { return llama_vocab_n_tokens(model->vocabulary); }

int32_t deepen_llama_token_attributes(const deepen_llama_model *model, int32_t token) {
  return llama_vocab_get_attr(model->vocabulary, token);
}

int32_t deepen_llama_token_type(const deepen_llama_model *model, int32_t token) {
  const bool is_known = token >= 0 && static_cast<size_t>(token) < model->token_types.size();
  return is_known ? model->token_types[token] : 0;
}

bool deepen_llama_is_named_end(const deepen_llama_model *model, int32_t token) {
  for (const char *key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    if (named_token(model, key) == token) return true;
  }
  return false;
}

bool deepen_llama_token_ends_generation(const deepen_llama_model *model, int32_t token) {
  const llama_vocab *vocabulary = model->vocabulary;
  if (!llama_vocab_is_eog(vocabulary, token)) return false;
  if (deepen_llama_is_named_end(model, token)) return true;
  // The rest are recognised by their spelling, and ordinary text may have the same spelling.
  const int32_t type = deepen_llama_token_type(model, token);
  if (type != 0 && type != LLAMA_TOKEN_TYPE_CONTROL) return false;
  return token != llama_vocab_fim_pad(vocabulary) && token != llama_vocab_fim_rep(vocabulary) &&
         token != llama_vocab_fim_sep(vocabulary);
}

int32_t deepen_llama_named_beginning(const deepen_llama_model *model) {
  return named_token(model, "tokenizer.ggml.bos_token_id");
}

int32_t deepen_llama_end_of_text(const deepen_llama_model *model) { return llama_vocab_eos(model->vocabulary); }

int32_t deepen_llama_beginning_of_text(const deepen_llama_model *model) {
  return llama_vocab_get_add_bos(model->vocabulary) ? llama_vocab_bos(model->vocabulary) : -1;
}

int32_t deepen_llama_token_bytes(const deepen_llama_model *model, int32_t token, char *buffer, int32_t capacity) {
  return llama_token_to_piece(model->vocabulary, token, buffer, capacity, 0, true);
}

bool deepen_llama_has_space_prefix(const deepen_llama_model *model) {
  char value[8];
  if (llama_model_meta_val_str(model->model, "tokenizer.ggml.add_space_prefix", value, sizeof(value)) >= 0) {
    return std::strcmp(value, "true") == 0;
  }
  // The default that llama.cpp assumes where the file does not specify it.
  const enum llama_vocab_type type = llama_vocab_type(model->vocabulary);
  return type == LLAMA_VOCAB_TYPE_SPM;
}

const char *deepen_llama_token_spelling(const deepen_llama_model *model, int32_t token) {
  return llama_vocab_get_text(model->vocabulary, token);
}

deepen_llama_reading deepen_llama_how_it_reads(const deepen_llama_model *model) {
  switch (llama_vocab_type(model->vocabulary)) {
    case LLAMA_VOCAB_TYPE_SPM:
      return DEEPEN_LLAMA_MERGES_TEXT;
    case LLAMA_VOCAB_TYPE_RWKV:
      return DEEPEN_LLAMA_TAKES_LONGEST;
    case LLAMA_VOCAB_TYPE_BPE: {
      // llama.cpp counts tokenizers among these that drop spaces or read letters as other characters.
      char name[16] = {};
      llama_model_meta_val_str(model->model, "tokenizer.ggml.model", name, sizeof(name));
      const bool is_plain = std::strcmp(name, "gpt2") == 0 || std::strcmp(name, "gemma4") == 0;
      return is_plain ? DEEPEN_LLAMA_MERGES_WORDS : DEEPEN_LLAMA_READS_OTHERWISE;
    }
    default:
      return DEEPEN_LLAMA_READS_OTHERWISE;
  }
}

void deepen_llama_pre_tokenizer(const deepen_llama_model *model, char *name, int32_t capacity) {
  name[0] = 0;
  llama_model_meta_val_str(model->model, "tokenizer.ggml.pre", name, static_cast<size_t>(capacity));
}

deepen_llama_status deepen_llama_tokenize(const deepen_llama_model *model, const char *text, int32_t length,
                                          bool reads_control_tokens, int32_t *tokens, int32_t capacity, int32_t *count,
                                          deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const deepen::AssertionsThrow assertions;
    int32_t result = 0;
    try {
      result = llama_tokenize(model->vocabulary, text, length, tokens, capacity, false, reads_control_tokens);
    } catch (const std::out_of_range &) {
      // llama.cpp looked up the token of a single byte, which does not exist.
      throw deepen::Failure{DEEPEN_LLAMA_INEXPRESSIBLE, "has no token for a part of the text"};
    }
    if (result == INT32_MIN) throw deepen::Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, "the text is too long to tokenize"};
    // The unknown token, say, may be one that a file names and does not have.
    const int32_t known = llama_vocab_n_tokens(model->vocabulary);
    for (int32_t i = 0; i < result; i++) {
      if (tokens[i] < 0 || tokens[i] >= known) {
        throw deepen::Failure{DEEPEN_LLAMA_INEXPRESSIBLE,
                              "has no token for a part of the text: " + std::to_string(tokens[i]) +
                                  " is none of its " + std::to_string(known) + " tokens"};
      }
    }
    *count = result < 0 ? -result : result;
  });
}

#endif
