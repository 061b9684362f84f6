#ifdef HAVE_LLAMA
#include "Support.h"

#include "Llama.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

struct deepen_llama_table {
  void *mapping;
  size_t mapping_size;
  const uint8_t *data;
  int64_t rows;
  int64_t columns;
  size_t row_size;
  ggml_type type;
  std::string path;
  std::string tensor;
  struct stat file;
};

namespace {

using deepen::Failure;
using File = std::unique_ptr<gguf_context, void (*)(gguf_context *)>;

File open_metadata(const std::string &path) {
  deepen::inspect(path.c_str());
  return File(gguf_init_from_file(path.c_str(), {true, nullptr}), gguf_free);
}

/// Maps one tensor of one file.
deepen_llama_table *map(const std::string &path, const gguf_context *file, int64_t tensor) {
  const std::string name = gguf_get_tensor_name(file, tensor);
  const int64_t *shape = gguf_get_tensor_ne(file, tensor);
  const ggml_type type = gguf_get_tensor_type(file, tensor);
  if (shape[2] != 1 || shape[3] != 1) {
    throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "tensor " + name + " is not a table of rows and columns"};
  }
  if (type != GGML_TYPE_F32 && ggml_get_type_traits(type)->to_float == nullptr) {
    throw Failure{DEEPEN_LLAMA_UNSUPPORTED, "tensor " + name + " has the type " + ggml_type_name(type) +
                                                ", which ggml cannot convert to single precision"};
  }
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Failure{DEEPEN_LLAMA_MISSING_FILE, std::strerror(errno)};
  struct stat information = {};
  const bool known = fstat(descriptor, &information) == 0;
  const size_t size = known ? static_cast<size_t>(information.st_size) : 0;
  const size_t start = gguf_get_data_offset(file) + gguf_get_tensor_offset(file, tensor);
  const size_t length = gguf_get_tensor_size(file, tensor);
  if (start > size || length > size - start) {
    close(descriptor);
    throw Failure{DEEPEN_LLAMA_INVALID_FILE, "is truncated: tensor " + name + " ends at byte " +
                                                 std::to_string(start + length) + " of " + std::to_string(size)};
  }
  void *mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  close(descriptor);
  if (mapping == MAP_FAILED) throw Failure{DEEPEN_LLAMA_FAILURE, std::string("mmap: ") + std::strerror(error)};
  return new deepen_llama_table{mapping,
                                size,
                                static_cast<const uint8_t *>(mapping) + start,
                                shape[1],
                                shape[0],
                                ggml_row_size(type, shape[0]),
                                type,
                                path,
                                name,
                                information};
}

int64_t nanoseconds(const struct timespec &time) { return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec; }

}  // namespace

deepen_llama_status deepen_llama_table_open(const char *path, const char *tensor, deepen_llama_table **table,
                                            deepen_llama_message *message) {
  return deepen::guarded(message, [&] {
    const deepen::AssertionsThrow assertions;
    deepen::start();
    for (const std::string &part : deepen::parts_of(path)) {
      const File file = open_metadata(part);
      const int64_t index = gguf_find_tensor(file.get(), tensor);
      if (index < 0) continue;
      *table = map(part, file.get(), index);
      return;
    }
    throw Failure{DEEPEN_LLAMA_NO_TENSOR, std::string("has no tensor ") + tensor};
  });
}

void deepen_llama_table_close(deepen_llama_table *table) {
  munmap(table->mapping, table->mapping_size);
  delete table;
}

int64_t deepen_llama_table_rows(const deepen_llama_table *table) { return table->rows; }

int64_t deepen_llama_table_columns(const deepen_llama_table *table) { return table->columns; }

deepen_llama_table_location deepen_llama_table_where(const deepen_llama_table *table) {
  const struct stat &file = table->file;
#ifdef __APPLE__
  const struct timespec modified = file.st_mtimespec, changed = file.st_ctimespec;
#else
  const struct timespec modified = file.st_mtim, changed = file.st_ctim;
#endif
  return {table->path.c_str(),
          table->tensor.c_str(),
          ggml_type_name(table->type),
          static_cast<uint64_t>(file.st_ino),
          static_cast<int64_t>(file.st_size),
          nanoseconds(modified),
          nanoseconds(changed),
          static_cast<uint64_t>(table->data - static_cast<const uint8_t *>(table->mapping))};
}

void deepen_llama_table_read(const deepen_llama_table *table, int64_t first, int64_t count, float *output) {
  for (int64_t row = 0; row < count; row++) {
    const uint8_t *source = table->data + static_cast<size_t>(first + row) * table->row_size;
    float *target = output + row * table->columns;
    if (table->type == GGML_TYPE_F32) {
      std::memcpy(target, source, table->row_size);
    } else {
      ggml_get_type_traits(table->type)->to_float(source, target, table->columns);
    }
  }
}

#endif
