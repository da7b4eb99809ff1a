# SPDX-License-Identifier: BSD-3-Clause
"""The attacks of RFC 5393 against two engines: what is forwarded is what can be derived, to the
number. Requests count that have a new branch; copies do not.

The bindings are imported: of one's own AOR with other parameters the registrar wants nothing. With
VIADUCT_ATTACK_MARKDOWN=1 the counts are printed as docs/security/amplification.md has them.
"""

import os
import re

from bindings import nothing_left
from proxies import Proxies, answers
from sip import unique
from testing import disrupts, equal, status, true

ENGINE_ONLY = True
WORLD = Proxies

A1, B1, A2, B2 = (f"sip:{user}@{proxy}.example.com" for proxy in ("p1", "p2") for user in "ab")
MUTUAL = {A1: [A2, B2], B1: [A2, B2], A2: [A1, B1], B2: [A1, B1]}
ACCOUNT = {A1: [A1 + ";unknown-param=whack", A1 + ";unknown-param=thud"]}

NOTHING = {"loop_check": "off", "breadth": "off", "aor_revisit_limit": 0}
UNDETECTED = {"loop_check": "off", "breadth_shortage": "reject", "aor_revisit_limit": 0}
REJECT = {"breadth_shortage": "reject"}

ROWS = []


def r(n):
    """R(N): what N AORs make of one request, each bound to all of them."""
    return n * (r(n - 1) + 1) if n else 0


def each_to_all(n):
    """N AORs, by turns at both proxies, each bound to all."""
    aors = [f"sip:{'abcdefghij'[i]}@p{i % 2 + 1}.example.com" for i in range(n)]
    return {aor: aors for aor in aors}


def victim(w, table):
    """A further contact for each of these, and its phone."""
    phone = w.agent("c")
    return ({aor: [*contacts, f"sip:v@{phone.here}"] for aor, contacts in table.items()},
            {phone: answers(404, "Not Found")})


def attack(w, what, protection, derived, forwarded, refused, final, start=A1, **options):
    """One attack: `refused` says how many requests got which response by a proxy itself."""
    got = w.attack(start, **options)
    text = f"{what}, {protection}: {got}"
    equal(got["branches"], forwarded, f"branches begun; {text}")
    # each request, the caller's among them, became a context or was refused
    if got["transactions"]:
        visits = sum(len(act.invites) for act in options.get("phones", {}).values())
        equal(forwarded + 1 - visits - got["transactions"], sum(refused.values()),
              f"requests refused; {text}")
    for code, counter in ((482, "loops"), (440, "breadth_refused")):
        copies = got["retransmitted"]
        true(refused.get(code, 0) <= got[counter] <= refused.get(code, 0) + copies,
             f"{counter} want {refused.get(code, 0)}; {text}")
    equal(got["finals"], [final], f"final responses at the caller; {text}")
    equal(got["open"], 0, f"requests without final response; {text}")
    equal(got["branch_timeouts"], 0, f"timeouts; {text}")
    breadth = options.get("breadth") or 60
    if "Max-Breadth" in protection or "both" in protection:
        true(got["most_at_depth"] <= min(breadth, 60), f"pending at one depth; {text}")
    at_victim = [len(act.invites) for act in options.get("phones", {}).values()]
    ROWS.append((what, protection, options.get("breadth", ""), options.get("max_forwards", 70),
                 got["branches"], got["most_at_depth"], got["loops"], got["breadth_refused"],
                 *(at_victim or [""]), got["retransmitted"], derived))
    return got


# ---- as configured by default: both, and targets for which there is no breadth wait ----

def test_registered(w):
    """Two users forward to each other at both proxies, by REGISTER; a contact that is the AOR
    itself is refused."""
    agent = w.agent("a", 5071)
    for aor, contacts in MUTUAL.items():
        proxy = w.at(aor.split("@")[1].split(".")[0])
        status(agent.register(aor, proxy, contact=", ".join(f"<{c}>" for c in contacts)), 200)
    answer = agent.register(A1, w.at("p1"), contact=f"<{ACCOUNT[A1][0]}>")
    status(answer, 403)
    attack(w, "two proxies", "both, wait", "14", 14, {482: 8}, 482)


def test_mutual(w):
    """Scenario 1, from each of the four AORs."""
    w.register(MUTUAL)
    for start in MUTUAL:
        got = attack(w, "two proxies", "both, wait", "14", 14, {482: 8}, 482, start=start)
        equal((got["transactions"], got["refused"]), (7, {482: 8}), "forks, and 482 on the wire")
        ROWS.pop()


