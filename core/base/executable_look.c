#include "core/base/executable_look.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/binfmt.h"
#include "core/base/elf.h"
#include "core/base/shebang.h"
#include "core/base/text.h"

#define DEPTH_MAX 5 /* interpreters of interpreters, as in Linux */
#define SHELL "/bin/sh"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* What is no program here, whatever its name: by how it begins. */
static const struct stranger {
	const char *magic;
	size_t length;
	const char *is, *hint;
} strangers[] = {
    {"PK\3\4", 4, "is an archive (zip, jar)", "Start it with Java: -- java -jar {file}"},
    {"\xca\xfe\xba\xbe", 4, "is a Java class, or a macOS program", NULL},
    {"\xcf\xfa\xed\xfe", 4, "is a macOS program", "Build it for Linux."},
    {"\xce\xfa\xed\xfe", 4, "is a macOS program", "Build it for Linux."},
    {"\0asm", 4, "is a WebAssembly module",
	"Start it with a WebAssembly runtime: -- wasmtime {file}"},
    {"\x1f\x8b", 2, "is compressed (gzip)", "Unpack it in the image."},
    {"\xff\xfe", 2, "is UTF-16, in which a #! line is not recognized", "Save it as UTF-8."},
    {"\xfe\xff", 2, "is UTF-16, in which a #! line is not recognized", "Save it as UTF-8."},
    {BYTE_ORDER_MARK "#!", 5, "begins with a byte order mark, which hides its #! line",
	"Save it as UTF-8 without one: sed -i '1s/^\\xEF\\xBB\\xBF//' {file}"},
};

/* Whose a loader is. */
static const struct library {
	const char *loader, *name;
} libraries[] = {
    {"/lib/ld-musl-", "musl, as in Alpine"},
    {"/lib64/ld-linux", "glibc, as in Debian"},
    {"/lib/ld-linux", "glibc, as in Debian"},
    {"/lib64/ld64.so", "glibc, as in Debian"},
    {"/lib/ld64.so", "glibc, as in Debian"},
    {"/system/bin/linker", "Android"},
    {"/nix/store/", "Nix"},
    {"/gnu/store/", "Guix"},
};

static enum look absent(const char *path, struct error *err)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0) {
		error_set(err, STATUS_NOT_FOUND, "no such file or directory");
		error_hint(
		    err, "Check that the image has it, and that no volume is mounted over it.");
		return LOOK_ABSENT;
	}
	target[length] = '\0';
	error_set(err, STATUS_NOT_FOUND, "is a symbolic link to %s, which does not exist", target);
	error_hint(err, "Copy its target into the image, too.");
	return LOOK_NEXT;
}

/* The directory that hides it. */
static enum look hidden(const char *path, struct error *err)
{
	char directory[PATH_MAX];

	error_set(err, STATUS_NOT_EXECUTABLE, "permission denied");
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		size_t length = slash == path ? 1 : (size_t)(slash - path);

		if (length >= sizeof(directory))
			break;
		memcpy(directory, path, length);
		directory[length] = '\0';
		if (faccessat(AT_FDCWD, directory, X_OK, AT_EACCESS) == 0 || errno != EACCES)
			continue;
		error_set(err, STATUS_NOT_EXECUTABLE, "user %ld may not search the directory %s",
		    (long)geteuid(), directory);
		error_hint(err, "Allow it: chmod a+x %s", directory);
		break;
	}
	return LOOK_NEXT;
}

static enum look denied(const char *path, const struct stat *about, struct error *err)
{
	struct statvfs system;

	if (statvfs(path, &system) == 0 && (system.f_flag & ST_NOEXEC) != 0) {
		error_set(err, STATUS_NOT_EXECUTABLE, "its file system is mounted noexec");
		error_hint(
		    err, "Put it into the image, or pass it to its interpreter: -- sh %s", path);
		return LOOK_NEXT;
	}
	error_set(err, STATUS_NOT_EXECUTABLE, "user %ld may not execute it (mode %04o)",
	    (long)geteuid(), (unsigned)about->st_mode & 07777U);
	error_hint(err, "Allow it: chmod a+x %s; in a Dockerfile: COPY --chmod=755", path);
	return LOOK_NEXT;
}

/* Before anything is read. */
static enum look look_outside(const char *path, struct error *err)
{
	struct stat about;

