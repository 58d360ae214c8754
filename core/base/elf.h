/* elf: what an ELF file says of the machine that it is for, and whether this one would load it. */
#ifndef CORE_BASE_ELF_H
#define CORE_BASE_ELF_H

#include <stdbool.h>
#include <stddef.h>

#define ELF_HEAD 64 /* bytes of the larger of the two headers */

struct elf {
	unsigned type, machine; /* ET_*, EM_* of elf(5) */
	bool wide; /* 64 bits */
	char loader[256]; /* the dynamic loader's path; empty: it needs none */
};

/* Reads what `fd` is open on. False: it is no ELF file, or one that is cut short. */
bool elf_read(int fd, struct elf *elf);

/* "AArch64 (arm64)", "i386"; NULL: not known. */
const char *elf_machine(const struct elf *elf);

/* What Docker calls a machine, `name` being uname(2)'s: "linux/amd64"; NULL: not known. */
const char *elf_platform(const char *name);

/* Whether the kernel takes programs of this file's kind: it is asked, by a program of the same kind whose
 * loader does not exist, so that emulators count, which binfmt_misc(5) starts although nothing in a
 * container says so. True where it cannot be asked. */
bool elf_is_taken(int fd);

#endif
