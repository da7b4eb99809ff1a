# SPDX-License-Identifier: BSD-3-Clause
"""Many users that register, move, refresh and go, over one socket, by somebody who keeps account of
what the registrar has acknowledged; and users who stay, and are asked for all the time."""

import random
import re
import select
import time

from calls import DOMAIN, aor
from sip import Message, inner_uri, parameter, unique

WINDOW = 48  # REGISTERs without answer at once
LOST, LOST_ROOM = 0.1, 4  # after so many seconds without room, so many more
EXPIRES = (600, 3600)
AGAIN = 0.25  # seconds until a request to a user who stays is sent again
TOLERANCE = 2  # seconds: registrations are told in whole ones


class State:
    """A binding: its Contact URI, and between when and when it ends: its time began somewhere
    between question and answer."""

    def __init__(self, uri, lasts):
        self.uri, self.lasts, self.asked, self.answered = uri, lasts, time.time(), None

    def fits(self, uri, rest):
        """Whether this is what a Contact with so many seconds left says."""
        end = time.time() + rest
        return (uri == self.uri and end > self.asked + self.lasts - TOLERANCE
                and end < (self.answered or time.time()) + self.lasts + TOLERANCE)

    def __repr__(self):
        return f"{self.uri} until {self.asked + self.lasts:.1f}"


class User:
    """What the registrar has promised about one user: `known` holds the states that it may be in,
    each a State or None. More than one where an answer is missing."""

    def __init__(self, name):
        self.name, self.version = name, 0
        self.known = [None]
        self.pending = None  # the state that was asked for, and its CSeq
        self.call_id, self.cseq = unique("c"), 0

    def contacts(self):
        """Contact URIs that it may have."""
        return [state.uri for state in self.known if state]


class Churn:
    """REGISTERs without end: `step()` sends and takes in what there is."""

    def __init__(self, agent, contact, proxy, count, seed):
        self.agent, self.contact, self.proxy = agent, contact, proxy
        self.random = random.Random(seed)
        self.users = [User(f"churn{i}") for i in range(count)]
        self.by_call = {u.call_id: u for u in self.users}
        self.acknowledged, self.refused, self.wrong = 0, 0, []
        self.waiting = 0
        self.full_since = time.monotonic()

    def begin(self):
        """Ask for something new for one user."""
        u = self.random.choice(self.users)
        if u.pending is not None:
            return
        known, draw = u.known[-1], self.random.random()
        lasts = self.random.choice(EXPIRES)
        fields = []
        if known and draw < 0.15 and len(u.known) == 1:
            state = None
        elif known and draw < 0.7 and len(u.known) == 1:
            state = State(known.uri, lasts)
        else:
            u.version += 1
            state = State(f"sip:{u.name}.v{u.version}@{self.contact}", lasts)
        if state:
            fields.append(f"<{state.uri}>;expires={lasts}")
        fields += [f"<{c}>;expires=0" for c in dict.fromkeys(u.contacts())
                   if state is None or c != state.uri]
        u.cseq += 1
        u.pending = (state, u.cseq)
        self.waiting += 1
        self.agent.send(self.text(u, ", ".join(fields)), self.proxy)

    def text(self, user, contact):
        """A REGISTER of a user; contact None asks only."""
        return self.agent.request("REGISTER", f"sip:{DOMAIN}", to=aor(user.name), contact=contact,
                                  from_=f"<{aor(user.name)}>;tag=churn", call_id=user.call_id,
                                  cseq=f"{user.cseq} REGISTER")

    def take(self, m):
        """An answer."""
        u = self.by_call.get(m.get("call-id"))
        if u is None or u.pending is None or int(m.get("cseq").split()[0]) != u.pending[1]:
            return
        if m.status < 200:
            return
        state, u.pending = u.pending[0], None
        self.waiting -= 1
        if m.status == 503:
            self.refused += 1
            return
        if state:
            state.answered = time.time()
        u.known = [state]
        self.acknowledged += 1
        fault = unlike(m, [state])
        if fault:
            self.wrong.append(f"{u.name}: {fault}")

    def step(self):
        """Keep the window full; what has been lost, with whoever was to answer it, makes room."""
        room, now = WINDOW - self.waiting, time.monotonic()
        if room > 0:
            self.full_since = now
        elif now - self.full_since > LOST:
            room, self.full_since = LOST_ROOM, now
        for _ in range(room):
            self.begin()

    def give_up(self):
        """Who has no answer by now may be in either state."""
        for u in self.users:
            if u.pending is not None:
                u.known, u.pending = [*u.known, u.pending[0]], None
        self.waiting = 0


def unlike(response, states):
    """What is wrong with the bindings of a 200, given the states that are possible; "" if it fits
    one of them."""
    if response.status != 200:
        return response.start
    have = [(inner_uri(c), int(parameter(c, "expires") or 0)) for c in response.values("contact")]
    for state in states:
        if not have if state is None else len(have) == 1 and state.fits(*have[0]):
            return ""
    return f"have {have}, want one of {states} at {time.time():.1f}"


