#pragma once
#ifdef HAVE_LLAMA

#include "CLlamaShim.h"

#include <exception>
#include <new>
#include <string>
#include <vector>

namespace deepen {

/// Initialises llama.cpp, once for the process: backends loaded, nothing printed.
void start();

/// Returns the errors that llama.cpp logged on this thread since the last call, and clears them.
std::string take_log();

/// A failure with its status and its message for the user.
struct Failure {
  deepen_llama_status status;
  std::string text;
};

/// While an instance lives, a failed assertion of llama.cpp on this thread is thrown instead of ending the process:
/// llama.cpp checks a file's content by assertions in many functions. Never use it around a computation on several
/// threads: the others would wait for ever.
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

/// Runs a body that may throw and converts anything it throws to a status and a message.
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

/// The content of a GGUF file.
struct Content {
  int64_t tensors = 0;
  bool has_tokens = false;
  /// The names of large matrices that are zeros in all samples, as where a part of the file was never written.
  std::vector<std::string> blank;
};

/// Throws a failure where a GGUF file cannot be opened or read, or has content that would make llama.cpp end the
/// process or read outside of its memory.
Content inspect(const char *path);

/// The files that a model consists of: itself, or all parts of a split model. They need not exist.
std::vector<std::string> parts_of(const char *path);

/// The tokens' types in a file's metadata; empty where it does not specify them.
std::vector<int32_t> token_types(const char *path);

}  // namespace deepen

#endif
