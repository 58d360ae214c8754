/* xml: the text of elements in the answers of S3, STS and WebDAV. No parser: names without their prefix
 * are looked for, and the five entities of XML understood, which is all that these answers need. Pure. */
#ifndef CORE_NET_XML_H
#define CORE_NET_XML_H

#include "core/base/arena.h"

/* The text of the next element of that name, NULL if there is none; *at moves behind it. */
const char *xml_next(struct arena *arena, const char **at, const char *name);

/* That of the first one in `xml`. */
const char *xml_text(struct arena *arena, const char *xml, const char *name);

#endif
