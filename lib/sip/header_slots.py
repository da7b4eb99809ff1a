#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the slot table of header.c: header_slots.py header_names.h OUT

Looks for three multipliers with which no two names of SIP_HEADER_NAMES share one of 1024 slots. The
search begins at the same place each time, so the same names give the same table.
"""
import random
import re
import sys

SLOTS = 1024


def pair(text):
    return int.from_bytes(text.lower().encode("ascii"), "little") | 0x2020


def slot(name, a, b, c):
    n = len(name)
    middle = (n - 1) * 5 >> 3
    return ((pair(name[:2]) * a + pair(name[middle:middle + 2]) * b + n * c) >> 8) % SLOTS


def search(names):
    rng = random.Random(1)
    for _ in range(1000000):
        m = [rng.randrange(1, 1 << 16) for _ in range(3)]
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
        f.write("enum { HASH_A = %d, HASH_B = %d, HASH_C = %d };\n\n" % tuple(m))
        f.write("#define SIP_HEADER_SLOTS(X) \\\n")
        f.write(" \\\n".join("\tX(%d, %s, \"%s\")" % (slot(name, *m), sym, name.lower())
                             for sym, name in rows) + "\n")


main()
