#pragma once
#ifdef HAVE_LLAMA

#include "Support.h"

#include "Llama.h"

#include <mutex>
#include <set>
#include <string>
#include <vector>

struct deepen_llama_model {
  llama_model *model;
  const llama_vocab *vocabulary;
  /// The settings of contexts with which the model is known to compute, and the mutex that guards them.
  std::set<std::string> tried;
  std::mutex trials;
  /// The tokens' types from the file; empty where it does not specify them.
  std::vector<int32_t> token_types;
  /// The names of matrices that seem never to have been written, separated by ", ".
  std::string blank_matrices;
};

namespace deepen {

/// Computes a few tokens with a fresh context, once for a model and the settings that change how it computes.
///
/// An assertion that fails inside a computation ends the process, because the computation's other threads would wait
/// for ever if it were thrown. Here there are no others, so it can be thrown: errors that depend on the file occur now
/// or never.
void try_out(deepen_llama_model &model, llama_context *context, const deepen_llama_context_options &options);

}  // namespace deepen

#endif
