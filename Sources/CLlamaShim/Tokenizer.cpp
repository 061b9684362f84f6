#ifdef HAVE_LLAMA
#include "Model.h"

#include <climits>
#include <cstring>
#include <stdexcept>
#include <string>

int32_t deepen_llama_token_count(const deepen_llama_model *model) { return llama_vocab_n_tokens(model->vocabulary); }

int32_t deepen_llama_token_attributes(const deepen_llama_model *model, int32_t token) {
  return llama_vocab_get_attr(model->vocabulary, token);
}

bool deepen_llama_token_ends_generation(const deepen_llama_model *model, int32_t token) {
  return llama_vocab_is_eog(model->vocabulary, token);
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
  // What llama.cpp takes for granted where the file does not say.
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
      // llama.cpp counts tokenizers among these that drop spaces or read letters as something else.
      char name[16] = {};
      llama_model_meta_val_str(model->model, "tokenizer.ggml.model", name, sizeof(name));
      const bool is_plain = std::strcmp(name, "gpt2") == 0 || std::strcmp(name, "gemma4") == 0;
      return is_plain ? DEEPEN_LLAMA_MERGES_WORDS : DEEPEN_LLAMA_READS_OTHERWISE;
    }
    default:
      return DEEPEN_LLAMA_READS_OTHERWISE;
  }
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
      // llama.cpp looked for the token of a single byte and there was none.
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
