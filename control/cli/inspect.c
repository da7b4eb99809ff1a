/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "sip/check.h"

enum { FILE_MAX = 1 << 16 };

/* One file, read and judged. */
struct inspected {
	const char *file;
	char bytes[FILE_MAX + 1];
	size_t len;
	struct sip_message msg;
	struct sip_fields fields;
	enum sip_fault fault;
};

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
	return true;
}

static bool
has_index(const struct inspected *x)
{
	return x->fault != SIP_FAULT_EMPTY && x->fault != SIP_FAULT_NOT_SIP;
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
		has_index(x) ? sip_span_slice(&x->msg, x->msg.method_name) : SLICE_ABSENT;
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
	cli_print(object);
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
		       SLICE_FMT(sip_span_slice(&x->msg, x->msg.method_name)),
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
}

int
cli_inspect(int argc, char **argv)
{
	static struct inspected x;
	struct cli_options o;
	int result = EXIT_SUCCESS;

	if (!cli_options_take(&o, argc, argv))
		return EXIT_FAILURE;
	if (o.count == 0) {
		fprintf(stderr, "usage: viaduct inspect [--json] FILE...\n");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < o.count; i++) {
		if (!inspect(&x, o.word[i]))
			result = EXIT_FAILURE;
		else if (o.json)
			print_json(&x);
		else
			print_text(&x);
	}
	return result;
}
