/*
 * Test programs are written with cmocka and speak googletest's command line
 * and XML, so that "meson test" (protocol: 'gtest') reports every case.
 *
 *	#include "gtest.h"
 *
 *	GTEST(Via, keeps_order)
 *	{
 *		assert_int_equal(count(), 2);
 *	}
 *
 *	static const struct row { const char *req; int in, out; } rows[] = {
 *		{ "OB-07", 1, 2 },
 *		{ "OB-08", 2, 3 },
 *	};
 *
 *	static void
 *	check(void **state)
 *	{
 *		const struct row *r = *state;
 *
 *		assert_int_equal(step(r->in), r->out);
 *	}
 *	GTEST_ROWS(Via, rows, req, check);
 *
 * gives Via.keeps_order, Via.rows/OB-07 and Via.rows/OB-08. gtest.c has main().
 *
 * Every case runs alone through cmocka: a crash cmocka catches (SIGSEGV, SIGBUS,
 * SIGFPE, SIGILL, SIGSYS) fails that case and the rest go on. Assertions belong
 * on the thread running the case. In a forked child a failed assertion ends the
 * child with status 1, and a case that returns ends it with status 0.
 *
 * Names keep letters, digits, '_', '/' and (in a case, not in a suite) '-';
 * anything else becomes '_', and a name already taken gets "_2", "_3" and so on.
 * As with googletest, a DISABLED_ prefix keeps a case or a suite from running.
 *
 * --gtest_filter=POS[-NEG] is googletest's, with one care for names with '-' in
 * them: a '-' starts NEG at the start of the filter, after ':' or '*', or when
 * the pattern it starts has a '.'. So "Via.rows/OB-07" and "*OB-0?" are what
 * they look like, and so is "Via.*-Via.rows/OB-07".
 */
#ifndef TESTS_GTEST_H
#define TESTS_GTEST_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** One case. Strings are copied; @c row is not and must outlive the run. */
struct gtest_case {
	const char *suite;
	const char *table; /**< NULL, or the prefix of a row's name: "table/name". */
	const char *name;
	void (*fn)(void **state);
	const void *row;		/**< What *state points to at first; may be NULL. */
	int (*setup)(void **state);	/**< May be NULL; not 0 fails the case. */
	int (*teardown)(void **state);	/**< May be NULL; not called if setup failed. */
};

/** Register a case. */
void gtest_add_case(const struct gtest_case *c);

/** Register the case @p suite.@p name. */
void gtest_add(const char *suite, const char *name, void (*fn)(void **state));

/** Register the case @p suite.@p name with @p row in *state. */
void gtest_add_row(const char *suite, const char *name, void (*fn)(void **state), const void *row);

/**
 * The row of the running case, or NULL. For a case whose setup replaced *state.
 */
const void *gtest_row(void);

/**
 * Optional hook, defined by a test program whose cases are known only at run
 * time (a file of a corpus each, say). Called once, before anything runs.
 */
void gtest_register(void);

/**
 * Parse the options, then list or run. gtest.c's main() calls it; a program with
 * a main() of its own (to set up DPDK's EAL, say) overrides that one.
 *
 * @return the exit status: 0, 1 if any case failed, 2 if an option is wrong.
 */
int gtest_main(int argc, char **argv);

/** Define and register a case: GTEST(Suite, Name) { ... }. Has @c state. */
#define GTEST(suite, name) GTEST_DEF_(gtest_##suite##_##name, #suite, #name, NULL, NULL)

/** GTEST() with setup and teardown, either of which may be NULL. */
#define GTEST_F(suite, name, setup, teardown) \
	GTEST_DEF_(gtest_##suite##_##name, #suite, #name, setup, teardown)

/**
 * Register one case per row of an array, named "rows/label" by the array and
 * by the rows' string member @p label. At file scope, with a semicolon.
 */
#define GTEST_ROWS(suite, rows, label, fn) \
	GTEST_ROWS_DEF_(gtest_##suite##_##rows##_##fn, #suite, #rows, rows, label, fn, NULL, NULL)

/** GTEST_ROWS() with setup and teardown, either of which may be NULL. */
#define GTEST_ROWS_F(suite, rows, label, fn, setup, teardown) \
	GTEST_ROWS_DEF_(gtest_##suite##_##rows##_##fn, #suite, #rows, rows, label, fn, \
			setup, teardown)

/** cmocka's fail_msg() for a skip: skip_msg("no %s here", what). */
#define skip_msg(...) gtest_skip(__FILE__, __LINE__, __VA_ARGS__)

/*
 * Replaced so that the texts reach the report: cmocka sends fail_msg()'s to
 * stderr only, and a skip() in a setup would fail the case and skip a later one.
 */
#undef skip
#define skip() gtest_skip(__FILE__, __LINE__, "skipped")
#define print_error gtest_print_error

/* The rest is for the macros above. */
__attribute__((format(printf, 1, 2))) void gtest_print_error(const char *fmt, ...);
__attribute__((noreturn, format(printf, 3, 4))) void gtest_skip(const char *file, int line,
								const char *fmt, ...);

#define GTEST_DEF_(id, suite_, name_, setup_, teardown_) \
	static void id(void **state); \
	__attribute__((constructor)) static void id##_add(void) \
	{ \
		gtest_add_case(&(const struct gtest_case){ \
			.suite = suite_, \
			.name = name_, \
			.fn = id, \
			.setup = setup_, \
			.teardown = teardown_, \
		}); \
	} \
	static void id(__attribute__((unused)) void **state)

/* The last line is there to take the semicolon. */
#define GTEST_ROWS_DEF_(id, suite_, table_, rows_, label_, fn_, setup_, teardown_) \
	__attribute__((constructor)) static void id##_add(void) \
	{ \
		for (size_t i_ = 0; i_ < sizeof(rows_) / sizeof((rows_)[0]); i_++) \
			gtest_add_case(&(const struct gtest_case){ \
				.suite = suite_, \
				.table = table_, \
				.name = (rows_)[i_].label_, \
				.fn = fn_, \
				.row = &(rows_)[i_], \
				.setup = setup_, \
				.teardown = teardown_, \
			}); \
	} \
	struct gtest_case

#endif /* TESTS_GTEST_H */
