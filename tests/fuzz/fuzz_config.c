/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "config/schema.h"

static void
log_nothing(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
	(void)level;
	(void)ctx;
	(void)format;
	(void)args;
}

static const cyaml_config_t loader = {
	.log_fn = log_nothing,
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
};

static void
check_errors(const struct config_errors *errors, unsigned int lines)
{
	for (unsigned int i = 0; i < errors->count && i < CONFIG_MAX_ERRORS; i++) {
		const struct config_error *e = &errors->row[i];

		MUST(memchr(e->key, 0, sizeof(e->key)) != NULL);
		MUST(memchr(e->text, 0, sizeof(e->text)) != NULL && e->text[0] != '\0');
		MUST(e->line <= lines + 1);
	}
}

/* A file that the check finds nothing wrong with is one that can be loaded and resolved. */
static void
load(const uint8_t *data, size_t size, const struct config_lines *lines,
     struct config_errors *errors, unsigned int line_count)
{
	struct config *config = calloc(1, sizeof(*config));

	MUST(config != NULL);
	MUST(cyaml_load_data(data, size, &loader, &config_schema, (void **)&config->file, NULL) ==
	     CYAML_OK);
	MUST(config->file != NULL);
	config_resolve(config, lines, errors);
	check_errors(errors, line_count);
	if (errors->count == 0) {
		MUST(config->port_count >= 1 && config->port_count <= CONFIG_MAX_PORTS);
		MUST(config->listener_count >= 1 && config->listener_count <= CONFIG_MAX_LISTENERS);
		for (unsigned int i = 0; i < config->listener_count; i++) {
			MUST(config->listener[i].port < config->port_count);
			MUST(config->listener[i].address.family != 0);
			MUST(config->listener[i].text_len <= FLOW_ADDRESS_TEXT_MAX);
		}
	}
	cyaml_free(&loader, &config_schema, config->file, 0);
	free(config->state_dir);
	free(config->run_dir);
	free(config->shm_dir);
	free(config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config_errors errors;
	struct config_lines *lines;
	unsigned int line_count = 1;

	/* YAML has more line breaks than LF; counting too many is no harm here. */
	for (size_t i = 0; i < size; i++)
		line_count += data[i] == '\n' || data[i] == '\r' || data[i] >= 0x80;
	errors.count = 0;
	lines = config_document_check((const char *)data, size, &errors);
	check_errors(&errors, line_count);
	MUST(lines != NULL || errors.count > 0);
	if (errors.count == 0)
		load(data, size, lines, &errors, line_count);
	config_lines_free(lines);
	return 0;
}
