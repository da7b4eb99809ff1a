/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal_args.h"

#include <ctype.h>
#include <dirent.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
add(struct eal_args *a, const char *format, ...)
{
	size_t left = sizeof(a->room) - a->used;
	va_list args;
	int n;

	if (a->argc == EAL_ARGS_MAX)
		return;
	va_start(args, format);
	n = vsnprintf(a->room + a->used, left, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= left)
		return;
	a->argv[a->argc++] = a->room + a->used;
	a->argv[a->argc] = NULL;
	a->used += (size_t)n + 1;
}

bool
eal_args_is_pci(const char *device)
{
	unsigned int domain, bus, slot, function;

	return isxdigit((unsigned char)device[0]) &&
	       (sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) == 4 ||
		sscanf(device, "%x:%x.%x", &bus, &slot, &function) == 3);
}

/* MiB in free hugepages of all sizes. */
static unsigned long
free_hugepages_mb(void)
{
	static const char dir[] = "/sys/kernel/mm/hugepages";
	unsigned long sum = 0, kb, pages;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char path[300];
		FILE *f;

		if (sscanf(entry->d_name, "hugepages-%lukB", &kb) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/%.200s/free_hugepages", dir, entry->d_name);
		f = fopen(path, "re");
		if (f != NULL && fscanf(f, "%lu", &pages) == 1)
			sum += pages * kb / 1024;
		if (f != NULL)
			fclose(f);
	}
	if (d != NULL)
		closedir(d);
	return sum;
}

static bool
hugetlbfs_is_mounted(void)
{
	FILE *f = setmntent("/proc/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (f != NULL && !found && (m = getmntent(f)) != NULL)
		found = strcmp(m->mnt_type, "hugetlbfs") == 0;
	if (f != NULL)
		endmntent(f);
	return found;
}

static bool
decide_hugepages(struct eal_args *a, const struct config_file_dataplane *f, char *error,
		 size_t error_size)
{
	unsigned long mb = free_hugepages_mb();
	bool mounted = hugetlbfs_is_mounted();

	a->huge = f->hugepages != CONFIG_HUGEPAGES_OFF && mounted && mb >= f->memory_mb;
	if (a->huge || f->hugepages != CONFIG_HUGEPAGES_REQUIRE)
		return true;
	if (!mounted)
		snprintf(error, error_size,
			 "dataplane.hugepages is 'require', but no hugetlbfs is "
			 "mounted: mount -t hugetlbfs none /dev/hugepages");
	else
		snprintf(error, error_size,
			 "dataplane.hugepages is 'require', but only %lu of %u MiB "
			 "are free: echo %u > "
			 "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
			 mb, f->memory_mb, (f->memory_mb + 1) / 2);
	return false;
}

static void
add_cores(struct eal_args *a, const struct config_file_dataplane *f)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (f->cores != NULL)
		add(a, "--lcores=%s", f->cores);
	else /* not pinned: every thread may run anywhere */
		add(a, "--lcores=(0-%u)@(0-%ld)", f->workers, cpus - 1);
}

bool
eal_args_make(struct eal_args *a, const struct config *config, char *error, size_t error_size)
{
	const struct config_file_dataplane *f = &config->file->dataplane;
	bool pci = false;

	memset(a, 0, sizeof(*a));
	if (!decide_hugepages(a, f, error, error_size))
		return false;
	add(a, "viaduct-dataplane");
	add(a, "--file-prefix=viaduct-%s", config->file->instance);
	add_cores(a, f);
	/* net_tap complains about queueing disciplines that it can do without; port.c tells the
	 * rest */
	add(a, "--log-level=pmd.net.tap:alert");
	add(a, "--log-level=lib.telemetry:error");
	add(a, "--log-level=*:warning"); /* last: EAL lets the earlier ones win */
	if (a->huge) {
		add(a, "--socket-mem=%u", f->memory_mb);
	} else {
		add(a, "--no-huge");
		add(a, "--no-shconf");
		add(a, "-m");
		add(a, "%u", f->memory_mb);
	}
	for (unsigned int i = 0; i < config->port_count; i++) {
		if (!eal_args_is_pci(config->port[i].file->device))
			continue;
		add(a, "-a");
		add(a, "%s", config->port[i].file->device);
		pci = true;
	}
	if (!pci)
		add(a, "--no-pci");
	for (unsigned int i = 0; i < f->eal_count; i++)
		add(a, "%s", f->eal[i]);
	return true;
}
