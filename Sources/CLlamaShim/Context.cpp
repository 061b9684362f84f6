#ifdef HAVE_LLAMA
#include "Batch.h"
#include "Model.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using deepen::Failure;

struct ContextDeleter {
  void operator()(llama_context *context) const { llama_free(context); }
};

ggml_type type_named(const char *name) {
  for (int type = 0; type < GGML_TYPE_COUNT; type++) {
    const char *other = ggml_type_name(static_cast<ggml_type>(type));
    if (other != nullptr && std::strcmp(other, name) == 0) return static_cast<ggml_type>(type);
  }
  throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, std::string("this llama.cpp has no cache type ") + name};
}

/// The length of a head's keys or values.
int64_t head_length(const llama_model *model, const char *key) {
  char value[64];
  if (llama_model_meta_val_str(model, "general.architecture", value, sizeof(value)) >= 0) {
    const std::string name = std::string(value) + key;
    if (llama_model_meta_val_str(model, name.c_str(), value, sizeof(value)) >= 0) return std::stoll(value);
  }
  const int32_t heads = llama_model_n_head(model);
  return heads > 0 ? llama_model_n_embd(model) / heads : 0;
}

/// ggml ends the process where rows of a quantised cache are not whole blocks.
void check_cache_type(const llama_model *model, const deepen_llama_context_options &options, ggml_type type) {
  if (!ggml_is_quantized(type)) return;
  if (!options.flash_attention) {
    throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT,
                  std::string("a cache of type ") + options.cache_type + " needs flash attention"};
  }
  const int64_t block = ggml_blck_size(type);
  for (const char *key : {".attention.key_length", ".attention.value_length"}) {
    const int64_t length = head_length(model, key);
    if (length % block != 0) {
      throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, std::string("a cache of type ") + options.cache_type +
                                                       " needs heads whose length is a multiple of " +
                                                       std::to_string(block) + ", and this model's have " +
                                                       std::to_string(length)};
    }
  }
}

}  // namespace

struct deepen_llama_context {
  std::unique_ptr<llama_context, ContextDeleter> context;
  int32_t tokens;
  int32_t capacity;
  /// The length of the attention window in layers with a sliding window; 0 where there are none, or the state is
  /// recurrent.
  int32_t window;
  std::atomic<bool> is_stopped{false};

  deepen_llama_context(std::unique_ptr<llama_context, ContextDeleter> owned, const deepen_llama_model *model)
      : context(std::move(owned)),
        tokens(llama_vocab_n_tokens(model->vocabulary)),
        // llama.cpp may reduce the batch size that was requested.
        capacity(static_cast<int32_t>(llama_n_batch(context.get()))),
        window(deepen_llama_is_recurrent(model) ? 0 : llama_model_n_swa(model->model)) {
    llama_set_abort_callback(
        context.get(), [](void *stopped) { return static_cast<std::atomic<bool> *>(stopped)->load(); }, &is_stopped);
  }
};

deepen_llama_status deepen_llama_context_make(deepen_llama_model *model, const deepen_llama_context_options *options,
                                              deepen_llama_context **result, deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const deepen::AssertionsThrow assertions;
    const ggml_type cache_type = type_named(options->cache_type);
    check_cache_type(model->model, *options, cache_type);
    llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = options->context_length;
    parameters.n_batch = options->batch_size;
    parameters.n_ubatch = options->batch_size;
    // Branches of a tree share the sequence's cells, so that space for them costs nothing; each recurrent state does
    // cost memory.
    const bool branches = !deepen_llama_is_recurrent(model);
    const uint32_t limit = std::min<uint32_t>(64, static_cast<uint32_t>(llama_max_parallel_sequences()));
    parameters.n_seq_max = branches ? std::min(limit, options->batch_size) : 1;
    parameters.kv_unified = true;
    // Layers with a sliding window keep cells outside the window, so that the end of a text can be dropped.
    parameters.swa_full = true;
    parameters.n_threads = options->threads;
    parameters.n_threads_batch = options->threads;
    parameters.type_k = cache_type;
    parameters.type_v = cache_type;
    parameters.flash_attn_type =
        options->flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
    deepen::take_log();
    std::unique_ptr<llama_context, ContextDeleter> context(llama_init_from_model(model->model, parameters));
    if (!context) {
      const std::string cause = deepen::take_log();
      throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp could not start a session of " +
                                              std::to_string(options->context_length) + " tokens" +
                                              (cause.empty() ? std::string() : ": " + cause)};
    }
    deepen::try_out(*model, context.get(), *options);
    *result = new deepen_llama_context(std::move(context), model);
  });
}

