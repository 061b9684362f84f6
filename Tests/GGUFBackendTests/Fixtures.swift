#if LlamaCpp
#endif
