# SPDX-License-Identifier: BSD-3-Clause
"""What an operator sees of requests on their way, the alarm when they are many, and the switch by
which he shuts an AOR off (RFC 5393 section 7, MB-26)."""

import contextlib
import json
import os
import signal
import subprocess
import time

from calls import SDP, aor, register
from network import wait_until
from sip import Message, unique
from testing import disrupts, equal, fresh, status, true
from topology import Local

LIMIT = 64  # transactions; four fifths of it are an alarm


class Few(Local):
    """Room for few transactions."""

    def sections(self):
        return super().sections() | {"transactions": {"max": LIMIT}}


WORLD = Few
ENGINE_ONLY = True


def viaduct(w, *args, want=0, seconds=20):
    """Run the command; what it says."""
    e = w.engines["home"]
    done = subprocess.run([e.program("viaduct"), *args, "-c", e.config], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                          stdin=subprocess.DEVNULL)
    equal(done.returncode, want, f"{' '.join(args)}: {done.stdout}")
    return done.stdout


def rows(w, *args):
    """The lines of `show transactions --json`."""
    return [json.loads(line) for line in
            viaduct(w, "show", "transactions", "--json", *args).splitlines()]


def call(w, user, *phones):
    """An INVITE that forks to two phones, which ring; it and what they got."""
    caller = w.agent("a")
    text = caller.request("INVITE", aor(user), body=SDP, from_=f"<sip:alice@{caller.here}>;tag=1",
                          extra=["Content-Type: application/sdp",
                                 "Authorization: Digest username=\"x\", response=\"hush\""])
    caller.send(text, w.home)
    got = [p.expect(method="INVITE", call=Message(text.encode()).get("call-id")) for p in phones]
    for phone, invite in zip(phones, got):
        phone.reply(invite, 180, "Ringing", tag=unique("p"))
    caller.expect(status=180)
    return caller, text, got


def two_phones(w, user):
    """Both of them are registered for a user."""
    phones = [w.agent("b"), w.agent("c")]
    for phone in phones:
        register(phone, user, w.home)
    return phones


def refuse_all(caller, text, phones, got, home):
    """The call ends."""
    for phone, invite in zip(phones, got):
        phone.reply(invite, 486, "Busy Here", tag=unique("p"))
    answer = status(caller.expect(status=486), 486)
    caller.ack(text, answer, home)
    caller.close()
    for phone in phones:
        phone.close()


def test_ringing(w):
    """MB-26: a call that rings is shown with its branches, until it has been refused."""
    phones = two_phones(w, "rings")
    caller, text, got = call(w, "rings", *phones)
    call_id = Message(text.encode()).get("call-id")
    row, = rows(w, "--call-id", call_id)
    equal((row["method"], row["uri"], row["call_id"], row["from"], row["state"]),
          ("INVITE", aor("rings"), call_id, "alice", "proceeding"), "what it is")
    equal((row["breadth_in"], row["breadth_out"]), (60, 60), "breadth")
    equal(sorted((b["to"], b["state"], b["share"]) for b in row["branches"]),
          sorted((p.here, "proceeding", 30) for p in phones), "branches")
    true(0 <= row["age_ms"] < 10000, f"age {row['age_ms']}")
    summary = rows(w)[0]["summary"]
    wait_until(lambda: rows(w)[0]["summary"]["client"]["proceeding"] >= 2, 3, "gauges written")
    true(summary["limit"] == LIMIT and len(summary["workers"]) == 1, summary)
    said = viaduct(w, "show", "transactions", "--aor", "rings@example.com")
    for want in (f"INVITE {aor('rings')}  ", ", proceeding, breadth 60 of 60\n",
                 f"    Call-ID {call_id}, from alice\n", f"    {phones[0].here}",
                 " proceeding, share 30\n", "1 of 1 that match, "):
        true(want in said, f"no {want!r} in {said}")
    said = viaduct(w, "show", "transactions")
    for want in ("worker", "transactions: ", " proceeding, ", "branches: ", f"INVITE {aor('rings')}"):
        true(want in said, f"no {want!r} in {said}")
    true("hush" not in said, "what nobody is to see")
    refuse_all(caller, text, phones, got, w.home)
    wait_until(lambda: rows(w, "--call-id", call_id)[0]["state"] == "confirmed", 3, "its end")
    row, = rows(w, "--call-id", call_id)
    equal((row["final"], [b["status"] for b in row["branches"]]), (486, [486, 486]), "how it ended")
    equal(rows(w, "--call-id", call_id, "--state", "proceeding"), [], "of another state")


def test_filters(w):
    """MB-26: by AOR, age and number."""
    phones = two_phones(w, "old")
    caller, text, got = call(w, "old", *phones)
    time.sleep(2.1)
    second = w.agent("a", 5070)
    second.send(second.request("INVITE", aor("old"), body=SDP), w.home)
    phones[0].expect(method="INVITE")
    mine = ("--aor", aor("old"))
    equal(len(rows(w, *mine)), 2, "of the AOR")
    row, = rows(w, *mine, "--older", "2")
    equal(row["call_id"], Message(text.encode()).get("call-id"), "the older one")
    row, = rows(w, *mine, "--limit", "1")
    equal(row["call_id"], Message(text.encode()).get("call-id"), "the oldest one")
    equal(rows(w, "--aor", aor("nobody")), [], "of nobody")
    top = {r["aor"]: r for r in rows(w, "--top")}
    true(top[aor("old")]["branches"] >= 3 and top[aor("old")]["transactions"] == 2, top)
    said = viaduct(w, "show", "transactions", "--top")
    true("branches  transactions  address of record\n" in said and aor("old") in said, said)
    true("no address of record" in viaduct(w, "show", "transactions", "--aor", "a b", want=1),
         "what is no AOR")
    second.close()
    refuse_all(caller, text, phones, got, w.home)


