/* attr: what the compiler is asked to check. */
#ifndef CORE_BASE_ATTR_H
#define CORE_BASE_ATTR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(string, first) __attribute__((format(printf, string, first)))
#define NORETURN __attribute__((noreturn))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