	if (stat(path, &about) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return absent(path, err);
		if (errno == EACCES)
			return hidden(path, err);
		error_set(err, STATUS_NOT_EXECUTABLE, "%s", strerror(errno));
		error_hint(err, "See what is there: ls -ld %s", path);
		return LOOK_END;
	}
	if (!S_ISREG(about.st_mode)) {
		error_set(err, STATUS_NOT_EXECUTABLE, "is %s",
		    S_ISDIR(about.st_mode) ? "a directory" : "not a regular file");
		error_hint(err, "Name the program itself.");
		return LOOK_NEXT;
	}
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
		return denied(path, &about, err);
	return LOOK_GOOD;
}

static const char *library_of(const char *loader)
{
	for (size_t i = 0; i < COUNT(libraries); i++)
		if (text_starts(loader, libraries[i].loader))
			return libraries[i].name;
	return "another system";
}

static enum look look_loader(const struct elf *elf, unsigned depth, struct error *err)
{
	const char *library = library_of(elf->loader);
	enum look found = executable_look(elf->loader, depth + 1, err);

	if (found == LOOK_GOOD)
		return LOOK_GOOD;
	error_prefix(err, "its loader %s", elf->loader);
	if (found == LOOK_ABSENT)
		error_hint(err,
		    "It is built for %s (%s): use such a base image, build it in an image like "
		    "this one, or link it statically.",
		    elf_machine(elf) != NULL ? elf_machine(elf) : "another machine", library);
	return found == LOOK_END ? LOOK_END : LOOK_NEXT;
}

static enum look refuse_machine(const struct elf *elf, struct error *err)
{
	const char *machine = elf_machine(elf), *platform;
	struct utsname here;

	uname(&here);
	platform = elf_platform(here.machine);
	error_set(err, STATUS_NOT_EXECUTABLE, "is a program for %s, and this machine is %s",
	    machine != NULL ? machine : "another machine", here.machine);
	if (platform != NULL)
		error_hint(
		    err, "Build or pull it for this one: docker build --platform %s", platform);
	else
		error_hint(err, "Build it for this one.");
	return LOOK_END;
}

static enum look look_elf(int fd, unsigned depth, struct error *err)
{
	struct elf elf;

	if (!elf_read(fd, &elf)) {
		error_set(err, STATUS_NOT_EXECUTABLE, "is truncated");
		error_hint(err, "Copy it again.");
		return LOOK_END;
	}
	if (elf.type != ET_EXEC && elf.type != ET_DYN) {
		error_set(err, STATUS_NOT_EXECUTABLE, "is %s, not a program",
		    elf.type == ET_CORE ? "a core dump" : "an object file");
		error_hint(err, "Link it.");
		return LOOK_END;
	}
	if (!elf_is_taken(fd))
		return refuse_machine(&elf, err);
	return elf.loader[0] != '\0' ? look_loader(&elf, depth, err) : LOOK_GOOD;
}

static enum look refuse_line_ends(struct error *err)
{
	error_set(err, STATUS_NOT_FOUND,
	    "its first line ends in CR LF, and the CR counts as part of what it names");
	error_hint(err, "Save it with LF line ends: sed -i 's/\\r$//' {file}; and keep git from "
			"changing them: *.sh text eol=lf in .gitattributes");
	return LOOK_NEXT;
}

static enum look look_env(const char *name, unsigned depth, struct error *err)
{
	enum look found = name[0] != '\0' ? executable_search(name, depth + 1, err) : LOOK_GOOD;

	if (found == LOOK_GOOD)
		return LOOK_GOOD;
	if (text_ends(name, "\r"))
		refuse_line_ends(err);
	else
		error_prefix(err, "env %s", name);
	if (strpbrk(name, " \t") != NULL)
		error_hint(err,
		    "env takes all of it as one name; write instead: #!/usr/bin/env -S %s", name);
	return LOOK_END;
}

static enum look look_script(const struct shebang *shebang, unsigned depth, struct error *err)
{
	char name[SHEBANG_SIZE];
	enum look found;

