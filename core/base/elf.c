#include "core/base/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"

/* A path that nothing can have. */
#define NOWHERE "/dev/null/loader"

#define EXECUTABLE 0x10U /* MFD_EXEC */
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

static const struct machine {
	unsigned number;
	bool wide;
	const char *name, *uname, *platform;
} machines[] = {
    {EM_X86_64, true, "x86-64 (amd64)", "x86_64", "linux/amd64"},
    {EM_X86_64, false, "x32", NULL, NULL},
    {EM_386, false, "i386", "i686", "linux/386"},
    {EM_AARCH64, true, "AArch64 (arm64)", "aarch64", "linux/arm64"},
    {EM_ARM, false, "32-bit ARM", "armv7l", "linux/arm/v7"},
    {EM_PPC64, true, "POWER (ppc64)", "ppc64le", "linux/ppc64le"},
    {EM_S390, true, "IBM Z (s390x)", "s390x", "linux/s390x"},
    {EM_RISCV, true, "64-bit RISC-V", "riscv64", "linux/riscv64"},
    {EM_MIPS, true, "64-bit MIPS", "mips64", "linux/mips64le"},
    {EM_MIPS, false, "32-bit MIPS", "mips", NULL},
    {EM_LOONGARCH, true, "LoongArch", "loongarch64", "linux/loong64"},
};

/* The parts of a header, and of a program header, of both classes: offset and size in bytes. */
enum part {
	HEADER_TYPE,
	HEADER_MACHINE,
	HEADER_TABLE,
	HEADER_ENTRY_SIZE,
	HEADER_ENTRIES,
	PROGRAM_OFFSET,
	PROGRAM_SIZE
};

static const struct {
	unsigned char at, size;
} parts[2][PROGRAM_SIZE + 1] = {
    {{16, 2}, {18, 2}, {28, 4}, {42, 2}, {44, 2}, {4, 4}, {16, 4}},
    {{16, 2}, {18, 2}, {32, 8}, {54, 2}, {56, 2}, {8, 8}, {32, 8}},
};

static uint64_t get(const unsigned char *data, enum part part, const unsigned char *head)
{
	unsigned size = parts[head[EI_CLASS] == ELFCLASS64][part].size;
	uint64_t value = 0;

	data += parts[head[EI_CLASS] == ELFCLASS64][part].at;
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)data[head[EI_DATA] == ELFDATA2MSB ? size - 1 - i : i] << 8 * i;
	return value;
}

static void put(unsigned char *data, enum part part, const unsigned char *head, uint64_t value)
{
	unsigned size = parts[head[EI_CLASS] == ELFCLASS64][part].size;

	data += parts[head[EI_CLASS] == ELFCLASS64][part].at;
	for (unsigned i = 0; i < size; i++)
		data[head[EI_DATA] == ELFDATA2MSB ? size - 1 - i : i]
		    = (unsigned char)(value >> 8 * i);
}

