/* SPDX-License-Identifier: BSD-3-Clause */
/** The control socket: who asks much holds up nobody else. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/socket.h"
#include "lib/table/support.h"

enum { FLOOD = 256 << 10, AT_ONCE = 64 };

static uv_loop_t loop;
static struct admin *admin;
static unsigned int asked;

static json_t *
on_command(const char *name, const json_t *request, void *context)
{
	(void)request;
	(void)context;
	asked++;
	return json_pack("{s:b, s:s}", "ok", 1, "name", name);
}

static int
set_up(void **state)
{
	char message[256];

	if (make_dir(state) != 0 || uv_loop_init(&loop) != 0)
		return 1;
	asked = 0;
	admin = admin_open(&loop, in_dir("sock"), on_command, NULL, message, sizeof(message));
	return admin == NULL;
}

static int
tear_down(void **state)
{
	admin_close(admin);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	free(admin);
	return remove_dir(state);
}
#define CASE(name) GTEST_F(AdminSocket, name, set_up, tear_down)

static int
connect_one(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_in_range(strlen(in_dir("sock")), 1, sizeof(to.sun_path) - 1);
	memcpy(to.sun_path, in_dir("sock"), strlen(in_dir("sock")));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static size_t
count_lines(int fd)
{
	static char text[1 << 16];
	size_t lines = 0;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	return lines;
}

/* Write all of it while the loop runs; answers are read unless nobody is to. */
static size_t
send_all(int fd, const char *text, size_t len, bool reads)
{
	size_t lines = 0;

	for (unsigned int idle = 0; len > 0 && idle < 1000; idle++) {
		ssize_t n = write(fd, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
			idle = 0;
		}
		uv_run(&loop, UV_RUN_NOWAIT);
		lines += reads ? count_lines(fd) : 0;
	}
	assert_true(len == 0 || !reads);
	return lines;
}

static void
end_one(int fd)
{
	close(fd);
	for (int i = 0; i < 100; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
}

/* Each line gets its answer, in however many pieces it comes. */
CASE(lines)
{
	const char text[] = "{\"command\": \"a\"}\n\n{\"command\": \"b\"}\n";
	size_t lines = 0;
	int fd = connect_one();

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		lines += send_all(fd, &text[i], 1, true);
	lines += send_all(fd, text, sizeof(text) - 1, true);
	for (int i = 0; i < 100; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(lines + count_lines(fd), 6);
	assert_int_equal(asked, 4);
	end_one(fd);
}

/* Nothing but line ends: each is answered, and another's question does not wait for that. */
CASE(flood_of_line_ends)
{
	static char flood[FLOOD];
	int fd = connect_one(), other = connect_one();
	uint64_t began = clock_us();
	ssize_t sent;
	size_t lines = 0;

	memset(flood, '\n', sizeof(flood));
	sent = write(fd, flood, sizeof(flood));
	assert_true(sent > FLOOD / 4);
	assert_true(write(other, "{\"command\": \"a\"}\n", 17) == 17);
	for (int i = 0; i < 5; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(count_lines(other), 1);
	assert_in_range(clock_us() - began, 0, 500000);
	for (int i = 0; i < FLOOD && lines < (size_t)sent; i++) {
		uv_run(&loop, UV_RUN_NOWAIT);
		lines += count_lines(fd);
	}
	assert_int_equal(lines, sent);
	end_one(other);
	end_one(fd);
}

/* At most some are answered in one turn of the loop. */
CASE(some_at_a_time)
{
	static char flood[AT_ONCE * 64 * 16];
	unsigned int before, most = 0;
	int fd = connect_one();

	for (size_t i = 0; i + 15 <= sizeof(flood); i += 15)
		memcpy(flood + i, "{\"command\":\"\"}\n", 15);
	assert_true(write(fd, flood, sizeof(flood) / 15 * 15) > 0);
	for (int i = 0; i < 1000; i++) {
		before = asked;
		uv_run(&loop, UV_RUN_NOWAIT);
		most = asked - before > most ? asked - before : most;
		(void)count_lines(fd);
	}
	assert_in_range(most, 1, AT_ONCE);
	assert_true(asked > AT_ONCE * 16);
	end_one(fd);
}

/* Who reads no answers gets no more of them, until he does. */
CASE(answers_that_nobody_reads)
{
	static char flood[8 * FLOOD];
	size_t lines = 0;
	int fd = connect_one();

	for (size_t i = 0; i + 15 <= sizeof(flood); i += 15)
		memcpy(flood + i, "{\"command\":\"\"}\n", 15);
	send_all(fd, flood, sizeof(flood) / 15 * 15, false);
	assert_in_range(asked, 1, sizeof(flood) / 15 / 2);
	for (int i = 0; i < 10000; i++) {
		uv_run(&loop, UV_RUN_NOWAIT);
		lines += count_lines(fd);
	}
	assert_int_equal(lines, asked);
	end_one(fd);
}

CASE(line_without_an_end)
{
	static char flood[300 << 10];
	int fd = connect_one();

	memset(flood, 'x', sizeof(flood));
	send_all(fd, flood, sizeof(flood), false);
	for (int i = 0; i < 10; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), -1);
	end_one(fd);
}