class Asked:
    """Users who were registered once and stay: an OPTIONS to one of them all the time, each of which
    has to arrive at that user's Contact and be answered."""

    def __init__(self, caller, callee, proxy, count):
        self.caller, self.callee, self.proxy = caller, callee, proxy
        self.names = [f"stays{i}" for i in range(count)]
        self.open, self.answered, self.wrong, self.serial = {}, 0, [], 0
        self.longest = 0.0

    def contact(self, name):
        """Where a user is."""
        return f"sip:{name}.here@{self.callee.here}"

    def register(self):
        """Once, for all."""
        for name in self.names:
            answer = self.caller.register(aor(name), self.proxy, contact=f"<{self.contact(name)}>",
                                          expires=3600)
            if answer.status != 200:
                raise AssertionError(answer.start)

    def step(self, now):
        """Ask for the next user, and again where an answer is late."""
        name = self.names[self.serial % len(self.names)]
        self.serial += 1
        text = self.caller.request("OPTIONS", aor(name)).encode()
        self.open[Message(text).get("call-id")] = [name, text, now, now]
        self.caller.send(text, self.proxy)
        for entry in self.open.values():
            if now - entry[3] > AGAIN:
                entry[3] = now
                self.caller.send(entry[1], self.proxy)

    def arrived(self, m):
        """A request at a user's Contact."""
        if m.status or m.method != "OPTIONS":
            return
        name = inner_uri(m.get("to")).partition(":")[2].partition("@")[0]
        if m.uri != self.contact(name):
            self.wrong.append(f"a request for {name} arrived for {m.uri}")
        self.callee.reply(m, 200)

    def take(self, m, now):
        """An answer."""
        entry = self.open.get(m.get("call-id"))
        if entry is None or m.status < 200:
            return
        del self.open[m.get("call-id")]
        self.longest = max(self.longest, now - entry[2])
        if m.status == 200:
            self.answered += 1
        else:
            self.wrong.append(f"{m.start} for {entry[0]}")


class Load:
    """Both of them, on the sockets of one process."""

    ASK_EVERY = 0.004

    def __init__(self, churn, asked):
        self.churn, self.asked = churn, asked
        self.next_ask = 0.0

    def run(self, seconds, register=True, until=None):
        """Go on for a while, or until something is so."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end and not (until and until()):
            if register:
                self.churn.step()
            if now >= self.next_ask:
                self.next_ask = now + self.ASK_EVERY
                self.asked.step(now)
            self.listen(self.ASK_EVERY / 2)

    def listen(self, seconds):
        """Take in what has arrived."""
        agents = (self.churn.agent, self.asked.caller, self.asked.callee)
        ready, _, _ = select.select([a.socket for a in agents], [], [], seconds)
        for agent in agents:
            if agent.socket in ready:
                for m in arrived(agent):
                    if agent is self.churn.agent:
                        self.churn.take(m)
                    elif agent is self.asked.caller:
                        self.asked.take(m, time.monotonic())
                    else:
                        self.asked.arrived(m)


def arrived(agent, most=64):
    """Messages that wait on a socket."""
    agent.socket.setblocking(False)
    for _ in range(most):
        try:
            data, source = agent.socket.recvfrom(65535)
        except (BlockingIOError, ConnectionError):
            return
        yield Message(data, source[:2])


class Audit:
    """Holds everything that was acknowledged against what the registrar says now, and against where
    requests go."""

    WINDOW = 40

    def __init__(self, asker, callee, proxy):
        self.asker, self.callee, self.proxy = asker, callee, proxy

    def bindings(self, users):
        """A REGISTER that only asks, for each user: what is wrong. Settles what was in doubt."""
        def text(u):
            return self.asker.request("REGISTER", f"sip:{DOMAIN}", to=aor(u.name), contact=None,
                                      from_=f"<{aor(u.name)}>;tag=audit")

        def judge(u, m):
            fault = unlike(m, u.known)
            if not fault:
                u.known = [s for s in u.known if not unlike(m, [s])][:1]
            return fault
        return self._all(users, text, judge)

    def requests(self, users):
        """An OPTIONS to each user: to the Contact that is bound, or 404 or 480."""
        def judge(u, m):
            bound = u.known[0]
            if bound is None:
                return "" if m.status in (404, 480) else f"{m.start} though nothing is bound"
            return "" if m.status == 200 else f"{m.start} though {bound.uri} is bound"
        return self._all(users, lambda u: self.asker.request("OPTIONS", aor(u.name)), judge)

    def _all(self, users, text, judge):
        """Ask for all, some at once; {user: what is wrong}."""
        todo, still, faults = list(users), {}, []
        end = time.monotonic() + 10
        while todo or still:
            now = time.monotonic()
            if now > end:
                return faults + [f"{u.name}: no answer" for u, _, _ in still.values()]
            while todo and len(still) < self.WINDOW:
                u = todo.pop()
                data = text(u).encode()
                still[Message(data).get("call-id")] = [u, data, now]
                self.asker.send(data, self.proxy)
            for entry in still.values():
                if now - entry[2] > 0.5:
                    entry[2] = now
                    self.asker.send(entry[1], self.proxy)
            select.select([self.asker.socket, self.callee.socket], [], [], 0.05)
            faults += self._arrived_at_callee(users)
            for m in arrived(self.asker):
                if m.status >= 200 and m.get("call-id") in still:
                    u = still.pop(m.get("call-id"))[0]
                    fault = judge(u, m)
                    faults += [f"{u.name}: {fault}"] if fault else []
        return faults

    def _arrived_at_callee(self, users):
        """Answer what arrives; it has to be for the Contact that is bound."""
        faults, by_name = [], {u.name: u for u in users}
        for m in arrived(self.callee):
            if m.status or m.method != "OPTIONS":
                continue
            name = re.split(r"[:@]", inner_uri(m.get("to")))[1]
            bound = by_name[name].known[0] if name in by_name else None
            if bound is None or m.uri != bound.uri:
                faults.append(f"{name}: a request arrived for {m.uri}, bound is {bound}")
            self.callee.reply(m, 200)
        return faults