namespace {

constexpr const char *refusal = "this model's memory cannot drop the end of a text";

void truncate(deepen_llama_context *context, int32_t position) {
  llama_memory_t memory = llama_get_memory(context->context.get());
  if (!llama_memory_seq_rm(memory, 0, position, -1) || llama_memory_seq_pos_max(memory, 0) != position - 1) {
    throw Failure{DEEPEN_LLAMA_REFUSED, refusal};
  }
}

}  // namespace

void deepen_llama_context_free(deepen_llama_context *context) { delete context; }

bool deepen_llama_is_recurrent(const deepen_llama_model *model) {
  return llama_model_is_recurrent(model->model) || llama_model_is_hybrid(model->model);
}

deepen_llama_status deepen_llama_snapshot_size(deepen_llama_context *context, size_t *size,
                                               deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    *size = llama_state_seq_get_size_ext(context->context.get(), 0, LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
    if (*size == 0) throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp did not copy the state of the sequence"};
  });
}

deepen_llama_status deepen_llama_take_snapshot(deepen_llama_context *context, uint8_t *snapshot, size_t size,
                                               deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const size_t copied =
        llama_state_seq_get_data_ext(context->context.get(), snapshot, size, 0, LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
    if (copied != size) throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp did not copy the state of the sequence"};
  });
}

deepen_llama_status deepen_llama_restore(deepen_llama_context *context, const uint8_t *snapshot, size_t size,
                                         int32_t position, deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const size_t read =
        llama_state_seq_set_data_ext(context->context.get(), snapshot, size, 0, LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
    if (read != size) throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp did not take the state of the sequence back"};
    // A hybrid model's attention layers still hold the tokens after the position.
    truncate(context, position);
  });
}

deepen_llama_status deepen_llama_truncate(deepen_llama_context *context, int32_t position,
                                          deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    truncate(context, position);
    const int32_t window = context->window;
    if (window == 0) return;
    // The next token attends to a window of tokens, which must all be in the cache.
    const llama_pos first = llama_memory_seq_pos_min(llama_get_memory(context->context.get()), 0);
    if (first > std::max(0, position - window)) throw Failure{DEEPEN_LLAMA_REFUSED, refusal};
  });
}

int32_t deepen_llama_thread_count(deepen_llama_context *context) { return llama_n_threads(context->context.get()); }

void deepen_llama_stop(deepen_llama_context *context) { context->is_stopped = true; }

void deepen_llama_go_on(deepen_llama_context *context) { context->is_stopped = false; }

void deepen_llama_clear(deepen_llama_context *context) {
  llama_memory_clear(llama_get_memory(context->context.get()), false);
}

deepen_llama_status deepen_llama_logits(deepen_llama_context *context, int32_t index, const float **logits,
                                        deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    *logits = llama_get_logits_ith(context->context.get(), index);
    if (*logits == nullptr) throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp returned no logits"};
  });
}

int32_t deepen_llama_branch_limit(deepen_llama_context *context) {
  return static_cast<int32_t>(llama_n_seq_max(context->context.get())) - 1;
}

