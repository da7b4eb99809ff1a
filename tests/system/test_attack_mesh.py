# SPDX-License-Identifier: BSD-3-Clause
"""Ten engines with registrations at random, which lead anywhere (RFC 5393): what is forwarded is
bounded, never more than the breadth is pending at one depth, and every caller gets an answer.

200 worlds; VIADUCT_ATTACK_TRIALS says otherwise, and VIADUCT_ATTACK_SEED chooses others.
"""

import os
import random

from bindings import adds_up, counters, nothing_left, settled
from proxies import Caller, Proxies, answers
from testing import equal, true

ENGINE_ONLY = True

TRIALS = int(os.environ.get("VIADUCT_ATTACK_TRIALS", "200"))
SEED = int(os.environ.get("VIADUCT_ATTACK_SEED", "5393"))
ENGINES, AORS, LEAST, LIMIT = 10, 12, 30, 1000


class Mesh(Proxies):
    """Ten small engines. One of them does not look for loops, which the others make good."""

    count = ENGINES
    dataplane = {"memory_mb": 64, "buffers": 2048, "fragments": 64, "remember": 4096}

    def sections(self, name):
        transactions = {"max": 4096, "branches": 8192, "memory_mb": 64}
        return super().sections(name) | {
            "transactions": transactions, "registrar": {"max_aors": 100 * TRIALS},
            "proxy": {"loop_check": "off" if name == "p7" else "lookups"}}


WORLD = Mesh


class Trial:
    """Who leads where, and what can be derived from it. AORs lie on proxies by number, and lead to
    AORs of other proxies, so that all that is forwarded can be seen; the one after the last is
    registered nowhere."""

    def __init__(self, number, chance, phones):
        self.number, self.chance = number, chance
        least = chance.choice((0, LEAST, LEAST))
        while True:
            self.aors = chance.randint(1, AORS)
            most = chance.randint(1, 5)
            self.max_forwards = chance.choice((70, 70, 13, 9, 7))
            self.breadth = chance.choice((None, chance.randint(1, 8), chance.randint(1, 80)))
            self.leads = {i: self._contacts(i, most, phones) for i in range(self.aors)}
            self.forwarded = self._derive(0, self.max_forwards, ())
            if least <= self.forwarded <= LIMIT:
                return

    def _contacts(self, aor, most, phones):
        q, found = 1.0, []
        for _ in range(self.chance.randint(1, most)):
            to = self.chance.randint(0, self.aors)
            if to % ENGINES == aor % ENGINES:
                to = (to + 1) % (self.aors + 1)
            if to % ENGINES == aor % ENGINES or self.chance.randint(0, 11) == 0:
                to = self.chance.choice(phones)
            if self.chance.randint(0, 5) == 0:
                q = round(q - 0.1, 1)
            if to not in [t for t, _ in found]:
                found.append((to, q))
        return found

    def _derive(self, aor, hops, path):
        """Requests that are forwarded because of one to this AOR, if nobody answers with 2xx or
        6xx."""
        if aor not in self.leads or hops <= 0 or self._loops(aor, path):
            return 0
        count = len(self.leads[aor])
        for to, _ in self.leads[aor]:
            if count > LIMIT:
                return count
            count += self._derive(to, hops - 1, (*path, aor))
        return count

    @staticmethod
    def _loops(aor, path):
        return aor in path and aor % ENGINES != 6  # p7

    def uri(self, to):
        """Of an AOR by number, or of a phone."""
        return f"sip:t{self.number}.{to}@p{to % ENGINES + 1}.example.com" if isinstance(
            to, int) else f"sip:t{self.number}@{to}"

    def table(self):
        """As it is registered."""
        return {self.uri(aor): [(self.uri(to), q) for to, q in contacts]
                for aor, contacts in self.leads.items()}


def call(caller, trial, phones):
    """The request of one trial, and what came of it."""
    wire = caller.w.wire
    wire.forget()
    call_id = caller.call(trial.uri(0), caller.w.at("p1"), phones, trial.max_forwards,
                          trial.breadth, linger=0.05)
    wire.take()
    return {"call": call_id, "forwarded": len(wire.depth), "open": len(wire.pending),
            "breadth": min(trial.breadth or 60, 60),
            "most_at_depth": max(wire.most_at.values(), default=0)}


def run(w, trials, phones):
    """All of these, one after the other, and the counters of all engines against the wire."""
    table = {}
    for trial in trials:
        table.update(trial.table())
    w.register(table)
    before = {name: counters(e) for name, e in w.engines.items()}
    caller, seen = Caller(w, 5070), []
    for trial in trials:
        got = call(caller, trial, phones)
        text = f"trial {trial.number} of seed {SEED}, {trial.leads}: {got}"
        true(got["most_at_depth"] <= got["breadth"], f"more pending than breadth; {text}")
        true(got["forwarded"] <= trial.forwarded, f"at most {trial.forwarded}; {text}")
        seen.append((trial, got, text))
    for name, e in w.engines.items():
        found = settled(e)
        adds_up(found, name)
        true(found["transactions_full"] == 0, f"{name}: {found}")
    caller.listen(phones, 0.5, w.at("p1"), "")  # whatever comes late
    say(w, [got for _, got, _ in seen], before)
    return [(trial, got, caller.codes(got["call"]), text) for trial, got, text in seen]


def say(w, seen, before):
    """What it comes to; and that no engine has begun more branches than there were on the wire."""
    branches = sum(counters(e)["branches"] - before[n]["branches"] for n, e in w.engines.items())
    forwarded = sum(got["forwarded"] for got in seen)
    true(branches <= forwarded, f"{branches} branches, {forwarded} on the wire")
    print(f"      {len(seen)} trials: {forwarded} forwarded, {branches} of them by forks; most of "
          f"one {max(got['forwarded'] for got in seen)}, at one depth "
          f"{max(got['most_at_depth'] for got in seen)}; all breadth out in "
          f"{sum(got['most_at_depth'] == got['breadth'] for got in seen)}", flush=True)


def test_nobody_answers(w):
    """Phones that refuse: all targets of all forks are tried, so that the count can be derived; one
    final response for the caller, and nothing left without one."""
    busy, missing = w.agent("b"), w.agent("c")
    phones = {busy: answers(486, "Busy Here", True), missing: answers(404, "Not Found")}
    chance = random.Random(SEED)
    trials = [Trial(i, chance, [busy.here, missing.here]) for i in range(TRIALS * 3 // 4)]
    for trial, got, finals, text in run(w, trials, phones):
        equal(got["forwarded"], trial.forwarded, f"forwarded; {text}")
        equal(got["open"], 0, f"without final response; {text}")
        equal(len(finals), 1, f"final responses at the caller; {text}")


def test_somebody_answers(w):
    """Phones of which one answers and one declines for all: what is out is cancelled. One final
    response, or 2xx alone, which come from wherever they were sent."""
    yes, no = w.agent("b"), w.agent("c")
    phones = {yes: answers(200, "OK", True), no: answers(603, "Decline")}
    chance = random.Random(SEED + 1)
    trials = [Trial(TRIALS + i, chance, [yes.here, no.here]) for i in range(TRIALS // 4)]
    for _, _, finals, text in run(w, trials, phones):
        true(len(finals) == 1 or all(code // 100 == 2 for code in finals),
             f"final responses at the caller: {finals}; {text}")


def test_nothing_left(w):
    """No transaction outlives its last timer, at none of the ten."""
    nothing_left(w.engines.values())
