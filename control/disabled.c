/* SPDX-License-Identifier: BSD-3-Clause */
#include "disabled.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aor_text.h"
#include "private_file.h"
#include "sip/uri.h"

enum { LINE = DISABLED_AOR_MAX + 8, USUAL_STATUS = 480 };

static void
path_of(const struct config *config, char *path, size_t size)
{
	snprintf(path, size, "%s/disabled-aors", config->state_dir);
}

/* ---- the file ---- */

static void
read_lines(FILE *f, const char *path, struct disabled *d)
{
	char aor[DISABLED_AOR_MAX + 1], rest[2], *text = NULL;
	size_t size = 0;
	unsigned int status;

	for (unsigned int line = 1; getline(&text, &size, f) >= 0; line++)
		if (sscanf(text, "%3u %248s %1s", &status, aor, rest) != 2 ||
		    !disabled_add(d, slice_str(aor), (uint16_t)status))
			fprintf(stderr,
				"viaduct-control: %s:%u: left out: want a line such as \"480 "
				"sip:alice@example.com\", at most %d\n",
				path, line, DISABLED_MAX);
	free(text);
}

static bool
store(const char *path, const struct disabled *d)
{
	int fd = private_file_begin(path);
	bool fine = fd >= 0;
	char line[LINE];

	for (uint32_t i = 0; fine && i < d->count; i++) {
		int n = snprintf(line, sizeof(line), "%u %.*s\n", d->row[i].status,
				 (int)d->row[i].len, d->row[i].aor);

		fine = private_file_write(fd, line, (size_t)n);
	}
	if (fine)
		return private_file_commit(fd, path, NULL);
	if (fd >= 0)
		private_file_abort(fd, path);
	return false;
}

bool
disabled_open(const struct config *config, struct disabled *now, char *message, size_t size)
{
	enum segment_error error;
	char path[256];
	FILE *f;

	memset(now, 0, sizeof(*now));
	path_of(config, path, sizeof(path));
	f = fopen(path, "re");
	if (f == NULL && errno != ENOENT) {
		snprintf(message, size, "%s: %s", path, strerror(errno));
		return false;
	}
	if (f != NULL) {
		read_lines(f, path, now);
		fclose(f);
	}
	error = disabled_publish(config->shm_dir, now);
	if (error != SEGMENT_OK)
		snprintf(message, size, "disabled AORs: %s", segment_error_text(error));
	return error == SEGMENT_OK;
}

/* ---- orders ---- */

static json_t *
refuse(const char *format, const char *what)
{
	char text[400];

	snprintf(text, sizeof(text), format, what);
	return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

static json_t *
list(const struct disabled *now)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; i < now->count; i++)
		json_array_append_new(rows, json_pack("{s:s#, s:i}", "aor", now->row[i].aor,
						      (int)now->row[i].len, "status",
						      (int)now->row[i].status));
	return json_pack("{s:b, s:o}", "ok", 1, "aors", rows);
}

/* It would have no effect: requests for other domains are not looked up here. */
static bool
is_of_ours(const struct config *config, struct slice aor)
{
	const struct config_file *f = config->file;
	struct sip_uri uri;

	if (!sip_uri_decode(aor, &uri))
		return false;
	for (unsigned int i = 0; i < f->domains_count; i++)
		if (slice_eq_nocase(slice_str(f->domains[i]), uri.host))
			return true;
	return false;
}

/* NULL, or the refusal. */
static json_t *
change(const struct config *config, struct disabled *next, struct slice aor, const char *command,
       const json_t *request)
{
	json_int_t status = json_integer_value(json_object_get(request, "status"));
	char text[DISABLED_AOR_MAX + 1];

	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(aor));
	if (strcmp(command, "enable-aor") == 0)
		return disabled_remove(next, aor) ? NULL : refuse("'%s' is not disabled", text);
	if (!is_of_ours(config, aor))
		return refuse("'%s' is of no domain of this engine (domains), so that it is not "
			      "looked up here",
			      text);
	status = json_object_get(request, "status") != NULL ? status : USUAL_STATUS;
	if (status != 403 && status != 480)
		return refuse("%s: want status 480 or 403", text);
	if (!disabled_add(next, aor, (uint16_t)status))
		return refuse("'%s' is one too many: 256 can be disabled at once", text);
	return NULL;
}

json_t *
disabled_order(const struct config *config, struct disabled *now, const char *command,
	       const json_t *request)
{
	const char *word = json_string_value(json_object_get(request, "aor"));
	char room[DISABLED_AOR_MAX], path[256];
	static struct disabled next;
	enum segment_error error;
	struct slice aor;
	json_t *refusal;

	if (strcmp(command, "list-aors") == 0)
		return list(now);
	aor = aor_text_read(word != NULL ? word : "", room, sizeof(room));
	if (aor.ptr == NULL)
		return refuse("'%.200s': want an address of record such as sip:alice@example.com, "
			      "of at most 248 characters",
			      word != NULL ? word : "");
	next = *now;
	refusal = change(config, &next, aor, command, request);
	if (refusal != NULL)
		return refusal;
	/* at once first; if it cannot be kept as well, that is said */
	error = disabled_publish(config->shm_dir, &next);
	if (error != SEGMENT_OK)
		return refuse("%s", segment_error_text(error));
	*now = next;
	path_of(config, path, sizeof(path));
	if (!store(path, now))
		return refuse("it is in force, but not kept on disk, and forgotten when control "
			      "ends: disabled-aors: %s",
			      strerror(errno));
	return json_pack("{s:b, s:s#}", "ok", 1, "aor", aor.ptr, (int)aor.len);
}
