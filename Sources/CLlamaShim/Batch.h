#pragma once
#ifdef HAVE_LLAMA

#include "Llama.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace deepen {

/// Tokens that llama.cpp evaluates at once.
class Batch {
 public:
  /// Adds a token that follows `position` others in each of some sequences.
  void add(llama_token token, llama_pos position, std::vector<llama_seq_id> sequences, bool wants_logits) {
    tokens_.push_back(token);
    positions_.push_back(position);
    sequences_.push_back(std::move(sequences));
    wants_logits_.push_back(wants_logits ? 1 : 0);
  }

  /// Requests the logits after the token with this index.
  void request_logits(int32_t index) { wants_logits_[static_cast<size_t>(index)] = 1; }

  /// Evaluates the tokens; returns llama.cpp's status, which is 0 on success.
  int32_t decode(llama_context *context) {
    std::vector<int32_t> counts;
    std::vector<llama_seq_id *> lists;
    for (auto &sequences : sequences_) {
      counts.push_back(static_cast<int32_t>(sequences.size()));
      lists.push_back(sequences.data());
    }
    llama_batch batch = {};
    batch.n_tokens = static_cast<int32_t>(tokens_.size());
    batch.token = tokens_.data();
    batch.pos = positions_.data();
    batch.n_seq_id = counts.data();
    batch.seq_id = lists.data();
    batch.logits = wants_logits_.data();
    return llama_decode(context, batch);
  }

 private:
  std::vector<llama_token> tokens_;
  std::vector<llama_pos> positions_;
  std::vector<std::vector<llama_seq_id>> sequences_;
  std::vector<int8_t> wants_logits_;
};

}  // namespace deepen

#endif
