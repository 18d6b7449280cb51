/* sound: no fault. */
#include "common.h"

COMMON_WORKLOAD(sound, common_build);
