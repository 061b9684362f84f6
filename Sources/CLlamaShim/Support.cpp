#ifdef HAVE_LLAMA
#include "Support.h"

#include "Llama.h"

#include <cstdio>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace deepen {

namespace {

/// Errors since the last call of take_log, of this thread alone: loading and evaluation log on the thread that calls
/// them.
thread_local std::string log_errors;
thread_local bool log_continues = false;

void collect(ggml_log_level level, const char *text, void *) {
  if (level != GGML_LOG_LEVEL_CONT) log_continues = level == GGML_LOG_LEVEL_ERROR;
  if (log_continues && log_errors.size() < 4096) log_errors += text;
}

thread_local bool assertions_throw = false;

/// Called by ggml before it ends the process. Where this function returns, the process ends.
void fail_assertion(const char *text) {
  if (!assertions_throw) {
    std::fprintf(stderr, "%s\n", text);
    return;
  }
  // "folder/file.cpp:12: GGML_ASSERT(…) failed": that folder does not exist on the user's machine.
  const std::string message = text;
  const size_t folder = message.rfind('/', message.find(": "));
  throw std::runtime_error(message.substr(folder == std::string::npos ? 0 : folder + 1));
}

}  // namespace

AssertionsThrow::AssertionsThrow() : outer_(assertions_throw) { assertions_throw = true; }

AssertionsThrow::~AssertionsThrow() { assertions_throw = outer_; }

void start() {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(collect, nullptr);
    ggml_set_abort_callback(fail_assertion);
    ggml_backend_load_all();
    llama_backend_init();
  });
}

std::string take_log() {
  std::string text;
  text.swap(log_errors);
  log_continues = false;
  // Lines read "function: event"; only the event is meant for users. The first line is the cause, those after it say
  // that something could therefore not be done.
  text = text.substr(0, text.find('\n'));
  const size_t colon = text.find(": ");
  if (colon != std::string::npos && text.find(' ') > colon) text = text.substr(colon + 2);
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

void report(deepen_llama_message *message, const std::string &text) {
  if (message == nullptr) return;
  size_t length = text.size();
  if (length >= sizeof(message->text)) length = sizeof(message->text) - 1;
  // A character that would be truncated is left out whole.
  while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) length--;
  std::memcpy(message->text, text.data(), length);
  message->text[length] = 0;
}

}  // namespace deepen

const char *deepen_llama_version(void) { return llama_version(); }

int32_t deepen_llama_core_count(void) { return static_cast<int32_t>(std::thread::hardware_concurrency()); }

#endif
