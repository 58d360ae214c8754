#include "core/schema/danger.h"

#include "core/base/text.h"

const struct danger danger_rows[] = {
    {DANGER_REWRITE, "rewrite"},
    {DANGER_ZONE, "rewrite"},
    {DANGER_SCAN, "blocking-scan"},
    {DANGER_NOT_NULL, "set-not-null"},
    {DANGER_NO_VALUE, "not-null-without-default"},
    {DANGER_INDEX, "blocking-index"},
    {DANGER_UNIQUE, "blocking-unique"},
    {DANGER_CHECK, "validating-constraint"},
    {DANGER_REFERENCE, "validating-constraint"},
    {DANGER_VALIDATE, NULL},
    {DANGER_ATTACH, "validating-attach"},
    {DANGER_DETACH, "blocking-detach"},
    {DANGER_DROP_INDEX, "blocking-drop-index"},
    {DANGER_REINDEX, "blocking-index"},
    {DANGER_DOMAIN, "blocking-scan"},
    {DANGER_RENAME, "rename"},
    {DANGER_JSON, "json-column"},
};

const size_t danger_count = COUNT(danger_rows);
