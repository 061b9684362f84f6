#ifdef HAVE_LLAMA
#include "Model.h"

#include <exception>
#include <string>
#include <vector>

namespace deepen {

namespace {

void evaluate(llama_context *context, int32_t count, int32_t position) {
  std::vector<llama_token> tokens(static_cast<size_t>(count), 0);
  std::vector<llama_pos> positions;
  std::vector<int32_t> sequence_counts(tokens.size(), 1);
  std::vector<int8_t> wants_logits(tokens.size(), 1);
  llama_seq_id sequence = 0;
  std::vector<llama_seq_id *> sequences(tokens.size(), &sequence);
  for (int32_t i = 0; i < count; i++) positions.push_back(position + i);
  llama_batch batch = {};
  batch.n_tokens = count;
  batch.token = tokens.data();
  batch.pos = positions.data();
  batch.n_seq_id = sequence_counts.data();
  batch.seq_id = sequences.data();
  batch.logits = wants_logits.data();
  take_log();
  const int32_t status = llama_decode(context, batch);
  if (status == 0) return;
  const std::string cause = take_log();
  throw Failure{DEEPEN_LLAMA_FAILURE, "llama.cpp could not evaluate " + std::to_string(count) + " tokens (status " +
                                          std::to_string(status) + (cause.empty() ? ")" : ": " + cause + ")")};
}

}  // namespace

void try_out(deepen_llama_model &model, llama_context *context, const deepen_llama_context_options &options) {
  const std::string settings = std::string(options.cache_type) + (options.flash_attention ? " flash " : " ") +
                               std::to_string(options.context_length);
  const std::lock_guard<std::mutex> lock(model.trials);
  if (model.tried.count(settings) > 0) return;
  llama_set_n_threads(context, 1, 1);
  try {
    const AssertionsThrow assertions;
    // Several tokens at once and a single one are computed by different code. Where position vectors were learned, the
    // last ones may be missing.
    if (options.context_length > 1 && llama_n_batch(context) > 1) evaluate(context, 2, 0);
    llama_memory_clear(llama_get_memory(context), true);
    evaluate(context, 1, static_cast<int32_t>(options.context_length) - 1);
  } catch (const std::exception &error) {
    throw Failure{DEEPEN_LLAMA_UNSUPPORTED, std::string("cannot be computed by llama.cpp (") + error.what() + ")"};
  }
  llama_memory_clear(llama_get_memory(context), true);
  llama_set_n_threads(context, options.threads, options.threads);
  model.tried.insert(settings);
}

}  // namespace deepen

#endif
