/* readfiles DIRECTORY: the least that reading a directory of files can be: each is opened, read to
 * its end, and closed. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool read_file(int directory, const char *name)
{
	static char buffer[64 << 10];
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	while ((length = read(fd, buffer, sizeof(buffer))) > 0)
		;
	close(fd);
	return length == 0;
}

int main(int argc, char **argv)
{
	DIR *directory = opendir(argc > 1 ? argv[1] : ".");
	const struct dirent *entry;
	bool good = directory != NULL;

	while (good && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			good = read_file(dirfd(directory), entry->d_name);
	if (!good)
		perror("readfiles");
	if (directory != NULL)
		closedir(directory);
	return !good;
}
