/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "sip/check.h"
#include "sip/field/field.h"
#include "sip/multipart.h"

enum { FILE_MAX = 1 << 16 };

/* One file, read and judged. */
struct inspected {
	const char *file;
	char bytes[FILE_MAX + 1];
	size_t len;
	struct sip_message msg;
	struct sip_fields fields;
	enum sip_fault fault;
	struct sip_multipart_limits limits;
	json_t *notes;     /* sentences; none of them changes the verdict */
	json_t *multipart; /* its parts and what is wrong with them; null for any other body */
};

static bool
has_index(const struct inspected *x)
{
	return x->fault != SIP_FAULT_EMPTY && x->fault != SIP_FAULT_NOT_SIP;
}

static bool
header_is_valid(const struct inspected *x, const struct sip_header *h)
{
	enum sip_header_id id = sip_header_id(h);

	return id == SIP_HDR_OTHER || sip_field_is_valid(id, sip_header_value(&x->msg, h));
}

static void
note_headers(struct inspected *x)
{
	for (unsigned int i = 0; i < x->msg.header_count; i++) {
		const struct sip_header *h = &x->msg.header[i];

		if (!header_is_valid(x, h))
			json_array_append_new(
				x->notes, json_sprintf("%.*s at %u: not as %s has it", h->name_len,
						       x->msg.base + h->line_off, h->line_off,
						       sip_field_info(sip_header_id(h))->source));
	}
}

static json_t *
json_part(const struct inspected *x, const struct sip_multipart_part *part, unsigned int depth)
{
	struct slice type = part->field[SIP_MIME_CONTENT_TYPE];
	json_t *row = json_object();

	json_object_set_new(row, "depth", json_integer(depth));
	json_object_set_new(row, "offset", json_integer(part->content.ptr - x->msg.base));
	json_object_set_new(row, "length", json_integer((json_int_t)part->content.len));
	json_object_set_new(row, "content_type",
			    type.ptr != NULL ? cli_json_text(type.ptr, type.len) : json_null());
	return row;
}

/* A body that is encoded as a whole has no boundaries that could be seen. */
static bool
body_is_plain(const struct inspected *x)
{
	struct slice encoding = sip_header_get(&x->msg, SIP_HDR_CONTENT_ENCODING);

	return encoding.ptr == NULL || slice_eq_nocase(encoding, SLICE("identity"));
}

static void
take_parts(struct inspected *x)
{
	struct slice type = sip_header_get(&x->msg, SIP_HDR_CONTENT_TYPE);
	struct sip_multipart_walk walk;
	struct sip_multipart_part part;
	json_t *parts;

	if (type.ptr == NULL || !body_is_plain(x))
		return;
	sip_multipart_walk_init(&walk, sip_body(&x->msg), type, &x->limits);
	if (walk.fault == SIP_MULTIPART_NOT_MULTIPART || walk.fault == SIP_MULTIPART_CONTENT_TYPE)
		return;
	parts = json_array();
	while (sip_multipart_walk_next(&walk, &part))
		json_array_append_new(parts, json_part(x, &part, walk.depth));
	x->multipart = json_object();
	json_object_set_new(x->multipart, "parts", parts);
	json_object_set_new(x->multipart, "fault", json_null());
	if (walk.fault == SIP_MULTIPART_NONE)
		return;
	json_object_set_new(x->multipart, "fault",
			    json_string(sip_multipart_fault_text(walk.fault)));
	json_array_append_new(x->notes, json_sprintf("body at %u: %s", x->msg.body_off,
						     sip_multipart_fault_text(walk.fault)));
}

/* What a proxy forwards as it is (RFC 4475 §3.1.2.12), and people may want to know. */
static void
look_further(struct inspected *x)
{
	x->notes = json_array();
	x->multipart = json_null();
	if (!has_index(x))
		return;
	note_headers(x);
	take_parts(x);
}

static bool
inspect(struct inspected *x, const char *file)
{
	static const struct sip_limits limits;
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");

	if (f == NULL) {
		fprintf(stderr, "viaduct: %s: %s\n", file, strerror(errno));
		return false;
	}
	x->file = file;
	x->len = fread(x->bytes, 1, sizeof(x->bytes), f);
	if (ferror(f)) {
		fprintf(stderr, "viaduct: %s: %s\n", file, strerror(errno));
		if (f != stdin)
			fclose(f);
		return false;
	}
	if (f != stdin)
		fclose(f);
	x->fault = sip_message_index(slice_of(x->bytes, x->len), &x->msg);
	x->fault = sip_message_check(&x->msg, x->fault, &limits, &x->fields);
	if (x->fault == SIP_FAULT_NONE)
		x->fault = sip_message_check_forwarding(&x->msg, &x->fields);
	look_further(x);
	return true;
}

static json_t *
json_headers(const struct inspected *x)
{
	json_t *list = json_array();

	for (unsigned int i = 0; has_index(x) && i < x->msg.header_count; i++) {
		const struct sip_header *h = &x->msg.header[i];
		struct slice value = sip_header_value(&x->msg, h);
		json_t *row = json_object();

		json_object_set_new(row, "name",
				    cli_json_text(x->msg.base + h->line_off, h->name_len));
		json_object_set_new(row, "value", cli_json_text(value.ptr, value.len));
		json_object_set_new(row, "valid",
				    sip_header_id(h) == SIP_HDR_OTHER
					    ? json_null()
					    : json_boolean(header_is_valid(x, h)));
		json_array_append_new(list, row);
	}
	return list;
}

