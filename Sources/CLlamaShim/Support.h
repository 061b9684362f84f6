#pragma once
#ifdef HAVE_LLAMA

#include "CLlamaShim.h"

#include <exception>
#include <new>
#include <string>
#include <vector>

namespace deepen {

/// Sets llama.cpp up, once for the process: backends loaded, nothing printed.
void start();

/// What llama.cpp logged as an error on this thread since the last call, and forgets it.
std::string take_log();

/// A failure with its status; what the user reads.
struct Failure {
  deepen_llama_status status;
  std::string text;
};

/// While one lives, a failed assertion of llama.cpp on this thread is thrown instead of ending the process: what a file
/// says is checked by assertions in many places. Never around a computation on more than this thread: the others would wait
/// for ever.
class AssertionsThrow {
 public:
  AssertionsThrow();
  ~AssertionsThrow();
  AssertionsThrow(const AssertionsThrow &) = delete;
  AssertionsThrow &operator=(const AssertionsThrow &) = delete;

 private:
  bool outer_;
};

void report(deepen_llama_message *message, const std::string &text);

/// Runs a body that may throw and turns whatever it throws into a status and a message.
template <typename Body>
deepen_llama_status guarded(deepen_llama_message *message, Body body) {
  try {
    body();
    return DEEPEN_LLAMA_OK;
  } catch (const Failure &failure) {
    report(message, failure.text);
    return failure.status;
  } catch (const std::bad_alloc &) {
    report(message, "there is not enough memory");
  } catch (const std::exception &error) {
    report(message, error.what());
  } catch (...) {
    report(message, "llama.cpp threw something that it does not explain");
  }
  return DEEPEN_LLAMA_FAILURE;
}

/// What a GGUF file holds.
struct Content {
  int64_t tensors = 0;
  bool has_tokens = false;
  /// The names of large matrices that are zeros wherever they were looked at, as where a part of the file was never
  /// written.
  std::vector<std::string> blank;
};

/// Throws a failure where a GGUF file cannot be opened or read, or holds something with which llama.cpp would end the
/// process or read what is not there.
Content inspect(const char *path);

/// The files that a model consists of: itself, or all parts of a split model. They need not be there.
std::vector<std::string> parts_of(const char *path);

/// The tokens' types in a file's metadata; none where it does not tell.
std::vector<int32_t> token_types(const char *path);

}  // namespace deepen

#endif
