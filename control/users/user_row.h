/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_ROW_H
#define CONTROL_USERS_USER_ROW_H

#include "auth/digest.h"
#include "sip/writer.h"
#include "table/credentials.h"

/**
 * One user as a source has him, and what is kept of him: digests instead of the password, canonical
 * AORs. No I/O.
 */

/** Longest username and realm, octets. */
#define USER_NAME_MAX 255

/** All text of a user at most: what the table takes, and some room for its own fields. */
#define USER_TEXT_MAX (CREDENTIALS_RECORD_MAX - 256)

/** Longest sentence about a row. */
#define USER_FAULT_MAX 224

/** A row of a source. Text as written there; absent is what is not there. Slices borrow. */
struct user_row {
	uint64_t number; /* of the row or line, from 1 */
	struct slice username, realm;
	struct slice password;                            /* plain */
	struct slice ha1_md5, ha1_sha256, ha1_sha512_256; /* hex */
	struct slice aors;                                /* separated by spaces or commas */
	const char *fault; /* not NULL: no row could be made of it; static storage */
	bool is_line;      /* of a file, whose words are other ones than a database's columns */
};

/** A user as the table takes him; `is` borrows from `text`, which has all that is not a digest. */
struct user {
	struct credentials is;
	char text[USER_TEXT_MAX];
};

/**
 * Make a user of a row. A password is hashed for every algorithm that `c` supports; it is the
 * caller's to cleanse. Without AORs he has sip:username@realm, or sip:username where the username
 * has an '@'.
 *
 * False, with a sentence in `fault`, when the row is not one: who it is, what is wrong and what to
 * write instead, in the words of the source. Where the names at least are in order `user->is` has
 * them then, and nothing else; otherwise they are absent.
 */
bool user_resolve(struct user *user, const struct user_row *row, struct digest_context *c,
		  char fault[USER_FAULT_MAX]);

/** Make a sentence one line of ASCII, whatever was in the row that it is about. */
void user_sentence_clean(char *text);

/**
 * Take the next AOR out of a list: spaces part, and commas behind an '@' (a user part may have
 * commas, too). Absent at the end; never empty.
 */
struct slice user_next_aor(struct slice *list);

/** Write octets as lower-case hex digits. */
void user_put_hex(struct sip_writer *w, const uint8_t *octets, size_t len);

/** Where `realm` begins in NAME@REALM: behind the last '@', both not empty. False: there is none.
 */
bool user_split(struct slice text, struct slice *username, struct slice *realm);

#endif