	if (depth == DEPTH_MAX) {
		error_set(
		    err, STATUS_NOT_EXECUTABLE, "has a chain of interpreters that is too long");
		error_hint(err, "Look at its first line: head -n 1 {file}");
		return LOOK_END;
	}
	found = executable_look(shebang->interpreter, depth + 1, err);
	if (found != LOOK_GOOD && text_ends(shebang->interpreter, "\r"))
		return refuse_line_ends(err);
	if (found != LOOK_GOOD) {
		error_prefix(err, "its interpreter %s", shebang->interpreter);
		return found == LOOK_END ? LOOK_END : LOOK_NEXT;
	}
	if (shebang_chokes(shebang)) {
		refuse_line_ends(err);
		err->status = STATUS_NOT_EXECUTABLE;
		return LOOK_END;
	}
	return shebang_env(shebang, name) ? look_env(name, depth, err) : LOOK_GOOD;
}

/* A shell does not read what has a NUL byte in its first line. */
static bool is_text(const char *head, size_t length)
{
	const char *newline = memchr(head, '\n', length);

	return memchr(head, '\0', newline != NULL ? (size_t)(newline - head) : length) == NULL;
}

static const struct stranger *stranger_of(const char *head, size_t length)
{
	static const struct stranger binary
	    = {NULL, 0, "is not a program: its first line is not text", "Name the program itself."};
	static const struct stranger windows
	    = {NULL, 0, "is a Windows program", "Build it for Linux."};

	for (size_t i = 0; i < COUNT(strangers); i++)
		if (length >= strangers[i].length
		    && memcmp(head, strangers[i].magic, strangers[i].length) == 0)
			return &strangers[i];
	if (is_text(head, length))
		return NULL;
	return length >= 2 && memcmp(head, "MZ", 2) == 0 ? &windows : &binary;
}

/* What exec calls ENOEXEC: for the shell, or for nobody. */
static enum look look_other(const char *head, size_t length, unsigned depth, struct error *err)
{
	const struct stranger *stranger = stranger_of(head, length);
	enum look shell;

	if (stranger != NULL) {
		error_set(err, STATUS_NOT_EXECUTABLE, "%s", stranger->is);
		if (stranger->hint != NULL)
			error_hint(err, "%s", stranger->hint);
		return LOOK_END;
	}
	shell = executable_look(SHELL, depth + 1, err);
	if (shell == LOOK_GOOD)
		return LOOK_GOOD;
	error_prefix(err, "has no #! line, and " SHELL);
	return LOOK_END;
}

static bool is_elf(const char *head, size_t length)
{
	return length >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0;
}

static enum look look_inside(const char *path, int fd, unsigned depth, struct error *err)
{
	char head[SHEBANG_SIZE];
	ssize_t got = pread(fd, head, sizeof(head), 0);
	size_t length = got > 0 ? (size_t)got : 0;
	struct shebang shebang;

	if (got < 0 || binfmt_takes(BINFMT_DIRECTORY, path, head, length))
		return LOOK_GOOD;
	if (is_elf(head, length))
		return look_elf(fd, depth, err);
	if (shebang_read(head, length, &shebang))
		return look_script(&shebang, depth, err);
	return look_other(head, length, depth, err);
}

/* Hints speak of {file}. */
static void name_file(const char *path, struct error *err)
{
	const char *place = strstr(err->hint, "{file}");
	char hint[sizeof(err->hint)];

	if (place == NULL)
		return;
	memcpy(hint, err->hint, sizeof(hint));
	error_hint(err, "%.*s%s%s", (int)(place - err->hint), hint, path,
	    hint + (place - err->hint) + strlen("{file}"));
}

/* A program need not be readable to be executed. */
enum look executable_look(const char *path, unsigned depth, struct error *err)
{
	enum look found = look_outside(path, err);
	int fd;

	if (found != LOOK_GOOD || depth > DEPTH_MAX)
		return found;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return LOOK_GOOD;
	found = look_inside(path, fd, depth, err);
	close(fd);
	if (found != LOOK_GOOD)
		name_file(path, err);
	return found;
}

bool executable_is_script(const char *path)
{
	char head[SHEBANG_SIZE];
	struct shebang shebang;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? pread(fd, head, sizeof(head), 0) : -1;

	if (fd >= 0)
		close(fd);
	return got >= 0 && !is_elf(head, (size_t)got) && !shebang_read(head, (size_t)got, &shebang)
	       && stranger_of(head, (size_t)got) == NULL;
}