@fresh
def test_alarm(w):
    """MB-26: one line in the log when most of the room is in use, and `status` says so."""
    phones = two_phones(w, "many")
    caller = w.agent("a")
    log = w.engines["home"].process.log

    def lines():
        with open(log, encoding="utf-8", errors="replace") as f:
            return [line for line in f if "transactions: worker 0 has" in line]

    before = len(lines())
    for _ in range(LIMIT):
        caller.send(caller.request("MESSAGE", aor("many")), w.home)
        phones[0].expect(method="MESSAGE")
    wait_until(lambda: len(lines()) > before, 5, "a line in the log")
    said = viaduct(w, "status")
    true("; NEAR THE LIMIT\n" in said and f" of {LIMIT}, " in said, said)
    true(json.loads(viaduct(w, "status", "--json"))["transactions"]["high"], "status --json")
    time.sleep(2)
    equal(len(lines()), before + 1, "lines for one crossing")
    true(w.engines["home"].counters()["transactions"] >= LIMIT * 4 // 5, "the counter")


@contextlib.contextmanager
def shut_off(w, user, *args):
    """An AOR is shut off inside."""
    equal(viaduct(w, "aor", "disable", aor(user), *args), f"{aor(user)} is disabled\n", "disable")
    time.sleep(0.3)
    try:
        yield
    finally:
        equal(viaduct(w, "aor", "enable", aor(user)), f"{aor(user)} is enabled\n", "enable")
        time.sleep(0.3)


def answer_of(w, user, phone):
    """Status of the answer to an OPTIONS for a user."""
    caller = w.agent("a", 5071)
    caller.send(caller.request("OPTIONS", aor(user)), w.home)
    try:
        phone.reply(phone.expect(0.5, method="OPTIONS"), 200)
    except AssertionError:
        pass
    try:
        return caller.expect().status
    finally:
        caller.close()


def test_shut_off(w):
    """MB-26: nothing new goes to an AOR that is shut off, until it is let in again."""
    phone = w.agent("b", 5080)
    register(phone, "victim", w.home)
    equal(answer_of(w, "victim", phone), 200, "before")
    with shut_off(w, "victim"):
        equal(answer_of(w, "victim", phone), 480, "shut off")
        equal(viaduct(w, "aor", "list"), f"480 {aor('victim')}\n", "list")
        true(w.engines["home"].counters()["aor_disabled"] >= 1, "the counter")
        viaduct(w, "aor", "disable", "victim@example.com", "403")
        time.sleep(0.3)
        equal(answer_of(w, "victim", phone), 403, "shut off with 403")
        status(phone.register(aor("victim"), w.home), 200)
    equal(answer_of(w, "victim", phone), 200, "let in again")
    equal(viaduct(w, "aor", "list", "--json"), "", "list of none")
    true("is not disabled" in viaduct(w, "aor", "enable", aor("victim"), want=1), "enable twice")
    true("of no domain" in viaduct(w, "aor", "disable", "x@elsewhere.example", want=1), "elsewhere")
    phone.close()


@disrupts
def test_shut_off_is_kept(w):
    """MB-26: whatever is started again, an AOR stays shut off."""
    phone = w.agent("b", 5080)
    register(phone, "stays", w.home)
    with shut_off(w, "stays", "403"):
        for part in ("dataplane", "control"):
            w.engines["home"].wait_back(part, w.engines["home"].kill(part), 5.0)
            wait_until(lambda: answer_or_none(w, "stays", phone) == 403, 10,
                       f"403 behind the end of {part}")
        w.engines["home"].stop()
        w.engines["home"].start()
        wait_until(lambda: answer_or_none(w, "stays", phone) == 403, 10, "403 behind a restart")
    wait_until(lambda: answer_or_none(w, "stays", phone) == 200, 10, "the user let in again")
    phone.close()


def answer_or_none(w, user, phone):
    """The same while the engine may not be there."""
    try:
        return answer_of(w, user, phone)
    except AssertionError:
        return None


@contextlib.contextmanager
def frozen(w, part):
    """A process stands still inside."""
    pid = w.engines["home"].pids()[part]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@disrupts
def test_nobody_answers(w):
    """Whoever asks in vain hears of whom."""
    with frozen(w, "control"):
        said = viaduct(w, "show", "transactions", want=1)
        true("worker" in said and "control gave no answer within 5 seconds" in said, said)
    with frozen(w, "dataplane"):
        said = viaduct(w, "show", "transactions", want=1)
        true("the dataplane made no list within 3 s" in said, said)
        time.sleep(3)
        said = viaduct(w, "show", "transactions", want=1)
        true("no sign of life for" in said, said)
    wait_until(lambda: "in all" in viaduct(w, "show", "transactions", "--limit", "5"), 5, "a list")
