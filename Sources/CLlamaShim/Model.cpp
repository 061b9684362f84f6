#ifdef HAVE_LLAMA
#include "Model.h"

#include <cstring>
#include <memory>

namespace {

using deepen::Failure;

struct ModelDeleter {
  void operator()(llama_model *model) const { llama_model_free(model); }
};

/// The status for an error message of llama.cpp.
deepen_llama_status classify(const std::string &cause) {
  for (const char *words : {"unknown model architecture", "unknown pre-tokenizer", "unknown tokenizer", "unsupported"}) {
    if (cause.find(words) != std::string::npos) return DEEPEN_LLAMA_UNSUPPORTED;
  }
  return cause.find("alloc") != std::string::npos ? DEEPEN_LLAMA_FAILURE : DEEPEN_LLAMA_INVALID_FILE;
}

/// Inspects all files of a model; returns the names of matrices that seem never to have been written.
std::string inspect_parts(const char *path, bool vocabulary_only) {
  deepen::Content whole = deepen::inspect(path);
  // The first file holds the tokenizer.
  if (vocabulary_only) return {};
  for (const std::string &part : deepen::parts_of(path)) {
    if (part == path) continue;
    try {
      const deepen::Content content = deepen::inspect(part.c_str());
      whole.tensors += content.tensors;
      whole.blank.insert(whole.blank.end(), content.blank.begin(), content.blank.end());
    } catch (const Failure &failure) {
      throw Failure{failure.status, "its part " + part + ": " + failure.text};
    }
  }
  if (whole.tensors == 0 && whole.has_tokens) {
    throw Failure{DEEPEN_LLAMA_VOCABULARY_ONLY, "holds a vocabulary and no weights"};
  }
  std::string names;
  for (const std::string &name : whole.blank) names += (names.empty() ? "" : ", ") + name;
  return names;
}

/// Checks that the model predicts the next token from those before it.
void check_kind(const llama_model *model) {
  if (llama_model_has_encoder(model)) {
    throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "has an encoder, and only models that continue a text can take part"};
  }
  if (!llama_model_has_decoder(model) || llama_model_is_diffusion(model)) {
    throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "does not predict the next token from those before it"};
  }
}

}  // namespace

deepen_llama_status deepen_llama_load(const char *path, const deepen_llama_load_options *options,
                                      deepen_llama_model **result, deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const deepen::AssertionsThrow assertions;
    deepen::start();
    const std::string blank = inspect_parts(path, options->vocabulary_only);
    llama_model_params parameters = llama_model_default_params();
    parameters.n_gpu_layers = options->gpu_layers;
    parameters.vocab_only = options->vocabulary_only;
    llama_model_kv_override overrides[2] = {};
    if (options->without_space_prefix) {
      overrides[0].tag = LLAMA_KV_OVERRIDE_TYPE_BOOL;
      std::strcpy(overrides[0].key, "tokenizer.ggml.add_space_prefix");
      overrides[0].val_bool = false;
      parameters.kv_overrides = overrides;
    }
    deepen::take_log();
    std::unique_ptr<llama_model, ModelDeleter> model(llama_model_load_from_file(path, parameters));
    if (!model) {
      std::string cause = deepen::take_log();
      const std::string opening = "error loading model: ";
      if (cause.rfind(opening, 0) == 0) cause = cause.substr(opening.size());
      throw Failure{classify(cause), "cannot be loaded" + (cause.empty() ? std::string() : ": " + cause)};
    }
    const llama_vocab *vocabulary = llama_model_get_vocab(model.get());
    if (vocabulary == nullptr || llama_vocab_type(vocabulary) == LLAMA_VOCAB_TYPE_NONE) {
      throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "has no tokenizer"};
    }
    if (!options->vocabulary_only) check_kind(model.get());
    *result = new deepen_llama_model{model.get(), vocabulary, {}, {}, deepen::token_types(path), blank};
    model.release();
  });
}

void deepen_llama_free(deepen_llama_model *model) {
  llama_model_free(model->model);
  delete model;
}

int32_t deepen_llama_training_context(const deepen_llama_model *model) {
  return llama_model_n_ctx_train(model->model);
}

const char *deepen_llama_blank_matrices(const deepen_llama_model *model) { return model->blank_matrices.c_str(); }

const char *deepen_llama_chat_template(const deepen_llama_model *model) {
  return llama_model_chat_template(model->model, nullptr);
}

deepen_llama_status deepen_llama_apply_template(const char *chat_template, const char *const *roles,
                                                const char *const *contents, size_t turns, char *buffer,
                                                int32_t capacity, int32_t *length, deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    std::unique_ptr<llama_chat_message[]> chat(new llama_chat_message[turns]);
    for (size_t turn = 0; turn < turns; turn++) chat[turn] = {roles[turn], contents[turn]};
    *length = llama_chat_apply_template(chat_template, chat.get(), turns, true, buffer, capacity);
    if (*length < 0) {
      throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "is none of those that llama.cpp knows"};
    }
  });
}

#endif
