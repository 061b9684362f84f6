// The part of ONNX Runtime's C API that the backend calls.
//
// The library exports one function, OrtGetApiBase, which returns a table of function pointers. The table only ever
// grows at its end, so an index in it means the same function in every version. Each function below calls one entry; no
// header and no library of ONNX Runtime is needed to build.

#ifndef CONNXRUNTIME_H
#define CONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// The table of functions.
typedef struct OrtApi OrtApi;
typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;

/// NULL on success; otherwise to be released by the caller.
typedef OrtStatus *_Nullable DeepenOrtResult;

/// The version of the table that is requested: ONNX Runtime 1.16 and all later versions provide it.
#define DEEPEN_ORT_API_VERSION 16

/// Requests the table of a loaded library; NULL where the library is older than DEEPEN_ORT_API_VERSION.
///
/// `get_api_base` is the address of OrtGetApiBase.
const OrtApi *_Nullable deepen_ort_api(void *get_api_base);
/// The version of a loaded library, such as "1.32.0".
const char *deepen_ort_version(void *get_api_base);

int deepen_ort_error_code(const OrtApi *api, const OrtStatus *status);
const char *deepen_ort_error_message(const OrtApi *api, const OrtStatus *status);

DeepenOrtResult deepen_ort_create_env(
    const OrtApi *api, int log_level, const char *log_id, OrtEnv *_Nullable *_Nonnull out);
/// Sets ORT_DISABLE_TELEMETRY to 1 unless it is 0, false, no or off, with which a user allows telemetry. Called when
/// the program starts: the library must see the variable when it creates an environment.
void deepen_ort_choose_telemetry(void);
/// Stops the telemetry that the library still collects then, as on Windows, unless the variable allows it.
DeepenOrtResult deepen_ort_silence(const OrtApi *api, const OrtEnv *env);
DeepenOrtResult deepen_ort_default_allocator(const OrtApi *api, OrtAllocator *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_allocator_free(const OrtApi *api, OrtAllocator *allocator, void *memory);
DeepenOrtResult deepen_ort_available_providers(const OrtApi *api, char *_Nonnull *_Nullable *_Nonnull names, int *count);
DeepenOrtResult deepen_ort_release_providers(const OrtApi *api, char *_Nonnull *_Nonnull names, int count);

DeepenOrtResult deepen_ort_create_session_options(const OrtApi *api, OrtSessionOptions *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_set_optimization_level(const OrtApi *api, OrtSessionOptions *options, int level);
DeepenOrtResult deepen_ort_set_intra_op_threads(const OrtApi *api, OrtSessionOptions *options, int threads);
DeepenOrtResult deepen_ort_add_config_entry(
    const OrtApi *api, OrtSessionOptions *options, const char *key, const char *value);
DeepenOrtResult deepen_ort_append_provider(
    const OrtApi *api, OrtSessionOptions *options, const char *name, const char *_Nonnull const *_Nullable keys,
    const char *_Nonnull const *_Nullable values, size_t count);

DeepenOrtResult deepen_ort_create_session(
    const OrtApi *api, const OrtEnv *env, const char *path, const OrtSessionOptions *options,
    OrtSession *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_input_count(const OrtApi *api, const OrtSession *session, size_t *out);
DeepenOrtResult deepen_ort_output_count(const OrtApi *api, const OrtSession *session, size_t *out);
DeepenOrtResult deepen_ort_input_type(
    const OrtApi *api, const OrtSession *session, size_t index, OrtTypeInfo *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_output_type(
    const OrtApi *api, const OrtSession *session, size_t index, OrtTypeInfo *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_input_name(
    const OrtApi *api, const OrtSession *session, size_t index, OrtAllocator *allocator,
    char *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_output_name(
    const OrtApi *api, const OrtSession *session, size_t index, OrtAllocator *allocator,
    char *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_run(
    const OrtApi *api, OrtSession *session, const OrtRunOptions *_Nullable options,
    const char *_Nonnull const *_Nonnull input_names, const OrtValue *_Nonnull const *_Nonnull inputs,
    size_t input_count, const char *_Nonnull const *_Nonnull output_names, size_t output_count,
    OrtValue *_Nullable *_Nonnull outputs);

DeepenOrtResult deepen_ort_create_run_options(const OrtApi *api, OrtRunOptions *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_terminate(const OrtApi *api, OrtRunOptions *options);

DeepenOrtResult deepen_ort_create_tensor(
    const OrtApi *api, OrtAllocator *allocator, const int64_t *shape, size_t rank, int element_type,
    OrtValue *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_is_tensor(const OrtApi *api, const OrtValue *value, int *out);
DeepenOrtResult deepen_ort_tensor_data(const OrtApi *api, OrtValue *value, void *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_tensor_info(
    const OrtApi *api, const OrtValue *value, OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull out);
/// The shape of a type; `out` stays NULL where the type is not a tensor. It lives as long as `type`.
DeepenOrtResult deepen_ort_type_tensor_info(
    const OrtApi *api, const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull out);
DeepenOrtResult deepen_ort_element_type(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, int *out);
DeepenOrtResult deepen_ort_rank(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, size_t *out);
DeepenOrtResult deepen_ort_dimensions(
    const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, int64_t *out, size_t rank);
/// The names of symbolic sizes; they live as long as `info`.
DeepenOrtResult deepen_ort_symbolic_dimensions(
    const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, const char *_Nullable *_Nonnull out, size_t rank);

void deepen_ort_release_status(const OrtApi *api, OrtStatus *status);
void deepen_ort_release_session(const OrtApi *api, OrtSession *session);
void deepen_ort_release_session_options(const OrtApi *api, OrtSessionOptions *options);
void deepen_ort_release_run_options(const OrtApi *api, OrtRunOptions *options);
void deepen_ort_release_value(const OrtApi *api, OrtValue *value);
void deepen_ort_release_type(const OrtApi *api, OrtTypeInfo *type);
void deepen_ort_release_tensor_info(const OrtApi *api, OrtTensorTypeAndShapeInfo *info);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
