/* command_mask: a shell command as it may be shown: "***" for the keys and passphrases in it. Pure.
 *
 * They are known by what stands before: an assignment or an option of such a name, those of openssl, gpg,
 * zip and 7z, a URL's "user:", and whatever echo and printf are given. A key in a command line is for all
 * to see in ps(1) nevertheless. */
#ifndef CORE_BASE_COMMAND_MASK_H
#define CORE_BASE_COMMAND_MASK_H

#include "core/base/text.h"

/* `hidden`, unless NULL, gets what was masked, without quotes. */
const char *command_mask(struct arena *arena, const char *command, struct names *hidden);

/* What such a command wrote, without what is hidden in it. */
const char *command_scrub(struct arena *arena, const char *command, const char *output);

#endif
