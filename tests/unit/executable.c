#include "core/base/executable.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/base/binfmt.h"
#include "core/base/elf.h"
#include "core/base/shebang.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

static const struct {
	const char *line;
	bool is;
	const char *interpreter, *argument;
} lines[] = {
    {"#!/bin/sh\n", true, "/bin/sh", ""},
    {"#! \t/bin/sh \t\necho", true, "/bin/sh", ""},
    {"#!/bin/sh -e -u \n", true, "/bin/sh", "-e -u"},
    {"#!/bin/sh\r\n", true, "/bin/sh\r", ""},
    {"#!/bin/sh", true, "/bin/sh", ""},
    {"#!\n/bin/sh\n", false, NULL, NULL},
    {"#!  \n", false, NULL, NULL},
    {"#!", false, NULL, NULL},
    {"#", false, NULL, NULL},
    {"", false, NULL, NULL},
    {"# !/bin/sh\n", false, NULL, NULL},
    {" #!/bin/sh\n", false, NULL, NULL},
};

static void test_lines(void)
{
	char longest[400];
	struct shebang read;

	for (size_t i = 0; i < COUNT(lines); i++) {
		bool is = shebang_read(lines[i].line, strlen(lines[i].line), &read);

		is_int(is, lines[i].is, "%zu: %s", i, lines[i].line);
		if (!is)
			continue;
		is(read.interpreter, lines[i].interpreter, "its interpreter");
		is(read.argument, lines[i].argument, "its argument");
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "#!/", 3);
	ok(!shebang_read(longest, 256, &read), "an interpreter whose name is cut is none");
	longest[200] = ' ';
	ok(shebang_read(longest, 256, &read), "an argument that is cut is one");
}

static const struct {
	const char *line, *name;
} envs[] = {
    {"#!/usr/bin/env python3\n", "python3"},
    {"#!/usr/bin/env python3 -u\n", "python3 -u"},
    {"#!/usr/bin/env -S python3 -u\n", "python3"},
    {"#!/usr/bin/env -SA=b  C=d python3 -u\n", "python3"},
    {"#!/usr/bin/env --split-string=python3 -u\n", "python3"},
    {"#!/usr/bin/env -S -i python3\n", ""},
    {"#!/usr/bin/env -S PATH=/opt python3\n", ""},
    {"#!/usr/bin/env -S 'python 3'\n", ""},
    {"#!/usr/bin/env -i\n", ""},
    {"#!/usr/bin/env A=b\n", ""},
    {"#!/usr/bin/env\n", ""},
};

static void test_env(void)
{
	char name[SHEBANG_SIZE];
	struct shebang read;

	for (size_t i = 0; i < COUNT(envs); i++) {
		ok(shebang_read(envs[i].line, strlen(envs[i].line), &read), "%s", envs[i].line);
		ok(shebang_env(&read, name), "is by env");
		is(name, envs[i].name, "which looks this up");
	}
	ok(shebang_read("#!/bin/sh env\n", 14, &read) && !shebang_env(&read, name), "sh is not");
}

static const char *file(const char *name, const char *bytes, size_t length, mode_t mode)
{
	const char *path = scratch_file(&arena, name, "", mode);
	FILE *out = fopen(path, "w");

	fwrite(bytes, 1, length, out);
	fclose(out);
	return path;
}

/* A program of another kind; its loader, if any, follows the headers. */
static const char *elf_file(
    const char *name, unsigned char data, unsigned type, unsigned machine, const char *loader)
{
	unsigned char bytes[512] = {0x7f, 'E', 'L', 'F', ELFCLASS64, data, EV_CURRENT};
	bool big = data == ELFDATA2MSB;

	bytes[big ? 17 : 16] = (unsigned char)type;
	bytes[big ? 19 : 18] = (unsigned char)machine;
	bytes[big ? 39 : 32] = 64; /* the table */
	bytes[big ? 55 : 54] = 56;
	bytes[big ? 57 : 56] = loader != NULL;
	if (loader != NULL) {
		bytes[big ? 67 : 64] = PT_INTERP;
		bytes[big ? 79 : 72] = 120;
		bytes[big ? 103 : 96] = (unsigned char)(strlen(loader) + 1);
		strcpy((char *)bytes + 120, loader);
	}
	return file(name, (const char *)bytes, sizeof(bytes), 0755);
}