def test_account(w):
    """Scenario 4: one AOR with two contacts that are itself, but for parameters."""
    w.register(ACCOUNT)
    got = attack(w, "one account", "both, wait", "10", 10, {482: 6}, 482)
    equal(got["transactions"], 5, "forks")


def test_each_to_all(w):
    """Scenario 5: more than N! of N AORs, and never more than 60 at once at one depth."""
    for n in range(2, 7):
        w.register(each_to_all(n))
        got = attack(w, f"{n} AORs, each to all", "both, wait", f"R({n})", r(n),
                     {482: r(n) - r(n) // n + 1}, 482)
        equal(got["transactions"], r(n) // n, "forks")


def test_victim(w):
    """Scenario 6: one request for each fork at a phone that is a further contact of every AOR."""
    tables = [("two proxies, a victim", MUTUAL, "3 × 7", 7, 8),
              ("one account, a victim", ACCOUNT, "3 × 5", 5, 6)]
    tables += [(f"{n} AORs, each to all, a victim", each_to_all(n), f"R({n}) + F({n})", r(n) // n,
                r(n) - r(n) // n + 1) for n in (2, 3, 4, 5)]
    for what, table, derived, forks, loops in tables:
        table, phones = victim(w, table)
        w.register(table)
        got = attack(w, what, "both, wait", derived, forks + loops + forks - 1, {482: loops}, 404,
                     phones=phones)
        equal([len(act.invites) for act in phones.values()], [forks], f"at the victim; {what}")
        equal(got["transactions"], forks, f"forks; {what}")
        for phone in phones:
            phone.close()
            w.net.sockets.remove(phone.socket)


def test_serialised(w):
    """Scenario 9: little breadth makes it slower, not less."""
    w.register(MUTUAL)
    for breadth in (1, 2, 4):
        attack(w, "two proxies", "both, wait", "14", 14, {482: 8}, 482, breadth=breadth)


def test_spiral(w):
    """Scenario 10: a request comes back with another Request-URI, which is no loop; and with its
    first one, which is."""
    u, v = w.agent("b"), w.agent("c")
    c2, d1 = "sip:c@p2.example.com", "sip:d@p1.example.com"
    table = {A1: [B2, c2], B2: [d1], d1: [f"sip:u@{u.here}"], c2: [f"sip:w@{v.here}"]}
    for bound, loops in ((table[d1], 0), ([A1, *table[d1]], 1)):
        w.register({**table, d1: bound})
        phones = {u: answers(486, "Busy Here", True), v: answers(486, "Busy Here", True)}
        got = w.attack(A1, phones=phones)
        equal([len(act.invites) for act in phones.values()], [1, 1], f"INVITEs at U and W; {got}")
        equal((got["loops"], got["finals"]), (loops, [486]), f"482, and at the caller; {got}")
        equal(got["forwarded"], 5, f"on the wire, without what P1 sends itself; {got}")


# ---- a hop that changes what goes by ----

class Hop:
    """A proxy of the attacker: whatever comes goes back where it came from, with another
    Request-URI, as `change` makes it of the request's text and of how many came before."""

    def __init__(self, w, proxy, change):
        self.agent, self.proxy, self.change = w.agent("b"), proxy, change
        self.seen, self.branch = {}, unique()

    def act(self, agent, m):
        """Forward it, statelessly."""
        if m.status:
            text = re.sub(r"^Via:[^,\r]*(, *|\r\n)", lambda v: "Via: " if "," in v[1] else "",
                          str(m), count=1, flags=re.M)
            back = re.search(r"^Via: SIP/2.0/UDP ([^;:]*)(?::(\d+))?", text, re.M)
            agent.send(text, (back[1], int(back[2] or 5060)))
            return
        branch = m.values("via")[0]
        number = self.seen.setdefault(branch, len(self.seen))
        if m.method not in ("INVITE", "ACK"):
            return
        via = f"Via: SIP/2.0/UDP {agent.here};branch={self.branch}n{number}\r\n"
        line, _, rest = str(m).partition("\r\n")
        hops = int(m.get("max-forwards")) - 1
        rest = re.sub(r"^Max-Forwards:.*?\r\n", f"Max-Forwards: {hops}\r\n", rest, flags=re.M)
        agent.send(self.change(m.method, f"{via}{rest}", number), self.proxy)


def hop_attack(w, change, **options):
    """A request to an AOR with two contacts at such a hop; how many came by, and the outcome."""
    hop = Hop(w, w.at("p1"), change)
    w.register({A1: [f"sip:x@{hop.agent.here}"]})
    got = w.attack(A1, phones={hop.agent: hop.act}, **options)
    hop.agent.close()
    w.net.sockets.remove(hop.agent.socket)
    return len(hop.seen), got


def parameter_each_time(method, rest, number):
    """What the hop of scenario 17 does."""
    return f"{method} {A1};z={number} SIP/2.0\r\n{rest}"


def test_parameter_each_time(w):
    """Scenario 17, LD-28: the ninth arrival is refused."""
    count, got = hop_attack(w, parameter_each_time)
    equal((count, got["loops"], got["finals"]), (8, 1, [482]), f"forwarded, 482, final; {got}")


def test_order_of_checks(w):
    """Scenario 18: 483 comes before 482, and that before 440."""
    for fields, code in (({"Max-Forwards": 0}, 483), ({"Max-Forwards": 1, "Max-Breadth": 1}, 482)):
        def change(method, rest, _number, fields=fields):
            for name, value in fields.items():
                rest = re.sub(rf"^{name}:.*?\r\n", f"{name}: {value}\r\n", rest, flags=re.M)
            return f"{method} {A1} SIP/2.0\r\n{rest}"
        count, got = hop_attack(w, change)
        equal((count, got["finals"]), (1, [code]), f"forwarded and final; {got}")


# ---- other protection: each of these starts the engines anew ----

@disrupts
def test_one_detects(w):
    """Scenario 2: only one of the two looks for loops."""
    w.register(MUTUAL)
    off = {"loop_check": "off", "aor_revisit_limit": 0}
    w.configure(p2=off)
    attack(w, "two proxies", "both, wait, only at p1", "2 + 4 + 4 + 8", 18, {482: 10}, 482)
    w.configure(p1=off)
    attack(w, "two proxies", "both, wait, only at p2", "2 + 4 + 8 + 8 + 16", 38, {482: 20}, 482)


@disrupts
def test_nothing(w):
    """Scenario 3: twice as many at each hop."""
    w.configure(NOTHING)
    w.register(MUTUAL)
    for m in (3, 4, 6, 10):
        got = attack(w, "two proxies", "none", f"2<sup>{m + 1}</sup> - 2", 2 ** (m + 1) - 2,
                     {483: 2 ** m}, 483, max_forwards=m)
        equal(got["refused"], {483: 2 ** m}, f"483 on the wire; {got}")


@disrupts
def test_breadth_alone(w):
    """Scenario 7: without loop detection, 440 where breadth is short."""
    w.configure(UNDETECTED)
    w.register(MUTUAL)
    for breadth, forwarded, refused in ((60, 118, 60), (7, 12, 7), (4, 6, 4), (2, 2, 2), (1, 0, 1)):
        attack(w, "two proxies", "Max-Breadth, 440", f"2 × {breadth} - 2", forwarded,
               {440: refused}, 440, breadth=breadth)


@disrupts
def test_hop_without_limit(w):
    """Scenario 17 without the limit of visits: until Max-Forwards is used up, two for each turn."""
    w.configure({"aor_revisit_limit": 0})
    count, got = hop_attack(w, parameter_each_time, max_forwards=24)
    equal((count, got["loops"], got["finals"]), (12, 0, [483]), f"forwarded, 482, final; {got}")


@disrupts
def test_both_reject(w):
    """Scenario 8: both protections, 440 where breadth is short."""
    w.configure(REJECT)
    w.register(MUTUAL)
    for breadth, forwarded, refused, final in (
            (60, 14, {482: 8}, 482), (8, 10, {482: 4, 440: 2}, 440),
            (4, 6, {482: 2, 440: 2}, 440), (2, 2, {440: 2}, 440)):
        attack(w, "two proxies", "both, 440", str(forwarded), forwarded, refused, final,
               breadth=breadth)
    for n, forwarded, refused, derived in (
            (3, 15, {482: 11}, "R(3)"), (5, 25, {482: 9, 440: 12}, "5 + 4 × 5"),
            (6, 36, {482: 11, 440: 20}, "6 + 5 × 6"), (10, 10, {482: 1, 440: 9}, "10")):
        w.register(each_to_all(n))
        attack(w, f"{n} AORs, each to all", "both, 440", derived, forwarded, refused,
               440 if 440 in refused else 482, breadth=60)


def test_nothing_left(w):
    """No transaction outlives its last timer."""
    nothing_left(w.engines.values())


def test_table(w):
    """Writes down what was measured."""
    lines = ["| topology | protection | Max-Breadth | Max-Forwards | requests forwarded | most of "
             "them pending at one depth | 482 | 440 | at the victim | sent again | derived |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in ROWS]
    with open(os.path.join(w.net.logs, "attack.md"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    if os.environ.get("VIADUCT_ATTACK_MARKDOWN"):
        print("\n".join(lines), flush=True)
