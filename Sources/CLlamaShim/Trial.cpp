#ifdef HAVE_LLAMA
#include "Batch.h"
#include "Model.h"

#include <exception>
#include <string>

namespace deepen {

namespace {

void evaluate(llama_context *context, int32_t count, int32_t position) {
  Batch batch;
  for (int32_t i = 0; i < count; i++) batch.add(0, position + i, {0}, true);
  take_log();
  const int32_t status = batch.decode(context);
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
