/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands in for a fuzzer: replay FILE|FOLDER... gives every file, and every file in or below a
 * folder, to the target once. Built by any compiler, so its inputs are tried with every build.
 */
#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

enum { INPUT_MAX = 1024 * 1024, FOLDERS_OPEN = 16 };

/* The first octet that cannot be read; INPUT_MAX octets before it can. */
static char *wall;
static unsigned int inputs;

static void
make_wall(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, INPUT_MAX + page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(map != MAP_FAILED);
	wall = map + INPUT_MAX;
	MUST(mprotect(wall, page, PROT_NONE) == 0);
}

/* At the wall, where any build sees one octet too far; in a block of its own for sanitizers. */
static void
run(const char *bytes, size_t size)
{
	uint8_t *block = malloc(size > 0 ? size : 1);

	MUST(block != NULL);
	memcpy(block, bytes, size);
	memcpy(wall - size, bytes, size);
	LLVMFuzzerTestOneInput((const uint8_t *)wall - size, size);
	LLVMFuzzerTestOneInput(block, size);
	free(block);
	inputs++;
}

static int
replay(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	static char bytes[INPUT_MAX + 1];
	size_t size;
	FILE *f;

	(void)stat;
	(void)ftw;
	if (type != FTW_F)
		return type == FTW_D ? 0 : EIO;
	f = fopen(path, "rb");
	if (f == NULL)
		return errno;
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	if (size > INPUT_MAX)
		return EFBIG;
	/* First its name: the last one that stands there is the one that did it. */
	puts(path);
	fflush(stdout);
	run(bytes, size);
	return 0;
}

int
main(int argc, char **argv)
{
	make_wall();
	for (int i = 1; i < argc; i++) {
		int error = nftw(argv[i], replay, FOLDERS_OPEN, FTW_PHYS);

		if (error != 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(error < 0 ? errno : error));
			return 1;
		}
	}
	printf("%u inputs\n", inputs);
	return inputs > 0 ? 0 : 1;
}
