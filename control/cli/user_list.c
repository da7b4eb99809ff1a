/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/user_list.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "users/user_source.h"

struct listing {
	const struct cli_options *o;
	const char *pattern, *unit;
	struct digest_context *digest;
	uint64_t bad;
	struct user user;
};

static const struct {
	uint8_t bit;
	const char *name;
} algorithms[] = {
	{ CREDENTIALS_MD5, "MD5" },
	{ CREDENTIALS_SHA_256, "SHA-256" },
	{ CREDENTIALS_SHA_512_256, "SHA-512-256" },
};

enum { ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

static bool
is_like(const char *pattern, struct slice text)
{
	char copy[USER_TEXT_MAX + 1];

	snprintf(copy, sizeof(copy), "%.*s", SLICE_FMT(text));
	return fnmatch(pattern, copy, 0) == 0;
}

static bool
is_wanted(const struct listing *l, const struct credentials *user)
{
	struct slice list = user->aors, aor;
	char name[2 * USER_NAME_MAX + 2];

	if (l->pattern == NULL)
		return true;
	snprintf(name, sizeof(name), "%.*s@%.*s", SLICE_FMT(user->username),
		 SLICE_FMT(user->realm));
	if (is_like(l->pattern, slice_str(name)))
		return true;
	while (list.len > 0) {
		aor = slice_cut(&list, ' ');
		if (is_like(l->pattern, aor) ||
		    is_like(l->pattern, slice_of(aor.ptr + 4, aor.len - 4)))
			return true;
	}
	return false;
}

static void
print_json(const struct credentials *user)
{
	json_t *known = json_array(), *aors = json_array();
	struct slice list = user->aors;

	for (size_t i = 0; i < ALGORITHMS; i++)
		if ((user->have & algorithms[i].bit) != 0)
			json_array_append_new(known, json_string(algorithms[i].name));
	while (list.len > 0) {
		struct slice aor = slice_cut(&list, ' ');

		json_array_append_new(aors, cli_json_text(aor.ptr, aor.len));
	}
	cli_print(json_pack("{s:o, s:o, s:o, s:o}", "username",
			    cli_json_text(user->username.ptr, user->username.len), "realm",
			    cli_json_text(user->realm.ptr, user->realm.len), "algorithms", known,
			    "aors", aors));
}

static void
print_line(const struct credentials *user)
{
	const char *between = "";

	printf("%.*s@%.*s  ", SLICE_FMT(user->username), SLICE_FMT(user->realm));
	for (size_t i = 0; i < ALGORITHMS; i++) {
		if ((user->have & algorithms[i].bit) == 0)
			continue;
		printf("%s%s", between, algorithms[i].name);
		between = ",";
	}
	printf("  %.*s\n", SLICE_FMT(user->aors));
}

static bool
on_row(const struct user_row *row, void *context)
{
	struct listing *l = context;
	char fault[USER_FAULT_MAX];

	if (!user_resolve(&l->user, row, l->digest, fault)) {
		l->bad++;
		fprintf(stderr, "viaduct: %s %llu: %s\n", l->unit, (unsigned long long)row->number,
			fault);
	} else if (is_wanted(l, &l->user.is)) {
		if (l->o->json)
			print_json(&l->user.is);
		else
			print_line(&l->user.is);
	}
	return ferror(stdout) == 0;
}

int
cli_user_list(const struct cli_options *o, const struct config *config, const char *pattern)
{
	static atomic_bool stop;
	static struct listing l;
	char message[320] = "no memory";
	struct user_source *source = user_source_open(config, &stop, message, sizeof(message));
	bool fine = false;

	l = (struct listing){ .o = o, .pattern = pattern, .digest = digest_context_new() };
	if (source != NULL && l.digest != NULL) {
		l.unit = source->unit;
		fine = source->ops->read(source, on_row, &l, message, sizeof(message));
	}
	user_source_close(source);
	digest_context_free(l.digest);
	if (!fine)
		fprintf(stderr, "viaduct: %s\n", message);
	return fine && l.bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
