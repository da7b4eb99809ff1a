# SPDX-License-Identifier: BSD-3-Clause
"""Registrations without a REGISTER, and what is to be true of an engine's counters."""

import json
import os
import time

from network import command, wait_until

HOUR = 3600
TIMERS = 32  # seconds: 64 times T1, and timer D, which is not shorter (RFC 3261 17.1.1.2)
# Ways in; all others down to the first of the details are ways out.
WAYS_IN = ("rx", "injected", "made")
FIRST_DETAIL = "loops"


def bind(engine, table):
    """`viaduct bindings import`: {aor: [contact or (contact, q)]}, in place of what these AORs had.
    It takes what the registrar refuses, such as contacts that lead to ourselves."""
    path = os.path.join(engine.folder, "import.jsonl")
    with open(path, "w", encoding="ascii") as f:
        for aor, contacts in table.items():
            f.write(json.dumps({"aor": aor, "bindings": [_binding(c) for c in contacts]}) + "\n")
    return command([engine.program("viaduct"), "bindings", "import", path, "-c", engine.config])


def _binding(contact):
    uri, q = contact if isinstance(contact, tuple) else (contact, 1.0)
    return {"contact": uri, "q": q, "expires_ms": int((time.time() + HOUR) * 1000)}


def counters(engine):
    """The counters of an engine, in their order."""
    return engine.show("stats")["counters"]


def settled(engine, seconds=10):
    """The same, as soon as nothing moves any more."""
    seen = []

    def still():
        seen.append(counters(engine))
        return len(seen) > 1 and seen[-1] == seen[-2]
    wait_until(still, seconds, f"{engine.name}: nothing under way", step=0.1)
    return seen[-1]


def left(engine):
    """What an engine has of transactions now."""
    shown = engine.show("transactions")
    return (shown if isinstance(shown, dict) else shown[0])["summary"]


def nothing_left(engines, timers=TIMERS):
    """Wait until the last timers of all transactions have run out; then nothing is left of them."""
    engines = list(engines)
    wait_until(lambda: not any(left(e)["live"] for e in engines), timers + 5,
               f"transactions gone: { {e.name: left(e)['live'] for e in engines} }", step=0.2)
    for e in engines:
        gauges = left(e)
        found = {name: gauges[name] for name in ("branches", "octets", "timers")}
        if any(found.values()):
            raise AssertionError(f"{e.name}: without transactions there are {found}")
        adds_up(settled(e), e.name)


def since(before, now):
    """What has been counted in between."""
    return {name: now[name] - before[name] for name in now}


def adds_up(found, name):
    """AssertionError unless every message that came in or was made went by exactly one of the ways
    there are."""
    came = sum(found[way] for way in WAYS_IN)
    ways, names = {}, iter(found)
    for way in names:
        if way == FIRST_DETAIL:
            break
        if way not in WAYS_IN:
            ways[way] = found[way]
    if sum(ways.values()) != came:
        raise AssertionError(f"{name}: {came} messages in and made, {sum(ways.values())} went: "
                             f"{ {k: v for k, v in ways.items() if v} }")