static unsigned own_machine(void)
{
	Elf64_Ehdr head;
	FILE *self = fopen("/proc/self/exe", "r");
	size_t got = fread(&head, 1, sizeof(head), self);

	fclose(self);
	return got == sizeof(head) ? head.e_machine : 0;
}

/* Of a machine that is not this one's. */
static unsigned other_machine(void)
{
	return own_machine() == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
}

/* `says`: both parts have to be in the message. */
static void refused(const char *name, enum status status, const char *says, const char *more)
{
	struct error err = {0};

	ok(!executable_check(name, &err), "%s is refused", name);
	is_int(err.status, status, "its status");
	ok(text_starts(err.message, "cannot execute '"), "%s", err.message);
	ok(strstr(err.message, says) != NULL, "it says: %s", says);
	ok(more == NULL || strstr(err.message, more) != NULL, "and: %s",
	    more != NULL ? more : "no more");
	ok(err.hint[0] != '\0' && strstr(err.hint, "{file}") == NULL, "what to do: %s", err.hint);
}

static void taken(const char *name)
{
	struct error err = {0};

	ok(executable_check(name, &err), "%s is taken: %s", name, err.message);
}

#define FILE_OF(name, text) file(name, text, sizeof(text) - 1, 0755)

static void test_scripts(void)
{
	const char *sh = FILE_OF("sh", "#!/bin/sh\n"), *through;

	taken(sh);
	taken(FILE_OF("none", "echo no line\n"));
	taken(FILE_OF("empty", ""));
	taken(FILE_OF("comment", "# a comment\necho\n"));
	taken(FILE_OF("no-interpreter", "#!\necho\n"));
	taken(FILE_OF("env", "#!/usr/bin/env sh\n"));
	taken(FILE_OF("env-split", "#!/usr/bin/env -S sh -e\n"));
	taken(FILE_OF("utf8", "# \xc3\xa9\necho\n"));
	refused(
	    FILE_OF("crlf", "#!/bin/sh\r\necho\r\n"), 127, "its first line ends in CR LF", NULL);
	refused(FILE_OF("crlf-argument", "#!/bin/sh -e\r\n"), 126, "its first line ends in CR LF",
	    NULL);
	refused(FILE_OF("crlf-env", "#!/usr/bin/env sh\r\n"), 127, "its first line ends in CR LF",
	    NULL);
	taken(FILE_OF("crlf-perl", "#!/bin/cat -w\r\n"));
	refused(FILE_OF("missing", "#!/opt/none/python\n"), 127,
	    "its interpreter /opt/none/python: no such file", NULL);
	refused(FILE_OF("missing-relative", "#!none/python -u\n"), 127,
	    "its interpreter none/python: no such file", NULL);
	refused(FILE_OF("missing-env", "#!/usr/bin/env python9\n"), 127,
	    "env python9: not found in PATH", NULL);
	refused(FILE_OF("words-env", "#!/usr/bin/env sh -e\n"), 127, "env sh -e: not found in PATH",
	    NULL);
	refused(FILE_OF("env-split-missing", "#!/usr/bin/env -S A=b python9 -u\n"), 127,
	    "env python9", NULL);
	refused(FILE_OF("bom", "\xef\xbb\xbf#!/bin/sh\n"), 126, "byte order mark", NULL);
	refused(FILE_OF("utf16", "\xff\xfe#\0!\0"), 126, "UTF-16", NULL);
	refused(FILE_OF("binary", "\1\2\0\3"), 126, "not text", NULL);
	refused(FILE_OF("windows", "MZ\220\0\3"), 126, "a Windows program", NULL);
	refused(FILE_OF("jar", "PK\3\4\24\0"), 126, "an archive", NULL);
	refused(FILE_OF("gzip", "\x1f\x8b\x08"), 126, "compressed", NULL);
	through = arena_printf(&arena, "#!%s\n", file("plain", "#!/bin/sh\n", 10, 0644));
	refused(file("through", through, strlen(through), 0755), 126, "its interpreter ",
	    "may not execute it (mode 0644)");
	through = arena_printf(&arena, "#!%s\n", file_join(&arena, scratch, "missing"));
	refused(file("twice", through, strlen(through), 0755), 127,
	    "its interpreter /opt/none/python", NULL);
	through = arena_printf(&arena, "#!%s\n", file_join(&arena, scratch, "loop"));
	refused(file("loop", through, strlen(through), 0755), 126,
	    "a chain of interpreters that is too long", NULL);
}

