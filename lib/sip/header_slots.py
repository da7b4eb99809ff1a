#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the slot table of header.c: header_slots.py header_names.h OUT

Looks for four multipliers with which no two names of SIP_HEADER_NAMES share one of 1024 slots. The
search begins at the same place each time, so the same names give the same table.
"""
import random
import re
import sys

SLOTS = 1024


def folded(char):
    return ord(char) | 0x20


def slot(name, a, b, c, d):
    n = len(name)
    return (n * a + folded(name[0]) * b + folded(name[n // 2]) * c + folded(name[-1]) * d
            + folded(name[-2]) * 7) % SLOTS


def search(names):
    rng = random.Random(1)
    for _ in range(1000000):
        m = [rng.randrange(1, SLOTS) for _ in range(4)]
        used = set()
        for name in names:
            s = slot(name, *m)
            if s in used:
                break
            used.add(s)
        else:
            return m
    sys.exit("header_slots.py: no multipliers found: two names are too much alike")


def main():
    with open(sys.argv[1], encoding="ascii") as f:
        rows = re.findall(r'^\tX\((\w+), "([^"]+)", [^)]*\)', f.read(), re.M)
    for _, name in rows:
        if len(name) > 31:
            sys.exit("header_slots.py: %s: at most 31 characters" % name)
    m = search([name for _, name in rows])
    with open(sys.argv[2], "w", encoding="ascii") as f:
        f.write("/* Written by header_slots.py. */\n")
        f.write("enum { HASH_A = %d, HASH_B = %d, HASH_C = %d, HASH_D = %d };\n\n" % tuple(m))
        f.write("#define SIP_HEADER_SLOTS(X) \\\n")
        f.write(" \\\n".join("\tX(%d, %s, \"%s\")" % (slot(name, *m), sym, name.lower())
                             for sym, name in rows) + "\n")


main()
