/* libcurl: the library, loaded when something is sent for the first time.
 *
 * It brings 25 others with it, which would cost each start of the program a third of its time. Until it is
 * loaded no function of <curl/curl.h> may be called; core/net/libcurl.c has those that http uses. A program
 * that is linked with a static libcurl (LIBCURL_STATIC) has nothing to load. */
#ifndef CORE_NET_LIBCURL_H
#define CORE_NET_LIBCURL_H

#include <curl/curl.h>

/* Loads it, in whichever thread comes first. NULL: it can be used; else why not. */
const char *libcurl_missing(void);

#endif