namespace {

/// The sequences of a tree's branches: each leaf's is the text up to its branch, then the tokens on its path.
struct Branches {
  /// The sequences that each node belongs to.
  std::vector<std::vector<llama_seq_id>> sequences;
  /// The number of the text's tokens before each branch. The first one's sequence is 1, because the text's is 0.
  std::vector<int32_t> starts;

  explicit Branches(const deepen_llama_tree &tree) : sequences(static_cast<size_t>(tree.count)) {
    std::vector<bool> has_child(sequences.size(), false);
    for (int32_t node = 0; node < tree.count; node++) {
      const int32_t parent = tree.parents[node];
      if (parent >= node) throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, "a token of a tree comes before its parent"};
      if (parent >= 0) has_child[static_cast<size_t>(parent)] = true;
    }
    for (int32_t leaf = 0; leaf < tree.count; leaf++) {
      if (has_child[static_cast<size_t>(leaf)]) continue;
      const llama_seq_id sequence = static_cast<llama_seq_id>(starts.size()) + 1;
      int32_t start = 0;
      for (int32_t node = leaf; node >= 0; node = tree.parents[node]) {
        sequences[static_cast<size_t>(node)].push_back(sequence);
        start = tree.positions[node];
      }
      starts.push_back(start);
    }
  }

  /// The sequences that the text's token after `position` others belongs to.
  std::vector<llama_seq_id> of_text(int32_t position) const {
    std::vector<llama_seq_id> result = {0};
    for (size_t i = 0; i < starts.size(); i++) {
      if (starts[i] > position) result.push_back(static_cast<llama_seq_id>(i) + 1);
    }
    return result;
  }
};

}  // namespace

deepen_llama_status deepen_llama_evaluate(deepen_llama_context *context, const int32_t *tokens, int32_t count,
                                          int32_t position, const int32_t *outputs, int32_t output_count,
                                          const deepen_llama_tree *tree, deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const int32_t size = count + tree->count;
    if (size < 1 || size > context->capacity) {
      throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, "a batch has 1 to " + std::to_string(context->capacity) +
                                                       " tokens, not " + std::to_string(size)};
    }
    const Branches branches(*tree);
    if (static_cast<int32_t>(branches.starts.size()) > deepen_llama_branch_limit(context)) {
      throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, "a tree has more branches than a session has sequences"};
    }
    deepen::Batch batch;
    for (int32_t i = 0; i < count; i++) batch.add(tokens[i], position + i, branches.of_text(position + i), false);
    for (int32_t i = 0; i < output_count; i++) {
      if (outputs[i] < 0 || outputs[i] >= count) {
        throw Failure{DEEPEN_LLAMA_INVALID_ARGUMENT, "a batch of " + std::to_string(count) + " tokens has no token " +
                                                         std::to_string(outputs[i])};
      }
      batch.request_logits(outputs[i]);
    }
    for (int32_t i = 0; i < tree->count; i++) {
      batch.add(tree->tokens[i], tree->positions[i], branches.sequences[static_cast<size_t>(i)], true);
    }
    llama_memory_t memory = llama_get_memory(context->context.get());
    for (size_t i = 0; i < branches.starts.size(); i++) {
      const int32_t held = std::min(branches.starts[i], position);
      llama_memory_seq_cp(memory, 0, static_cast<llama_seq_id>(i) + 1, 0, held);
    }
    deepen::take_log();
    const int32_t status = batch.decode(context->context.get());
    const std::string cause = status == 0 ? std::string() : deepen::take_log();
    for (size_t i = 0; i < branches.starts.size(); i++) {
      llama_memory_seq_rm(memory, static_cast<llama_seq_id>(i) + 1, -1, -1);
    }
    if (status != 0) {
      throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp could not evaluate " + std::to_string(size) +
                                              " tokens at position " + std::to_string(position) + " (status " +
                                              std::to_string(status) + (cause.empty() ? ")" : ": " + cause + ")")};
    }
  });
}

#endif
