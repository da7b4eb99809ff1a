/* SPDX-License-Identifier: BSD-3-Clause */
/** Between the files of lib/config: schema, document walk, checks. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>

#include "config/config.h"

/** The whole file, for libcyaml. Defaults are not in it: see config_keys. */
extern const cyaml_schema_value_t config_schema;

/** Lines of the keys of a file, by path ("ports[0].mtu"). */
struct config_lines;

/**
 * Hold a file against the schema and the ranges of config_keys, and note each fault. Returns the
 * lines, for later checks, or NULL when the text is no YAML mapping at all.
 */
struct config_lines *config_document_check(const char *text, size_t size,
					   struct config_errors *errors);

void config_lines_free(struct config_lines *lines);

/** Line of a key, or of the nearest one above it; 0 when unknown. */
unsigned int config_lines_find(const struct config_lines *lines, const char *path);

/** The key is written in the file. */
bool config_lines_has(const struct config_lines *lines, const char *path);

/** Note a fault. `line` 0 when unknown. */
void config_error_add(struct config_errors *errors, unsigned int line, const char *key,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Fill in `config` from `config->file`, and note what does not fit together. */
void config_resolve(struct config *config, const struct config_lines *lines,
		    struct config_errors *errors);

#endif
