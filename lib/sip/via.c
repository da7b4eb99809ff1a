/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/via.h"

#include "sip/word.h"

enum { COOKIE_LEN = sizeof(SIP_BRANCH_COOKIE) - 1 };

bool
sip_branch_has_cookie(struct slice branch)
{
	/* bit 5 of its letters is their case */
	static const char fold[8] = "\x20\0\x20\x20\0\x20\x20", cookie[8] = "z9hg4bk";

	if (branch.len <= COOKIE_LEN)
		return false;
	return ((sip_word_load(branch.ptr) | sip_word_load(fold)) ^ sip_word_load(cookie)) << 8 ==
	       0;
}
