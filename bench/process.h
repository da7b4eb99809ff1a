/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

/**
 * The process beside which a benchmark measures: the engine, or a peer. It has a network namespace
 * and a process namespace of its own: none of its devices is in this machine's network, and with
 * it ends whatever it started. It ends with us, however we end. One at a time.
 */

/**
 * Start a program. `outside`, if any, is called here with its process id before it runs; `inside`,
 * if any, in the new namespaces; a false from either ends it. What it prints goes to a file in
 * the world's folder.
 */
pid_t process_start(char *const argv[], bool (*outside)(pid_t pid), bool (*inside)(void));

/** Whether it runs still. */
bool process_runs(pid_t pid);

/** Processor time of it and of its children that run still, in nanoseconds. */
uint64_t process_ns(pid_t pid);

/** SIGTERM, and SIGKILL when that does not help. */
void process_stop(pid_t pid);

/** What it has printed, to our standard error. */
void process_print_log(void);

/** Run a command of the system; true when it says that all is well. */
bool process_command(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The path of a program of this build that is not ours to install: the engine. */
const char *process_dataplane(const char *named);

/** The path of a program in PATH, or NULL. Static storage, until the next call. */
const char *process_find(const char *name);

#endif