static void test_programs(void)
{
	unsigned own = own_machine(), other = other_machine();

	taken("/bin/true");
	taken("/proc/self/exe");
	refused(elf_file("other", ELFDATA2LSB, ET_EXEC, other, NULL), 126, "is a program for ",
	    "and this machine is ");
	refused(elf_file("other-loader", ELFDATA2LSB, ET_DYN, other, "/lib/none"), 126,
	    "is a program for ", NULL);
	refused(elf_file("big", ELFDATA2MSB, ET_EXEC, EM_S390, NULL), 126, "is a program for IBM Z",
	    NULL);
	refused(
	    elf_file("unknown", ELFDATA2LSB, ET_EXEC, 251, NULL), 126, "for another machine", NULL);
	refused(elf_file("object", ELFDATA2LSB, ET_REL, own, NULL), 126, "is an object file", NULL);
	refused(elf_file("core", ELFDATA2LSB, ET_CORE, own, NULL), 126, "is a core dump", NULL);
	refused(FILE_OF("cut", "\177ELF\2\1\1"), 126, "is truncated", NULL);
	refused(elf_file("musl", ELFDATA2LSB, ET_DYN, own, "/lib/ld-musl-none.so.1"), 127,
	    "its loader /lib/ld-musl-none.so.1: no such file", NULL);
	refused(elf_file("glibc", ELFDATA2LSB, ET_DYN, own, "/lib64/ld-linux-none.so.2"), 127,
	    "its loader /lib64/ld-linux-none.so.2: no such file", NULL);
	refused(elf_file("loader-mode", ELFDATA2LSB, ET_DYN, own, "/etc/passwd"), 126,
	    "its loader /etc/passwd: ", "may not execute it");
	refused(elf_file("loader-directory", ELFDATA2LSB, ET_DYN, own, "/etc"), 126,
	    "its loader /etc: is a directory", NULL);
}

static void test_places(void)
{
	const char *script = FILE_OF("bin/ownscript", "#!/bin/sh\n");
	const char *broken = FILE_OF("first/ownscript", "#!/opt/none/python\n");
	const char *path = arena_printf(&arena, "%s:%s/bin", getenv("PATH"), scratch);
	struct error err = {0};

	file("first/plain", "x", 1, 0644);
	refused(scratch, 126, "is a directory", NULL);
	refused("/dev/null", 126, "is not a regular file", NULL);
	refused("/none/at/all", 127, "no such file or directory", NULL);
	refused(arena_printf(&arena, "%s/x", script), 127, "no such file or directory", NULL);
	refused(file("mode", "#!/bin/sh\n", 10, 0644), 126, "may not execute it (mode 0644)", NULL);
	ok(symlink("/none/target", file_join(&arena, scratch, "dangling")) == 0, "a link");
	refused(
	    file_join(&arena, scratch, "dangling"), 127, "a symbolic link to /none/target", NULL);
	ok(symlink("circle", file_join(&arena, scratch, "circle")) == 0, "a link to itself");
	ok(!executable_check(file_join(&arena, scratch, "circle"), &err) && err.status == 126, "%s",
	    err.message);

	refused("", 127, "the command is an empty string", NULL);
	refused("ownscript", 127, "not found in PATH, which is ", getenv("PATH"));
	refused("python main.py", 127, "not found in PATH", NULL);
	ok(!executable_check("python main.py", &err) && strstr(err.hint, "-- python main.py"), "%s",
	    err.hint);
	ok(!executable_check("echo hi && true", &err) && strstr(err.hint, "sh -c"), "%s", err.hint);
	ok(!executable_check("exec", &err) && strstr(err.hint, "sh -c"), "%s", err.hint);
	ok(!executable_check("mkdri", &err) && strstr(err.hint, "Did you mean: mkdir"), "%s",
	    err.hint);
	setenv("PATH", path, 1);
	taken("ownscript");
	setenv("PATH", arena_printf(&arena, "%s/first:%s", scratch, path), 1);
	taken("ownscript");
	refused("plain", 126, "first/plain: ", "may not execute it");
	setenv("PATH", file_directory(&arena, broken), 1);
	refused("ownscript", 127, "first/ownscript: its interpreter /opt/none/python", NULL);
	ok(chdir(file_directory(&arena, script)) == 0, "where the script is");
	refused("none", 127, "not found", NULL);
	setenv("PATH", "", 1);
	taken("ownscript");
	setenv("PATH", "/none:", 1);
	taken("ownscript");
	setenv("PATH", "/none::/nothing", 1);
	taken("ownscript");
	setenv("PATH", "/none", 1);
	refused("ownscript", 127, "not found in PATH, which is /none", NULL);
	taken("./ownscript");
	unsetenv("PATH");
	taken("sh");
}

