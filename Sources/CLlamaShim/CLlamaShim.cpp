#include "CLlamaShim.h"
