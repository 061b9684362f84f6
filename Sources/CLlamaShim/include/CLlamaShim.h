// The part of llama.cpp that the Swift backend uses, behind plain C: opaque handles, no structs by value, and no C++
// exception that propagates. The implementation is compiled against the installed llama.h, because llama.cpp's structs
// change their layout between versions.
#ifndef DEEPEN_LLAMA_SHIM_H
#define DEEPEN_LLAMA_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The result of a call.
typedef enum {
  DEEPEN_LLAMA_OK = 0,
  /// The file does not exist or cannot be opened.
  DEEPEN_LLAMA_MISSING_FILE,
  /// The file is not a GGUF file, is truncated or is damaged.
  DEEPEN_LLAMA_INVALID_FILE,
  /// The file is valid but llama.cpp or this shim cannot use it.
  DEEPEN_LLAMA_UNSUPPORTED,
  /// The file holds a vocabulary and no weights.
  DEEPEN_LLAMA_VOCABULARY_ONLY,
  /// The file has no tensor of the requested name.
  DEEPEN_LLAMA_NO_TENSOR,
  /// An argument cannot be used with this model.
  DEEPEN_LLAMA_INVALID_ARGUMENT,
  /// The vocabulary has no token for a part of the text.
  DEEPEN_LLAMA_INEXPRESSIBLE,
  /// The memory refused to drop part of a sequence.
  DEEPEN_LLAMA_REFUSED,
  /// llama.cpp failed.
  DEEPEN_LLAMA_FAILURE,
} deepen_llama_status;

/// Filled by a call that does not return DEEPEN_LLAMA_OK. Zero it before the call; a call truncates texts that are too
/// long.
typedef struct {
  char text[512];
} deepen_llama_message;

typedef struct deepen_llama_model deepen_llama_model;
typedef struct deepen_llama_context deepen_llama_context;
typedef struct deepen_llama_table deepen_llama_table;

/// The version of llama.cpp, as it reports it.
const char *deepen_llama_version(void);

// Models. A model may be used from several threads at once.

typedef struct {
  /// Layers to keep on a GPU; negative for all.
  int32_t gpu_layers;
  /// Load the tokenizer alone.
  bool vocabulary_only;
  /// Load the tokenizer so that it never puts a space before a text.
  bool without_space_prefix;
} deepen_llama_load_options;

deepen_llama_status deepen_llama_load(const char *path, const deepen_llama_load_options *options,
                                      deepen_llama_model **model, deepen_llama_message *message);
void deepen_llama_free(deepen_llama_model *model);

/// The number of tokens of context that the model was trained with; 0 where the file does not specify it.
int32_t deepen_llama_training_context(const deepen_llama_model *model);
/// The names of large matrices that are zeros in all samples, separated by ", ": those of a file of which a part was
/// never written. Empty where there are none. Lives as long as the model.
const char *deepen_llama_blank_matrices(const deepen_llama_model *model);
/// The default chat template, or NULL. Lives as long as the model.
const char *deepen_llama_chat_template(const deepen_llama_model *model);

// The tokenizer.

int32_t deepen_llama_token_count(const deepen_llama_model *model);
/// The kind of a token as `llama_token_attr` bits.
int32_t deepen_llama_token_attributes(const deepen_llama_model *model, int32_t token);
/// The type of a token in the file (`llama_token_type`), 0 where it does not specify one. llama.cpp's attributes differ
/// where it treats a token as a control token because of its spelling.
int32_t deepen_llama_token_type(const deepen_llama_model *model, int32_t token);
/// Returns whether a token ends a generation: the file names it as an end, or it is one of the file's control tokens
/// and llama.cpp recognises it as an end by its spelling. Tokens that mark the parts of a text with a gap to fill are
/// not ends.
bool deepen_llama_token_ends_generation(const deepen_llama_model *model, int32_t token);
/// Returns whether the file names a token as the end of a text, a turn or a message.
bool deepen_llama_is_named_end(const deepen_llama_model *model, int32_t token);
/// The token that the file names as the beginning of a text, whether or not texts have to begin with it; -1 for none.
int32_t deepen_llama_named_beginning(const deepen_llama_model *model);
/// The token that usually ends a text, or -1 where the model has none.
int32_t deepen_llama_end_of_text(const deepen_llama_model *model);
/// The token that begins every text, or -1 where the model needs none.
int32_t deepen_llama_beginning_of_text(const deepen_llama_model *model);
/// The bytes of a token. Returns their number, or minus the number that is needed.
int32_t deepen_llama_token_bytes(const deepen_llama_model *model, int32_t token, char *buffer, int32_t capacity);
/// The spelling of a token in the file. Lives as long as the model.
const char *deepen_llama_token_spelling(const deepen_llama_model *model, int32_t token);
/// Returns whether the tokenizer puts a space before a text.
bool deepen_llama_has_space_prefix(const deepen_llama_model *model);
/// The algorithm of a tokenizer.
typedef enum {
  /// Pieces of a whole text are merged, spaces written as U+2581 (SentencePiece).
  DEEPEN_LLAMA_MERGES_TEXT,
  /// Pieces of words, or of lines, are merged (byte-pair encoding).
  DEEPEN_LLAMA_MERGES_WORDS,
  /// The longest token comes first, from left to right.
  DEEPEN_LLAMA_TAKES_LONGEST,
  /// Another algorithm, which may change the text.
  DEEPEN_LLAMA_READS_OTHERWISE,
} deepen_llama_reading;
deepen_llama_reading deepen_llama_how_it_reads(const deepen_llama_model *model);
/// The algorithm that splits texts into words, by llama.cpp's name; empty where the file does not specify it. Truncated
/// to the capacity.
void deepen_llama_pre_tokenizer(const deepen_llama_model *model, char *name, int32_t capacity);
/// Tokenises valid UTF-8, without markers around it. `count` receives the number of tokens; where it exceeds
/// `capacity`, none are written.
deepen_llama_status deepen_llama_tokenize(const deepen_llama_model *model, const char *text, int32_t length,
                                          bool reads_control_tokens, int32_t *tokens, int32_t capacity, int32_t *count,
                                          deepen_llama_message *message);

