/* Hostile CSV files. */
#include "exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_exchange("csv", data, size); }