static size_t header_size(const unsigned char *head)
{
	return head[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
}

static size_t entry_size(const unsigned char *head)
{
	return head[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

static bool read_at(int fd, void *data, size_t length, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, data, length, (off_t)offset) == (ssize_t)length;
}

static bool read_head(int fd, unsigned char head[ELF_HEAD])
{
	memset(head, 0, ELF_HEAD);
	return read_at(fd, head, EI_NIDENT, 0) && memcmp(head, ELFMAG, SELFMAG) == 0
	       && read_at(fd, head, header_size(head), 0);
}

/* The type is the first of either class's fields, of four bytes. */
static bool is_interp(const unsigned char *entry, const unsigned char *head)
{
	bool big = head[EI_DATA] == ELFDATA2MSB;

	return entry[big ? 3 : 0] == PT_INTERP && entry[1] == 0 && entry[2] == 0
	       && entry[big ? 0 : 3] == 0;
}

static bool read_loader(
    int fd, const unsigned char *entry, const unsigned char *head, struct elf *elf)
{
	uint64_t size = get(entry, PROGRAM_SIZE, head);

	if (size == 0 || size > sizeof(elf->loader))
		return size != 0; /* longer than any: not for us to judge */
	if (!read_at(fd, elf->loader, (size_t)size, get(entry, PROGRAM_OFFSET, head)))
		return false;
	elf->loader[size - 1] = '\0';
	return true;
}

bool elf_read(int fd, struct elf *elf)
{
	unsigned char head[ELF_HEAD], entry[sizeof(Elf64_Phdr)];
	uint64_t count, size, table;

	if (!read_head(fd, head))
		return false;
	*elf = (struct elf){
	    .type = (unsigned)get(head, HEADER_TYPE, head),
	    .machine = (unsigned)get(head, HEADER_MACHINE, head),
	    .wide = head[EI_CLASS] == ELFCLASS64,
	};
	count = get(head, HEADER_ENTRIES, head);
	size = get(head, HEADER_ENTRY_SIZE, head);
	table = get(head, HEADER_TABLE, head);
	for (uint64_t i = 0; i < count; i++) {
		if (!read_at(fd, entry, entry_size(head), table + i * size))
			return false;
		if (is_interp(entry, head) && !read_loader(fd, entry, head, elf))
			return false;
	}
	return true;
}

const char *elf_machine(const struct elf *elf)
{
	for (size_t i = 0; i < COUNT(machines); i++)
		if (machines[i].number == elf->machine && machines[i].wide == elf->wide)
			return machines[i].name;
	return NULL;
}

const char *elf_platform(const char *name)
{
	for (size_t i = 0; i < COUNT(machines); i++)
		if (machines[i].uname != NULL && strcmp(machines[i].uname, name) == 0)
			return machines[i].platform;
	return NULL;
}

/* A program of the same kind, of a header and the name of a loader that is not there. */
static int make_probe(const unsigned char *head)
{
	unsigned char data[ELF_HEAD + sizeof(Elf64_Phdr) + sizeof(NOWHERE)] = {0};
	size_t table = header_size(head), name = table + entry_size(head);
	size_t length = name + sizeof(NOWHERE);
	int fd = memfd_create("migrate", MFD_CLOEXEC | EXECUTABLE);

	if (fd < 0) /* before Linux 6.3 all are */
		fd = memfd_create("migrate", MFD_CLOEXEC);

	memcpy(data, head, table);
	put(data, HEADER_TABLE, head, table);
	put(data, HEADER_ENTRIES, head, 1);
	put(data, HEADER_ENTRY_SIZE, head, entry_size(head));
	data[table + (head[EI_DATA] == ELFDATA2MSB ? 3 : 0)] = PT_INTERP;
	put(data + table, PROGRAM_OFFSET, head, name);
	put(data + table, PROGRAM_SIZE, head, sizeof(NOWHERE));
	memcpy(data + name, NOWHERE, sizeof(NOWHERE));
	if (fd >= 0 && write(fd, data, length) == (ssize_t)length)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* An emulator that is started shall say nothing, and goes at once. */
NORETURN static void try_probe(int probe, int report)
{
	char name[] = "migrate", *argv[] = {name, NULL}, *env[] = {NULL};
	int null = open("/dev/null", O_RDWR), reason;

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(probe, STDIN_FILENO);
	syscall(SYS_execveat, STDIN_FILENO, "", argv, env, AT_EMPTY_PATH);
	reason = errno;
	(void)!write(report, &reason, sizeof(reason));
	_exit(0);
}

/* The errno of its execve; 0: it was started. -1: nobody knows. */
static int run_probe(int probe)
{
	int ends[2], reason = 0;
	ssize_t length;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		try_probe(probe, ends[1]);
	close(ends[1]);
	do
		length = pid > 0 ? read(ends[0], &reason, sizeof(reason)) : -1;
	while (length < 0 && errno == EINTR && pid > 0);
	close(ends[0]);
	if (pid < 0)
		return -1;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return length < 0 ? -1 : reason;
}

bool elf_is_taken(int fd)
{
	unsigned char head[ELF_HEAD];
	int probe, reason;

	if (!read_head(fd, head))
		return false;
	probe = make_probe(head);
	if (probe < 0)
		return true;
	reason = run_probe(probe);
	close(probe);
	return reason != ENOEXEC;
}