/// Formats a conversation. `length` receives the number of bytes; where it exceeds `capacity`, the text is truncated.
deepen_llama_status deepen_llama_apply_template(const char *chat_template, const char *const *roles,
                                                const char *const *contents, size_t turns, char *buffer,
                                                int32_t capacity, int32_t *length, deepen_llama_message *message);

// Contexts: the state of one sequence. A context may be used from one thread at a time. Free it before its model.

typedef struct {
  uint32_t context_length;
  uint32_t batch_size;
  int32_t threads;
  /// The type of cached keys and values by ggml's name, such as "f32".
  const char *cache_type;
  bool flash_attention;
} deepen_llama_context_options;

deepen_llama_status deepen_llama_context_make(deepen_llama_model *model, const deepen_llama_context_options *options,
                                              deepen_llama_context **context, deepen_llama_message *message);
void deepen_llama_context_free(deepen_llama_context *context);
/// The number of threads that evaluations use.
int32_t deepen_llama_thread_count(deepen_llama_context *context);
/// Callable from any thread: evaluations end early and fail, from now on until `deepen_llama_go_on`. On processors
/// only; other devices finish their batch.
void deepen_llama_stop(deepen_llama_context *context);
/// Lets evaluations run to their end again.
void deepen_llama_go_on(deepen_llama_context *context);
/// Returns whether the sequence's state, in some or all layers, cannot drop the end of a text (recurrent and hybrid
/// models).
bool deepen_llama_is_recurrent(const deepen_llama_model *model);
/// The current size of a snapshot of that state.
deepen_llama_status deepen_llama_snapshot_size(deepen_llama_context *context, size_t *size,
                                               deepen_llama_message *message);
/// Copies that state.
deepen_llama_status deepen_llama_take_snapshot(deepen_llama_context *context, uint8_t *snapshot, size_t size,
                                               deepen_llama_message *message);
/// Restores a snapshot that was taken after `position` tokens, with which the sequence still begins. After a failure
/// the sequence has to be cleared.
deepen_llama_status deepen_llama_restore(deepen_llama_context *context, const uint8_t *snapshot, size_t size,
                                         int32_t position, deepen_llama_message *message);
/// Drops the sequence's tokens from a position on. Where that is refused, models that are not recurrent have to be
/// cleared.
deepen_llama_status deepen_llama_truncate(deepen_llama_context *context, int32_t position,
                                          deepen_llama_message *message);
/// Clears the whole sequence.
void deepen_llama_clear(deepen_llama_context *context);
/// Tokens that branch off a sequence. `parents` are indices in the tree, each smaller than its token's own, or -1 where
/// a token follows the first tokens of the sequence; `positions` are the numbers of tokens before each.
typedef struct {
  const int32_t *tokens;
  const int32_t *parents;
  const int32_t *positions;
  int32_t count;
} deepen_llama_tree;

/// Evaluates at most a batch of tokens: `count` that follow `position` tokens of the sequence, and those of a tree,
/// which are then dropped. The tree may branch off anywhere in the sequence, the new tokens included. `outputs` are the
/// indices of the new tokens after which logits are needed; it may be NULL where there are none. There are logits after
/// each of the tree's tokens, whose indices in the batch begin at `count`. After a failure the sequence has to be
/// cleared.
deepen_llama_status deepen_llama_evaluate(deepen_llama_context *context, const int32_t *tokens, int32_t count,
                                          int32_t position, const int32_t *outputs, int32_t output_count,
                                          const deepen_llama_tree *tree, deepen_llama_message *message);
/// The logits after a token of the last batch, as many as the model has tokens, by its index in the batch. They live
/// until the next evaluation.
deepen_llama_status deepen_llama_logits(deepen_llama_context *context, int32_t index, const float **logits,
                                        deepen_llama_message *message);
/// The maximum number of leaves in a tree; 0 in recurrent and hybrid models.
int32_t deepen_llama_branch_limit(deepen_llama_context *context);

// Tables: one tensor of a file, mapped into memory. May be used from several threads at once.

/// Opens a two-dimensional tensor of a GGUF file, or of the file's other parts where it is split.
deepen_llama_status deepen_llama_table_open(const char *path, const char *tensor, deepen_llama_table **table,
                                            deepen_llama_message *message);
void deepen_llama_table_close(deepen_llama_table *table);
int64_t deepen_llama_table_rows(const deepen_llama_table *table);
int64_t deepen_llama_table_columns(const deepen_llama_table *table);

/// The origin of a table: the state of its file when it was mapped. The names belong to the table.
typedef struct {
  const char *path;
  const char *tensor;
  const char *type;
  uint64_t inode;
  int64_t size;
  /// The times when the content, and when anything about the file was last changed, in nanoseconds since 1970.
  int64_t modified;
  int64_t changed;
  /// The start offset of the tensor in the file, in bytes.
  uint64_t offset;
} deepen_llama_table_location;
deepen_llama_table_location deepen_llama_table_where(const deepen_llama_table *table);

/// Converts rows to single precision, `[count × columns]`.
void deepen_llama_table_read(const deepen_llama_table *table, int64_t first, int64_t count, float *output);

/// The number of processor cores.
int32_t deepen_llama_core_count(void);

#ifdef __cplusplus
}
#endif
#endif
