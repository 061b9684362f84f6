#pragma once
#ifdef HAVE_LLAMA

#include "Support.h"

#include "Llama.h"

struct deepen_llama_model {
  llama_model *model;
  const llama_vocab *vocabulary;
};

#endif
