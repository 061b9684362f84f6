#include "CONNXRuntime.h"

#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>

// Indices in the table, as measured on the headers of 1.21 and 1.23 and called on 1.19, 1.20 and 1.32.
#define CALL(entry, type) ((type)((void *const *)(const void *)api)[entry])

typedef struct {
  const OrtApi *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} ApiBase;

typedef const ApiBase *(*GetApiBase)(void);

const OrtApi *deepen_ort_api(void *get_api_base) {
  return ((GetApiBase)get_api_base)()->get_api(DEEPEN_ORT_API_VERSION);
}

const char *deepen_ort_version(void *get_api_base) { return ((GetApiBase)get_api_base)()->get_version(); }

int deepen_ort_error_code(const OrtApi *api, const OrtStatus *status) {
  return CALL(1, int (*)(const OrtStatus *))(status);
}

const char *deepen_ort_error_message(const OrtApi *api, const OrtStatus *status) {
  return CALL(2, const char *(*)(const OrtStatus *))(status);
}

DeepenOrtResult deepen_ort_create_env(const OrtApi *api, int log_level, const char *log_id, OrtEnv **out) {
  return CALL(3, DeepenOrtResult (*)(int, const char *, OrtEnv **))(log_level, log_id, out);
}

static const char telemetry_variable[] = "ORT_DISABLE_TELEMETRY";

// The values that ONNX Runtime itself reads as "no".
static bool asks_for_telemetry(const char *value) {
  static const char *const negations[] = {"0", "false", "no", "off"};
  for (size_t i = 0; i < sizeof(negations) / sizeof(negations[0]); i++) {
    if (strcasecmp(value, negations[i]) == 0) return true;
  }
  return false;
}

// ONNX Runtime's own builds for Linux write an identifier and a database of events into the user's cache folder as soon
// as they create an environment, and only this variable prevents it. It is set while the program starts, before there
// are threads that could read variables at the same time.
__attribute__((constructor)) void deepen_ort_choose_telemetry(void) {
  const char *value = getenv(telemetry_variable);
  if (value == NULL || !asks_for_telemetry(value)) setenv(telemetry_variable, "1", 1);
}

DeepenOrtResult deepen_ort_silence(const OrtApi *api, const OrtEnv *env) {
  const char *value = getenv(telemetry_variable);
  if (value != NULL && asks_for_telemetry(value)) return NULL;
  return CALL(6, DeepenOrtResult (*)(const OrtEnv *))(env);
}

DeepenOrtResult deepen_ort_default_allocator(const OrtApi *api, OrtAllocator **out) {
  return CALL(78, DeepenOrtResult (*)(OrtAllocator **))(out);
}

DeepenOrtResult deepen_ort_allocator_free(const OrtApi *api, OrtAllocator *allocator, void *memory) {
  return CALL(76, DeepenOrtResult (*)(OrtAllocator *, void *))(allocator, memory);
}

DeepenOrtResult deepen_ort_available_providers(const OrtApi *api, char ***names, int *count) {
  return CALL(125, DeepenOrtResult (*)(char ***, int *))(names, count);
}

DeepenOrtResult deepen_ort_release_providers(const OrtApi *api, char **names, int count) {
  return CALL(126, DeepenOrtResult (*)(char **, int))(names, count);
}

DeepenOrtResult deepen_ort_create_session_options(const OrtApi *api, OrtSessionOptions **out) {
  return CALL(10, DeepenOrtResult (*)(OrtSessionOptions **))(out);
}

DeepenOrtResult deepen_ort_set_optimization_level(const OrtApi *api, OrtSessionOptions *options, int level) {
  return CALL(23, DeepenOrtResult (*)(OrtSessionOptions *, int))(options, level);
}

DeepenOrtResult deepen_ort_set_intra_op_threads(const OrtApi *api, OrtSessionOptions *options, int threads) {
  return CALL(24, DeepenOrtResult (*)(OrtSessionOptions *, int))(options, threads);
}

DeepenOrtResult deepen_ort_add_config_entry(
    const OrtApi *api, OrtSessionOptions *options, const char *key, const char *value) {
  return CALL(130, DeepenOrtResult (*)(OrtSessionOptions *, const char *, const char *))(options, key, value);
}

DeepenOrtResult deepen_ort_append_provider(
    const OrtApi *api, OrtSessionOptions *options, const char *name, const char *const *keys,
    const char *const *values, size_t count) {
  return CALL(216, DeepenOrtResult (*)(OrtSessionOptions *, const char *, const char *const *,
               const char *const *, size_t))(options, name, keys, values, count);
}

DeepenOrtResult deepen_ort_create_session(
    const OrtApi *api, const OrtEnv *env, const char *path, const OrtSessionOptions *options, OrtSession **out) {
  return CALL(7, DeepenOrtResult (*)(const OrtEnv *, const char *, const OrtSessionOptions *, OrtSession **))(
      env, path, options, out);
}

DeepenOrtResult deepen_ort_input_count(const OrtApi *api, const OrtSession *session, size_t *out) {
  return CALL(30, DeepenOrtResult (*)(const OrtSession *, size_t *))(session, out);
}

DeepenOrtResult deepen_ort_output_count(const OrtApi *api, const OrtSession *session, size_t *out) {
  return CALL(31, DeepenOrtResult (*)(const OrtSession *, size_t *))(session, out);
}

