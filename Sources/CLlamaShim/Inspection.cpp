#ifdef HAVE_LLAMA
#include "Support.h"

#include "Llama.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

namespace deepen {

namespace {

void check_magic(const char *path) {
  struct stat information;
  if (stat(path, &information) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw Failure{DEEPEN_LLAMA_MISSING_FILE, "does not exist"};
    throw Failure{DEEPEN_LLAMA_MISSING_FILE, std::string("cannot be reached (") + std::strerror(errno) + ")"};
  }
  if (S_ISDIR(information.st_mode)) throw Failure{DEEPEN_LLAMA_INVALID_FILE, "is a folder, not a GGUF file"};
  // Opening a named pipe waits for a writer, and devices have no end.
  if (!S_ISREG(information.st_mode)) {
    throw Failure{DEEPEN_LLAMA_INVALID_FILE, std::string("is ") +
                                                 (S_ISFIFO(information.st_mode)   ? "a named pipe"
                                                  : S_ISSOCK(information.st_mode) ? "a socket"
                                                                                  : "a device") +
                                                 ", not a GGUF file"};
  }
  std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(path, "rb"), std::fclose);
  if (!file) {
    throw Failure{DEEPEN_LLAMA_MISSING_FILE, std::string("may not be read (") + std::strerror(errno) + ")"};
  }
  char magic[4] = {};
  if (std::fread(magic, 1, 4, file.get()) != 4) {
    throw Failure{DEEPEN_LLAMA_INVALID_FILE, "is too short for a GGUF file (" +
                                                 std::to_string(static_cast<long long>(information.st_size)) +
                                                 " bytes)"};
  }
  if (std::memcmp(magic, "GGUF", 4) != 0) {
    throw Failure{DEEPEN_LLAMA_INVALID_FILE, "is not a GGUF file: it does not begin with the letters GGUF"};
  }
}

/// llama.cpp assumes these conditions and ends the process, or reads past an array, where they do not hold.
void check_tokenizer(const gguf_context *file) {
  const int64_t tokens = gguf_find_key(file, "tokenizer.ggml.tokens");
  if (tokens < 0) return;
  if (gguf_get_kv_type(file, tokens) != GGUF_TYPE_ARRAY || gguf_get_arr_type(file, tokens) != GGUF_TYPE_STRING) {
    throw Failure{DEEPEN_LLAMA_INVALID_FILE, "tokenizer.ggml.tokens is not a list of strings"};
  }
  const size_t count = gguf_get_arr_n(file, tokens);
  for (const char *key : {"tokenizer.ggml.scores", "tokenizer.ggml.token_type"}) {
    const int64_t list = gguf_find_key(file, key);
    if (list < 0) continue;
    if (gguf_get_kv_type(file, list) != GGUF_TYPE_ARRAY || gguf_get_arr_n(file, list) != count) {
      throw Failure{DEEPEN_LLAMA_INVALID_FILE,
                    std::string(key) + " does not have one entry for each of the " + std::to_string(count) + " tokens"};
    }
  }
  // Several tokenizers of llama.cpp process a token by recursion. The longest published tokens have hundreds of bytes.
  constexpr size_t longest = 4096;
  std::unordered_map<std::string_view, size_t> ids;
  ids.reserve(count);
  for (size_t token = 0; token < count; token++) {
    const std::string_view spelling = gguf_get_arr_str(file, tokens, token);
    if (spelling.empty()) continue;
    if (spelling.size() > longest) {
      throw Failure{DEEPEN_LLAMA_INVALID_FILE, "token " + std::to_string(token) + " of its tokenizer has " +
                                                   std::to_string(spelling.size()) + " bytes, and at most " +
                                                   std::to_string(longest) + " can be"};
    }
    const auto [known, is_new] = ids.emplace(spelling, token);
    if (!is_new) {
      throw Failure{DEEPEN_LLAMA_INVALID_FILE, "tokens " + std::to_string(known->second) + " and " +
                                                   std::to_string(token) + " of its tokenizer are spelt the same"};
    }
  }
}

/// An assertion inside a computation, which ends the process, checks these.
void check_numbers(const gguf_context *file) {
  constexpr std::string_view ending = "epsilon";
  for (int64_t key = 0; key < gguf_get_n_kv(file); key++) {
    const std::string_view name = gguf_get_key(file, key);
    if (name.size() < ending.size() || name.substr(name.size() - ending.size()) != ending) continue;
    if (gguf_get_kv_type(file, key) != GGUF_TYPE_FLOAT32) continue;
    const float value = gguf_get_val_f32(file, key);
    if (!std::isfinite(value) || value < 0) {
      throw Failure{DEEPEN_LLAMA_INVALID_FILE, std::string(name) + " is " + std::to_string(value) +
                                                   ", which is no small positive number"};
    }
  }
}

/// llama.cpp calls functions that do not exist for products with numbers of other types.
void check_types(const gguf_context *file) {
  // Indices of experts, which are looked up and never multiplied.
  constexpr std::string_view indices = "tid2eid.weight";
  for (int64_t tensor = 0; tensor < gguf_get_n_tensors(file); tensor++) {
    const ggml_type type = gguf_get_tensor_type(file, tensor);
    if (type == GGML_TYPE_F32 || ggml_get_type_traits(type)->to_float != nullptr) continue;
    const std::string_view name = gguf_get_tensor_name(file, tensor);
    if (type == GGML_TYPE_I32 && name.size() > indices.size() &&
        name.substr(name.size() - indices.size()) == indices) {
      continue;
    }
    throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "tensor " + std::string(name) + " has the type " + ggml_type_name(type) +
                                                ", with which llama.cpp cannot compute"};
  }
}

