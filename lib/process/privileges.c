/* SPDX-License-Identifier: BSD-3-Clause */
#include "process/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cap-ng.h>

static bool
refused(char *message, size_t size)
{
	snprintf(message, size, "privileges cannot be dropped: start as root, or without 'user'");
	return false;
}

/* Keep those of `wanted` that we have (a container may lack some), and no others. */
static void
select_caps(const unsigned int *wanted, size_t count)
{
	bool have[64] = { false };

	capng_get_caps_process();
	for (size_t i = 0; i < count; i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, wanted[i]) != 0;
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < count; i++)
		if (have[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, wanted[i]);
}

#define SELECT(...)                                                                                \
	select_caps((const unsigned int[]){ __VA_ARGS__ },                                         \
		    sizeof((const unsigned int[]){ __VA_ARGS__ }) / sizeof(unsigned int))

bool
privileges_drop_control(const char *user, char *message, size_t size)
{
	const struct passwd *pw = user != NULL ? getpwnam(user) : NULL;

	if (geteuid() != 0)
		return true;
	SELECT(CAP_NET_ADMIN);
	if (user == NULL)
		return capng_apply(CAPNG_SELECT_CAPS) == 0 || refused(message, size);
	if (pw == NULL || capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
					  CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0)
		return refused(message, size);
	return true;
}

bool
privileges_become_owner(const char *path, char *message, size_t size)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (stat(path, &st) == 0 &&
	    (st.st_uid == 0 ||
	     (setgroups(0, NULL) == 0 && setresgid(st.st_gid, st.st_gid, st.st_gid) == 0 &&
	      setresuid(st.st_uid, st.st_uid, st.st_uid) == 0)))
		return true;
	snprintf(message, size, "%s: its owner's work cannot be done: %s", path, strerror(errno));
	return false;
}

bool
privileges_drop_before_ports(char *message, size_t size)
{
	/* SYS_ADMIN and BPF for AF_XDP and the page map, SYS_RAWIO for PCI devices */
	SELECT(CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, CAP_DAC_OVERRIDE, CAP_SYS_NICE,
	       CAP_SYS_ADMIN, CAP_SYS_RAWIO, CAP_SYS_RESOURCE, CAP_BPF);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 || refused(message, size);
}

bool
privileges_drop_dataplane(char *message, size_t size)
{
	SELECT(CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, CAP_DAC_OVERRIDE, CAP_SYS_NICE);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 || refused(message, size);
}
