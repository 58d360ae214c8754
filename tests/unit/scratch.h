/* scratch: a directory for the files of one unit test; included once by its program. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"

static char scratch[] = "/tmp/migrate-unit-XXXXXX";

static int scratch_drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void scratch_remove(void)
{
	nftw(scratch, scratch_drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* Makes the directory, which goes when the program ends. */
__attribute__((unused)) static void scratch_make(void)
{
	if (mkdtemp(scratch) == NULL) {
		perror(scratch);
		exit(1);
	}
	atexit(scratch_remove);
}

/* The path of a new file in it, with the directories in between. */
__attribute__((unused)) static const char *scratch_file(
    struct arena *arena, const char *name, const char *text, mode_t mode)
{
	const char *path = file_join(arena, scratch, name);
	struct error err = {0};
	FILE *file;

	if (!file_make_directories(file_directory(arena, path), &err)
	    || (file = fopen(path, "w")) == NULL) {
		fprintf(stderr, "%s: %s\n", path, err.message);
		exit(1);
	}
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
	return path;
}

#endif
