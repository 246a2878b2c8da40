/* What the plugin `meter` calls for each event: a function of the program that measures, in the same process. */
#ifndef BACKPLANE_BENCH_METER_H
#define BACKPLANE_BENCH_METER_H

#include <stdint.h>

/* `role`: the config's. Returns what the handler is to return. */
typedef struct meter {
  int32_t (*called)(struct meter *own, int64_t role);
} meter;

#endif
