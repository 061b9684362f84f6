#pragma once

#if !__has_include(<llama.h>)
#error "llama.cpp is missing. Run Tools/setup and build as it says, or install llama.cpp with its pkg-config file."
#endif

#include <gguf.h>
#include <llama.h>