DeepenOrtResult deepen_ort_input_type(const OrtApi *api, const OrtSession *session, size_t index, OrtTypeInfo **out) {
  return CALL(33, DeepenOrtResult (*)(const OrtSession *, size_t, OrtTypeInfo **))(session, index, out);
}

DeepenOrtResult deepen_ort_output_type(
    const OrtApi *api, const OrtSession *session, size_t index, OrtTypeInfo **out) {
  return CALL(34, DeepenOrtResult (*)(const OrtSession *, size_t, OrtTypeInfo **))(session, index, out);
}

DeepenOrtResult deepen_ort_input_name(
    const OrtApi *api, const OrtSession *session, size_t index, OrtAllocator *allocator, char **out) {
  return CALL(36, DeepenOrtResult (*)(const OrtSession *, size_t, OrtAllocator *, char **))(
      session, index, allocator, out);
}

DeepenOrtResult deepen_ort_output_name(
    const OrtApi *api, const OrtSession *session, size_t index, OrtAllocator *allocator, char **out) {
  return CALL(37, DeepenOrtResult (*)(const OrtSession *, size_t, OrtAllocator *, char **))(
      session, index, allocator, out);
}

DeepenOrtResult deepen_ort_run(
    const OrtApi *api, OrtSession *session, const OrtRunOptions *options, const char *const *input_names, const
    OrtValue *const *inputs, size_t input_count, const char *const *output_names, size_t output_count, OrtValue
    **outputs) {
  return CALL(9, DeepenOrtResult (*)(OrtSession *, const OrtRunOptions *, const char *const *,
               const OrtValue *const *, size_t, const char *const *, size_t, OrtValue **))(
      session, options, input_names, inputs, input_count, output_names, output_count, outputs);
}

DeepenOrtResult deepen_ort_create_run_options(const OrtApi *api, OrtRunOptions **out) {
  return CALL(39, DeepenOrtResult (*)(OrtRunOptions **))(out);
}

DeepenOrtResult deepen_ort_terminate(const OrtApi *api, OrtRunOptions *options) {
  return CALL(46, DeepenOrtResult (*)(OrtRunOptions *))(options);
}

DeepenOrtResult deepen_ort_create_tensor(
    const OrtApi *api, OrtAllocator *allocator, const int64_t *shape, size_t rank, int element_type, OrtValue **out) {
  return CALL(48, DeepenOrtResult (*)(OrtAllocator *, const int64_t *, size_t, int, OrtValue **))(
      allocator, shape, rank, element_type, out);
}

DeepenOrtResult deepen_ort_is_tensor(const OrtApi *api, const OrtValue *value, int *out) {
  return CALL(50, DeepenOrtResult (*)(const OrtValue *, int *))(value, out);
}

DeepenOrtResult deepen_ort_tensor_data(const OrtApi *api, OrtValue *value, void **out) {
  return CALL(51, DeepenOrtResult (*)(OrtValue *, void **))(value, out);
}

DeepenOrtResult deepen_ort_tensor_info(const OrtApi *api, const OrtValue *value, OrtTensorTypeAndShapeInfo **out) {
  return CALL(65, DeepenOrtResult (*)(const OrtValue *, OrtTensorTypeAndShapeInfo **))(value, out);
}

DeepenOrtResult deepen_ort_type_tensor_info(
    const OrtApi *api, const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo **out) {
  return CALL(55, DeepenOrtResult (*)(const OrtTypeInfo *, const OrtTensorTypeAndShapeInfo **))(type, out);
}

DeepenOrtResult deepen_ort_element_type(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, int *out) {
  return CALL(60, DeepenOrtResult (*)(const OrtTensorTypeAndShapeInfo *, int *))(info, out);
}

DeepenOrtResult deepen_ort_rank(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, size_t *out) {
  return CALL(61, DeepenOrtResult (*)(const OrtTensorTypeAndShapeInfo *, size_t *))(info, out);
}

DeepenOrtResult deepen_ort_dimensions(
    const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, int64_t *out, size_t rank) {
  return CALL(62, DeepenOrtResult (*)(const OrtTensorTypeAndShapeInfo *, int64_t *, size_t))(info, out, rank);
}

DeepenOrtResult deepen_ort_symbolic_dimensions(
    const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, const char **out, size_t rank) {
  return CALL(63, DeepenOrtResult (*)(const OrtTensorTypeAndShapeInfo *, const char **, size_t))(info, out, rank);
}

void deepen_ort_release_status(const OrtApi *api, OrtStatus *status) {
  CALL(93, void (*)(OrtStatus *))(status);
}

void deepen_ort_release_session(const OrtApi *api, OrtSession *session) {
  CALL(95, void (*)(OrtSession *))(session);
}

void deepen_ort_release_session_options(const OrtApi *api, OrtSessionOptions *options) {
  CALL(100, void (*)(OrtSessionOptions *))(options);
}

void deepen_ort_release_run_options(const OrtApi *api, OrtRunOptions *options) {
  CALL(97, void (*)(OrtRunOptions *))(options);
}

void deepen_ort_release_value(const OrtApi *api, OrtValue *value) {
  CALL(96, void (*)(OrtValue *))(value);
}

void deepen_ort_release_type(const OrtApi *api, OrtTypeInfo *type) {
  CALL(98, void (*)(OrtTypeInfo *))(type);
}

void deepen_ort_release_tensor_info(const OrtApi *api, OrtTensorTypeAndShapeInfo *info) {
  CALL(99, void (*)(OrtTensorTypeAndShapeInfo *))(info);
}
