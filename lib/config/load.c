/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema.h"

enum { FILE_MAX = 16 << 20 };

void
config_error_add(struct config_errors *errors, unsigned int line, const char *key,
		 const char *format, ...)
{
	struct config_error *row;
	va_list args;

	if (errors->count++ >= CONFIG_MAX_ERRORS)
		return;
	row = &errors->row[errors->count - 1];
	row->line = line;
	snprintf(row->key, sizeof(row->key), "%s", key);
	va_start(args, format);
	vsnprintf(row->text, sizeof(row->text), format, args);
	va_end(args);
}

void
config_errors_print(const struct config_errors *errors, const char *path, void *out)
{
	unsigned int kept = errors->count < CONFIG_MAX_ERRORS ? errors->count : CONFIG_MAX_ERRORS;

	for (unsigned int i = 0; i < kept; i++) {
		const struct config_error *e = &errors->row[i];

		fprintf(out, "%s:", path);
		if (e->line != 0)
			fprintf(out, "%u:", e->line);
		fprintf(out, " %s%s%s\n", e->key, e->key[0] != '\0' ? ": " : "", e->text);
	}
	if (errors->count > kept)
		fprintf(out, "%s: and %u more errors\n", path, errors->count - kept);
}

/* The whole file, NUL-terminated. */
static char *
read_file(const char *path, size_t *size, struct config_errors *errors)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;

	if (f == NULL) {
		config_error_add(errors, 0, "", "cannot be read: %s", strerror(errno));
		return NULL;
	}
	text = malloc(FILE_MAX + 1);
	if (text != NULL) {
		*size = fread(text, 1, FILE_MAX + 1, f);
		if (ferror(f) || *size > FILE_MAX) {
			config_error_add(errors, 0, "", "cannot be read, or larger than 16 MiB");
			free(text);
			text = NULL;
		} else {
			text[*size] = '\0';
		}
	}
	fclose(f);
	return text;
}

/* libcyaml's own messages: config_document_check() has said the same with more words. */
static void
log_nothing(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
	(void)level;
	(void)ctx;
	(void)format;
	(void)args;
}

static const cyaml_config_t cyaml_config = {
	.log_fn = log_nothing,
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_DEFAULT,
};

static uint32_t
number_default(const char *path)
{
	return config_key_find(path)->number;
}

/* In lists a number that is 0 was not written: none of these may be. */
static void
fill_ports(struct config_file *f)
{
	for (unsigned int i = 0; i < f->ports_count; i++) {
		if (f->ports[i].mtu == 0)
			f->ports[i].mtu = number_default("ports[].mtu");
		if (f->ports[i].queues == 0)
			f->ports[i].queues = f->dataplane.workers;
	}
	for (unsigned int i = 0; i < f->listen_count; i++)
		if (f->listen[i].udp == 0)
			f->listen[i].udp = number_default("listen[].udp");
}

static void
fill_next_hop(struct config_file_next_hop *hop)
{
	if (hop->port == 0)
		hop->port = number_default("next_hops[].port");
	if (hop->probe_interval_ms == 0)
		hop->probe_interval_ms = number_default("next_hops[].probe_interval_ms");
	if (hop->probe_failures == 0)
		hop->probe_failures = number_default("next_hops[].probe_failures");
	/* a port that was not written means another thing beside a host name: see resolve_target()
	 */
	for (unsigned int i = 0; i < hop->targets_count; i++)
		if (hop->targets[i].weight == 0)
			hop->targets[i].weight = number_default("next_hops[].targets[].weight");
}

/* Numbers with a default, and where they are in the file as written. */
#define NUMBER(member)                                                                             \
	{                                                                                          \
		offsetof(struct config_file, member), #member                                      \
	}