/* For a refusal the phrase that goes out, else the sentence. */
static const char *
reason_of(const struct inspected *x, enum sip_verdict verdict)
{
	const struct sip_fault_info *info = sip_fault_info(x->fault);

	return verdict == SIP_REJECT ? info->phrase.ptr : info->text;
}

static void
print_json(const struct inspected *x)
{
	enum sip_verdict verdict = sip_fault_verdict(&x->msg, x->fault);
	const struct sip_fault_info *info = sip_fault_info(x->fault);
	struct slice method =
		has_index(x) ? sip_span_slice(&x->msg, x->msg.method_text) : SLICE_ABSENT;
	json_t *object = json_object();

	json_object_set_new(object, "file", json_string(x->file));
	json_object_set_new(object, "verdict", json_string(sip_verdict_name(verdict)));
	json_object_set_new(object, "status",
			    verdict == SIP_REJECT ? json_integer(info->status) : json_null());
	json_object_set_new(object, "reason", json_string(reason_of(x, verdict)));
	json_object_set_new(object, "detail", json_string(info->text));
	json_object_set_new(object, "method",
			    method.len > 0 ? cli_json_text(method.ptr, method.len) : json_null());
	json_object_set_new(object, "response",
			    has_index(x) && x->msg.status != 0 && x->msg.status < 700
				    ? json_integer(x->msg.status)
				    : json_null());
	json_object_set_new(object, "headers", json_headers(x));
	json_object_set(object, "notes", x->notes);
	json_object_set(object, "multipart", x->multipart);
	cli_print(object);
}

static void
print_parts(const struct inspected *x)
{
	const json_t *part, *parts = json_object_get(x->multipart, "parts");
	size_t i;

	json_array_foreach(parts, i, part)
	{
		const char *type = json_string_value(json_object_get(part, "content_type"));

		printf("  %5lld  %*spart of %lld octets: %s\n",
		       (long long)json_integer_value(json_object_get(part, "offset")),
		       2 * (int)json_integer_value(json_object_get(part, "depth")), "",
		       (long long)json_integer_value(json_object_get(part, "length")),
		       type != NULL ? type : "no Content-Type");
	}
}

static void
print_notes(const struct inspected *x)
{
	const json_t *note;
	size_t i;

	json_array_foreach(x->notes, i, note)
		printf("  %5s  %s\n", "note", json_string_value(note));
}

static void
print_text(const struct inspected *x)
{
	enum sip_verdict verdict = sip_fault_verdict(&x->msg, x->fault);
	const struct sip_fault_info *info = sip_fault_info(x->fault);

	printf("%s: %s", x->file, sip_verdict_name(verdict));
	if (verdict == SIP_REJECT)
		printf(" %u %s", info->status, info->phrase.ptr);
	printf(": %s\n", info->text);
	if (!has_index(x))
		return;
	if (sip_is_request(&x->msg))
		printf("  request  %.*s %.*s\n",
		       SLICE_FMT(sip_span_slice(&x->msg, x->msg.method_text)),
		       SLICE_FMT(sip_span_slice(&x->msg, x->msg.uri)));
	else if (x->msg.status < 700)
		printf("  response %u %.*s\n", x->msg.status,
		       SLICE_FMT(sip_span_slice(&x->msg, x->msg.reason)));
	for (unsigned int i = 0; i < x->msg.header_count; i++) {
		const struct sip_header *h = &x->msg.header[i];
		enum sip_header_id id = sip_header_id(h);

		printf("  %5u  %-20.*s%s %.*s\n", h->line_off, h->name_len,
		       x->msg.base + h->line_off, id == SIP_HDR_OTHER ? "?" : " ",
		       SLICE_FMT(sip_header_value(&x->msg, h)));
	}
	printf("  %5u  body of %zu octets\n", x->msg.body_off, sip_body(&x->msg).len);
	print_parts(x);
	print_notes(x);
}

/* Take "OPTION N" out of `argv` if it is there. False when N is not 1 to `most`. */
static bool
take_limit(int *argc, char **argv, const char *option, long most, uint16_t *limit)
{
	for (int i = 0; i < *argc; i++) {
		const char *text = i + 1 < *argc ? argv[i + 1] : "";
		char *end;
		long number;

		if (strcmp(argv[i], option) != 0)
			continue;
		number = strtol(text, &end, 10);
		if (*end != '\0' || number < 1 || number > most) {
			fprintf(stderr, "viaduct: %s wants a number from 1 to %ld\n", option, most);
			return false;
		}
		*limit = (uint16_t)number;
		memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 2) * sizeof(*argv));
		*argc -= 2;
		i--;
	}
	return true;
}

static void
print(struct inspected *x, bool as_json)
{
	if (as_json)
		print_json(x);
	else
		print_text(x);
	json_decref(x->notes);
	json_decref(x->multipart);
}

int
cli_inspect(int argc, char **argv)
{
	static struct inspected x;
	struct cli_options o;
	int result = EXIT_SUCCESS;

	if (!take_limit(&argc, argv, "--multipart-depth", SIP_MULTIPART_DEPTH,
			&x.limits.max_depth) ||
	    !take_limit(&argc, argv, "--multipart-parts", UINT16_MAX, &x.limits.max_parts) ||
	    !cli_options_take(&o, argc, argv, INT_MAX))
		return CLI_USAGE;
	if (o.count == 0) {
		fprintf(stderr, "usage: viaduct inspect [--json] [--multipart-depth N] "
				"[--multipart-parts N] FILE...\n");
		return CLI_USAGE;
	}
	for (int i = 0; i < o.count; i++) {
		if (!inspect(&x, o.word[i]))
			result = EXIT_FAILURE;
		else
			print(&x, o.json);
	}
	return result;
}