static void test_formats(void)
{
	const char *magic = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0";

	scratch_file(&arena, "formats/register", "", 0600);
	scratch_file(&arena, "formats/status", "enabled\n", 0600);
	scratch_file(&arena, "formats/qemu-aarch64",
	    "enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: F\noffset 0\n"
	    "magic 7f454c460201010000000000000000000200b700\n"
	    "mask ffffffffffffff00fffffffffffffffffeffffff\n",
	    0600);
	scratch_file(&arena, "formats/off",
	    "disabled\ninterpreter /x\nflags: \noffset 0\nmagic 7878\n", 0600);
	scratch_file(&arena, "formats/later",
	    "enabled\ninterpreter /x\nflags: \noffset 2\nmagic 4142\n", 0600);
	scratch_file(&arena, "formats/exe",
	    "enabled\ninterpreter /usr/bin/wine\nflags: \nextension .exe\n", 0600);
	{
		const char *directory = file_join(&arena, scratch, "formats");

		ok(binfmt_takes(directory, "app", magic, 20), "by its first bytes");
		ok(!binfmt_takes(directory, "app", magic, 19), "but not by fewer");
		ok(!binfmt_takes(directory, "app", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0", 20),
		    "nor by others");
		ok(binfmt_takes(directory, "app", "\177ELF\2\1\1\7\0\0\0\0\0\0\0\0\3\0\267\0", 20),
		    "where the mask lets them");
		ok(binfmt_takes(directory, "app", "xxAB", 4), "somewhere behind");
		ok(!binfmt_takes(directory, "app", "xx", 2), "not what is turned off");
		ok(binfmt_takes(directory, "a/b.exe", "MZ", 2), "by its extension");
		ok(!binfmt_takes(directory, "a/b", "MZ", 2), "and no other");
		ok(!binfmt_takes(file_join(&arena, scratch, "nowhere"), "a.exe", "MZ", 2),
		    "where there are none");
	}
}

/* What it becomes, as an exit status. */
static int run(const char *path, const char *argument)
{
	char *argv[] = {arena_strdup(&arena, path), arena_strdup(&arena, argument), NULL};
	struct error err = {0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		executable_run(argv, &err);
		_exit((int)err.status);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_runs(void)
{
	is_int(run(FILE_OF("run", "#!/bin/sh\nexit $1\n"), "7"), 7, "a script");
	is_int(run(FILE_OF("run-plain", "exit $1\n"), "8"), 8, "one without an interpreter");
	is_int(run(FILE_OF("run-empty", ""), "8"), 0, "an empty one");
	is_int(run(elf_file("run-other", ELFDATA2LSB, ET_EXEC, other_machine(), NULL), "8"), 126,
	    "a program for another machine is not run by the shell");
	is_int(run(FILE_OF("run-bom", "\xef\xbb\xbf#!/bin/sh\nexit 9\n"), "8"), 126,
	    "nor what hides its interpreter");
	is_int(run(FILE_OF("run-binary", "exit 9\0\n"), "8"), 126, "nor what is binary");
	is_int(
	    run(FILE_OF("run-crlf", "#!/bin/sh\r\n"), "8"), 127, "an interpreter that is missing");
	is_int(run("", "8"), 127, "an empty word");
	setenv("PATH", scratch, 1);
	is_int(run("run-plain", "8"), 8, "by PATH");
	is_int(run("none-such", "8"), 127, "or not");
}

int main(void)
{
	scratch_make();
	test_lines();
	test_env();
	test_scripts();
	test_programs();
	test_formats();
	test_places();
	test_runs();
	arena_free(&arena);
	return tap_done();
}