#define LIMIT(name) NUMBER(guard.name.rate), NUMBER(guard.name.burst)
static const struct {
	size_t offset;
	const char *path;
} numbers[] = {
	NUMBER(dataplane.workers),
	NUMBER(dataplane.memory_mb),
	NUMBER(dataplane.buffers),
	NUMBER(dataplane.max_message),
	NUMBER(dataplane.fragments),
	NUMBER(dataplane.remember),
	NUMBER(edge.flows),
	NUMBER(edge.flow_timer),
	NUMBER(registrar.min_expires),
	NUMBER(registrar.max_expires),
	NUMBER(registrar.default_expires),
	NUMBER(registrar.max_contacts),
	NUMBER(registrar.max_aors),
	NUMBER(registrar.max_instances),
	NUMBER(registrar.flow_timer),
	NUMBER(auth.nonce_seconds),
	NUMBER(auth.nonces),
	NUMBER(users.reload_seconds),
	NUMBER(store.max_mb),
	NUMBER(store.journal_mb),
	NUMBER(proxy.max_targets),
	NUMBER(proxy.max_breadth),
	NUMBER(proxy.max_breadth_limit),
	NUMBER(proxy.max_via),
	NUMBER(proxy.max_route),
	NUMBER(proxy.max_headers),
	NUMBER(proxy.max_uri),
	NUMBER(proxy.max_body),
	NUMBER(proxy.multipart_depth),
	NUMBER(proxy.multipart_parts),
	NUMBER(proxy.aor_revisit_limit),
	NUMBER(transactions.max),
	NUMBER(transactions.branches),
	NUMBER(transactions.memory_mb),
	NUMBER(transactions.t1_ms),
	NUMBER(transactions.t2_ms),
	NUMBER(transactions.t4_ms),
	NUMBER(transactions.timer_c),
	NUMBER(transactions.failover_ms),
	NUMBER(dns.timeout_ms),
	NUMBER(dns.entries),
	NUMBER(dns.min_ttl),
	NUMBER(dns.max_ttl),
	NUMBER(dns.negative_ttl),
	NUMBER(dns.parked),
	LIMIT(source),
	LIMIT(stun),
	LIMIT(register_source),
	LIMIT(register_aor),
	LIMIT(invite_source),
	LIMIT(invite_aor),
	LIMIT(registers),
	LIMIT(requests),
	NUMBER(guard.sources),
	NUMBER(guard.aors),
	NUMBER(guard.retry_after_min),
	NUMBER(guard.retry_after_max),
};
#undef LIMIT
#undef NUMBER

static void
fill_numbers(struct config_file *f, const struct config_lines *lines)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!config_lines_has(lines, numbers[i].path))
			*(uint32_t *)((char *)f + numbers[i].offset) =
				number_default(numbers[i].path);
	fill_ports(f);
	for (unsigned int i = 0; i < f->next_hops_count; i++)
		fill_next_hop(&f->next_hops[i]);
}

static void
fill_defaults(struct config_file *f, const struct config_lines *lines)
{
	fill_numbers(f, lines);
	if (!config_lines_has(lines, "proxy.record_route"))
		f->proxy.record_route = true;
	if (!config_lines_has(lines, "registrar.any_user"))
		f->registrar.any_user =
			f->registrar.users_count == 0 && f->users.source == CONFIG_USERS_NONE;
	if (!config_lines_has(lines, "auth.check_from"))
		f->auth.check_from = true;
}

struct config *
config_load(const char *path, struct config_errors *errors)
{
	struct config *config = calloc(1, sizeof(*config));
	struct config_lines *lines = NULL;
	char *text = NULL;
	size_t size = 0;

	errors->count = 0;
	if (config == NULL)
		config_error_add(errors, 0, "", "no memory");
	else
		text = read_file(path, &size, errors);
	if (text != NULL)
		lines = config_document_check(text, size, errors);
	if (errors->count == 0) {
		cyaml_err_t e = cyaml_load_data((const uint8_t *)text, size, &cyaml_config,
						&config_schema, (void **)&config->file, NULL);

		if (e != CYAML_OK)
			config_error_add(errors, 0, "", "%s", cyaml_strerror(e));
	}
	if (errors->count == 0) {
		config->path = strdup(path);
		fill_defaults(config->file, lines);
		config_resolve(config, lines, errors);
	}
	config_lines_free(lines);
	free(text);
	if (errors->count > 0) {
		config_free(config);
		return NULL;
	}
	return config;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	cyaml_free(&cyaml_config, &config_schema, config->file, 0);
	free(config->path);
	free(config->state_dir);
	free(config->run_dir);
	free(config->shm_dir);
	free(config);
}
