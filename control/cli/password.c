/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

static bool
refuse(const char *text)
{
	fprintf(stderr, "viaduct: %s\n", text);
	return false;
}

/* One line, octet by octet: what is behind it is somebody else's. */
static bool
read_line(struct cli_password *p, int fd)
{
	char c = '\0';
	ssize_t n = 1;

	for (p->len = 0; p->len < sizeof(p->text); p->len++) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			return false;
		if (n <= 0 || c == '\n')
			break;
		p->text[p->len] = c;
	}
	if (p->len > 0 && p->text[p->len - 1] == '\r')
		p->len--;
	if (n < 0)
		return refuse(strerror(errno));
	if (p->len == 0)
		return refuse("no password: want one of 1 to 255 octets in a line");
	if (p->len > CLI_PASSWORD_MAX)
		return refuse("a password of more than 255 octets: want a shorter one");
	if (memchr(p->text, '\0', p->len) != NULL)
		return refuse("a password with a NUL in it: want text");
	return true;
}

/* ---- a terminal ---- */

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int number)
{
	interrupted = number;
}

static bool
ask_once(struct cli_password *p, int tty, const char *what, const char *name)
{
	bool fine;

	dprintf(tty, "%s %s: ", what, name);
	fine = read_line(p, tty);
	dprintf(tty, "\n");
	return fine;
}

static bool
ask_twice(struct cli_password *p, int tty, const char *name)
{
	struct cli_password again;
	bool fine = ask_once(p, tty, "Password of", name) &&
		    ask_once(&again, tty, "The same again, of", name);

	if (fine && (again.len != p->len || memcmp(again.text, p->text, p->len) != 0))
		fine = refuse("these are two different passwords");
	OPENSSL_cleanse(&again, sizeof(again));
	return fine;
}

/* The terminal shows again what is typed, whatever ends this. */
static bool
ask(struct cli_password *p, const char *name)
{
	const struct sigaction catch = { .sa_handler = on_interrupt };
	struct sigaction before_int, before_term;
	struct termios shown, hidden;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	bool fine;

	if (tty < 0 || tcgetattr(tty, &shown) != 0) {
		if (tty >= 0)
			close(tty);
		return refuse("no terminal to ask for the password: --password-stdin or "
			      "--generate");
	}
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	sigaction(SIGINT, &catch, &before_int);
	sigaction(SIGTERM, &catch, &before_term);
	tcsetattr(tty, TCSAFLUSH, &hidden);
	fine = ask_twice(p, tty, name);
	tcsetattr(tty, TCSAFLUSH, &shown);
	sigaction(SIGINT, &before_int, NULL);
	sigaction(SIGTERM, &before_term, NULL);
	close(tty);
	if (interrupted != 0)
		raise(interrupted);
	return fine;
}

/* ---- chance ---- */

/* 120 bits, in characters that nobody mistakes for others. */
static bool
generate(struct cli_password *p)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t octets[24];

	_Static_assert(sizeof(letters) == 33, "five bits for each letter");
	if (RAND_priv_bytes(octets, sizeof(octets)) != 1)
		return refuse("the system gives no random octets");
	for (p->len = 0; p->len < sizeof(octets); p->len++)
		p->text[p->len] = letters[octets[p->len] & 31];
	p->text[p->len] = '\0';
	OPENSSL_cleanse(octets, sizeof(octets));
	return true;
}

bool
cli_password_take(struct cli_password *p, enum cli_password_from from, const char *name)
{
	switch (from) {
	case CLI_PASSWORD_TERMINAL:
		return ask(p, name);
	case CLI_PASSWORD_STDIN:
		return read_line(p, STDIN_FILENO);
	case CLI_PASSWORD_RANDOM:
		return generate(p);
	}
	return false;
}
