/* kind_rows: the declarations of what kinds.h lists. */
#ifndef CORE_SCHEMA_KIND_ROWS_H
#define CORE_SCHEMA_KIND_ROWS_H

#include "core/schema/kind.h"

#define KIND(name) extern const struct kind kind_of_##name;
#include "core/schema/kinds.h"
#undef KIND

#endif