using File = std::unique_ptr<gguf_context, void (*)(gguf_context *)>;

File open_metadata(const char *path) {
  check_magic(path);
  take_log();
  File file(gguf_init_from_file(path, {true, nullptr}), gguf_free);
  if (!file) {
    const std::string cause = take_log();
    throw Failure{DEEPEN_LLAMA_INVALID_FILE,
                  "cannot be read as GGUF" + (cause.empty() ? std::string() : " (" + cause + ")")};
  }
  return file;
}

/// Returns whether a range of a file is zeros, judged by a few samples.
bool is_blank(int file, uint64_t offset, size_t size) {
  constexpr size_t samples = 8;
  unsigned char bytes[64];
  for (size_t sample = 0; sample < samples; sample++) {
    const uint64_t start = offset + (size - sizeof(bytes)) / (samples - 1) * sample;
    if (pread(file, bytes, sizeof(bytes), static_cast<off_t>(start)) != static_cast<ssize_t>(sizeof(bytes))) return false;
    for (const unsigned char byte : bytes) {
      if (byte != 0) return false;
    }
  }
  return true;
}

/// The large matrices that seem never to have been written. Norms, biases and similar tensors may well be zeros.
std::vector<std::string> blank_matrices(const char *path, const gguf_context *file) {
  constexpr size_t large = 1024;
  constexpr std::string_view ending = ".weight";
  std::vector<std::string> names;
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return names;
  for (int64_t tensor = 0; tensor < gguf_get_n_tensors(file); tensor++) {
    const size_t size = gguf_get_tensor_size(file, tensor);
    const std::string_view name = gguf_get_tensor_name(file, tensor);
    const bool is_matrix = name.size() > ending.size() && name.substr(name.size() - ending.size()) == ending &&
                           name.find("norm") == name.npos;
    if (!is_matrix || size < large) continue;
    const uint64_t offset = gguf_get_data_offset(file) + gguf_get_tensor_offset(file, tensor);
    if (is_blank(descriptor, offset, size)) names.emplace_back(name);
  }
  close(descriptor);
  return names;
}

}  // namespace

Content inspect(const char *path) {
  const File file = open_metadata(path);
  check_tokenizer(file.get());
  check_numbers(file.get());
  check_types(file.get());
  return {gguf_get_n_tensors(file.get()), gguf_find_key(file.get(), "tokenizer.ggml.tokens") >= 0,
          blank_matrices(path, file.get())};
}

std::vector<int32_t> token_types(const char *path) {
  const File file = open_metadata(path);
  const int64_t key = gguf_find_key(file.get(), "tokenizer.ggml.token_type");
  if (key < 0 || gguf_get_kv_type(file.get(), key) != GGUF_TYPE_ARRAY) return {};
  const gguf_type type = gguf_get_arr_type(file.get(), key);
  if (type != GGUF_TYPE_INT32 && type != GGUF_TYPE_UINT32) return {};
  const int32_t *types = static_cast<const int32_t *>(gguf_get_arr_data(file.get(), key));
  return {types, types + gguf_get_arr_n(file.get(), key)};
}

std::vector<std::string> parts_of(const char *path) {
  const File file = open_metadata(path);
  const int64_t key = gguf_find_key(file.get(), "split.count");
  if (key < 0 || gguf_get_kv_type(file.get(), key) != GGUF_TYPE_UINT16) return {path};
  const int count = gguf_get_val_u16(file.get(), key);
  if (count < 2) return {path};
  std::vector<char> buffer(std::strlen(path) + 64);
  std::string prefix;
  for (int part = 0; part < count && prefix.empty(); part++) {
    if (llama_split_prefix(buffer.data(), buffer.size(), path, part, count) > 0) prefix = buffer.data();
  }
  if (prefix.empty()) {
    throw Failure{DEEPEN_LLAMA_INVALID_FILE, "is one of " + std::to_string(count) +
                                                 " parts, but its name does not end like -00001-of-" +
                                                 "0000N.gguf, so the others cannot be found"};
  }
  std::vector<std::string> parts;
  for (int part = 0; part < count; part++) {
    llama_split_path(buffer.data(), buffer.size(), prefix.c_str(), part, count);
    parts.emplace_back(buffer.data());
  }
  return parts;
}

}  // namespace deepen

#endif
