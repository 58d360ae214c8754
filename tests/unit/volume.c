#include "core/base/volume.h"

#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OVERLAY "700 600 0:50 / / rw - overlay overlay rw\n"

static struct arena arena;

/* Where the mount point is "%s", it is the test's own directory. */
static const struct {
	const char *name, *lines;
	bool is;
} cases[] = {
    {"a volume without a name",
	OVERLAY "710 700 8:1 /var/lib/docker/volumes/" HEX "/_data %s rw - ext4 /dev/sda rw\n",
	true},
    {"Podman's",
	OVERLAY "710 700 8:1 /home/x/.local/share/containers/storage/volumes/" HEX
		"/_data %s rw - ext4 x rw\n",
	true},
    {"one with a name",
	OVERLAY "710 700 8:1 /var/lib/docker/volumes/backups/_data %s rw - ext4 x rw\n", false},
    {"a name that only begins so",
	OVERLAY "710 700 8:1 /var/lib/docker/volumes/" HEX "0/_data %s rw - ext4 x rw\n", false},
    {"a directory of the host", OVERLAY "710 700 8:1 /srv/backups %s rw - ext4 x rw\n", false},
    {"elsewhere",
	OVERLAY "710 700 8:1 /var/lib/docker/volumes/" HEX "/_data %s-other rw - ext4 x rw\n",
	false},
    {"something above it",
	OVERLAY "710 700 8:1 /var/lib/docker/volumes/" HEX "/_data %s rw - ext4 x rw\n"
		"720 700 8:1 /srv/backups %s rw - ext4 x rw\n",
	false},
    {"a container's own files", OVERLAY, false},
    {"no /proc", NULL, false},
    {"lines that are no mounts", "\n1 2\nx\n", false},
};

int main(void)
{
	char *here;

	scratch_make();
	here = realpath(scratch, NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *root = arena_printf(&arena, "%s/%zu", scratch, i);
		struct text lines = {.arena = &arena};

		for (const char *at = cases[i].lines; at != NULL && *at != '\0'; at++)
			if (text_starts(at, "%s"))
				text_printf(&lines, "%s", here), at++;
			else
				text_add_bytes(&lines, at, 1);
		if (cases[i].lines != NULL)
			scratch_file(&arena, arena_printf(&arena, "%zu/proc/self/mountinfo", i),
			    text_string(&lines), 0600);
		is_int(volume_is_anonymous(root, scratch), cases[i].is, "%s", cases[i].name);
		is_int(volume_is_anonymous(root, arena_printf(&arena, "%s/not/yet", scratch)),
		    cases[i].is, "%s: a directory that is to be made there", cases[i].name);
	}
	free(here);
	arena_free(&arena);
	return tap_done();
}
