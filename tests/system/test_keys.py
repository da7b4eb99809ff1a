# SPDX-License-Identifier: BSD-3-Clause
"""`viaduct keys`: the ring of flow-token keys, rotated while tokens of it are in use, and shared."""

import base64
import json
import os
import shutil
import subprocess

from calls import aor, outbound_register, whole_call
from network import wait_until
from sip import inner_uri
from testing import disrupts, equal, status, true
from topology import EdgeAndHome

WORLD = EdgeAndHome
ENGINE_ONLY = True


def ring(w, engine):
    """Path of an engine's key ring."""
    e = w.engines[engine]
    return os.path.join(e.folder, "state", e.instance, "keyring")


def keys(w, engine, *args, want=0):
    """`viaduct keys ...` on an engine; what it says. No key of the ring is ever in it."""
    e = w.engines[engine]
    done = subprocess.run([e.program("viaduct"), "keys", *args, "-c", e.config], text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                          stdin=subprocess.DEVNULL)
    equal(done.returncode, want, f"keys {' '.join(args)}: {done.stdout}")
    for line in read(ring(w, engine)).splitlines():
        secret = line.split()[-1]
        true(len(secret) < 32 or secret not in done.stdout, f"a key in: {done.stdout}")
    return done.stdout


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def states(w, engine):
    """{id: state} of `keys list --json`, and {id: fingerprint}."""
    rows = [json.loads(line) for line in keys(w, engine, "list", "--json").splitlines()]
    rows = [r for r in rows if "id" in r]
    return ({r["id"]: r["state"] for r in rows},
            {r["id"]: r["fingerprint"] for r in rows if "fingerprint" in r})


def added(w, engine):
    """`keys add`; the number of the new key."""
    return int(keys(w, engine, "add").split()[1])


def copy(w, source, target):
    """What an operator does: the ring of one engine onto another, which then reads it."""
    shutil.copy(ring(w, source), ring(w, target))
    os.chmod(ring(w, target), 0o600)
    return keys(w, target, "reload")


def register(w, user):
    """Register through the edge; the number of the key of the token in Path."""
    agent = w.agent("phone2")
    answer = status(outbound_register(agent, user, w.edge), 200)
    token = inner_uri(answer.values("path")[0]).partition(":")[2].rpartition("@")[0]
    agent.close()
    return base64.urlsafe_b64decode(token)[12] & 15


def call(w, user):
    """A call from the routed network to a user behind the edge."""
    callee, phone2 = w.agent("callee"), w.agent("phone2")
    whole_call(callee, phone2, aor(user), w.home, w.edge)
    callee.close()
    phone2.close()


def test_list(w):
    """One key at the start; the file is ours alone."""
    state, fingerprint = states(w, "edge")
    equal(sorted(state.values()), ["active"], "states")
    true(fingerprint[0] in keys(w, "edge", "list"), "no fingerprint in the list for people")
    equal(os.stat(ring(w, "edge")).st_mode & 0o777, 0o600, "mode")


def test_copied_ring(w):
    """A ring that is copied to another engine is taken by `keys reload`, with a warning."""
    true(states(w, "edge")[1] != states(w, "home")[1], "both engines have one ring already")
    said = copy(w, "edge", "home")
    true("warning" in said and "key 0" in said and "branch key" in said, said)
    equal(states(w, "home"), states(w, "edge"), "rings")
    true("warning" not in keys(w, "home", "reload"), "a warning without a reason")


def test_reload_refused(w):
    """A ring that others may read, or that is none, is refused; the engine keeps the one it has."""
    before = register(w, "kept")
    good = read(ring(w, "edge"))
    os.chmod(ring(w, "edge"), 0o644)
    true("chmod 600" in keys(w, "edge", "reload", want=1), "no word of the mode")
    os.chmod(ring(w, "edge"), 0o600)
    for text in ("", good.replace("active", "alive"), good[:-20]):
        with open(ring(w, "edge"), "w", encoding="ascii") as f:
            f.write(text)
        true("keyring:" in keys(w, "edge", "reload", want=1), "no file and line")
    with open(ring(w, "edge"), "w", encoding="ascii") as f:
        f.write(good)
    keys(w, "edge", "reload")
    equal(register(w, "kept"), before, "key of the token")
    call(w, "kept")


def test_two_steps(w):
    """A key that both engines know before a token is made with it; no live token is refused."""
    copy(w, "edge", "home")
    old = register(w, "live")
    new = added(w, "edge")
    equal(states(w, "edge")[0][new], "accepted", "state of the new key")
    equal(os.stat(ring(w, "edge")).st_mode & 0o777, 0o600, "mode")
    copy(w, "edge", "home")
    equal(register(w, "live"), old, "key of tokens before `activate`")
    keys(w, "edge", "activate", str(new))
    wait_until(lambda: register(w, "moved") == new, 5, f"tokens under key {new}")
    true("warning" not in copy(w, "edge", "home"), "a warning without a reason")
    call(w, "live")
    call(w, "moved")
    keys(w, "edge", "activate", str(old))
    wait_until(lambda: register(w, "back") == old, 5, f"tokens under key {old}")
    call(w, "moved")


def test_retire(w):
    """Tokens of a retired key get 430; others are as before."""
    old = register(w, "gone")
    new = int(keys(w, "edge", "rotate").split()[1])
    wait_until(lambda: register(w, "stays") == new, 5, f"tokens under key {new}")
    call(w, "gone")
    keys(w, "edge", "retire", str(old))
    equal(states(w, "edge")[0][old], "retired", "state")
    # somebody has to be there: an ICMP error would end the flow, of both users
    callee, phone2 = w.agent("callee"), w.agent("phone2")

    def refused():
        callee.send(callee.request("OPTIONS", aor("gone")), w.home)
        try:
            return callee.expect(seconds=0.5).status in (430, 480)
        except AssertionError:
            return False
    wait_until(refused, 5, "a token of a retired key refused")
    callee.close()
    phone2.close()
    call(w, "stays")
    true("forgotten" in keys(w, "edge", "activate", str(old), want=1), "a retired key activated")


def test_mistakes(w):
    """Each is told in a sentence, and changes nothing."""
    before = read(ring(w, "edge"))
    active = next(str(i) for i, s in states(w, "edge")[0].items() if s == "active")
    for code, word, *args in ((1, "activate another", "retire", active), (1, "no key", "retire", "14"),
                              (1, "no key", "activate", "14"), (2, "0 to 15", "activate", "16"),
                              (2, "-1", "activate", "-1"), (2, "'x'", "retire", "x"),
                              (2, "usage", "retire"), (2, "usage", "activate"),
                              (2, "usage", "add", "3"), (2, "usage", "burn"), (2, "usage")):
        said = keys(w, "edge", *args, want=code)
        true(word in said, f"keys {' '.join(args)}: {said}")
    equal(read(ring(w, "edge")), before, "the ring")


def test_json(w):
    """What is done to a key is told as one object."""
    said = json.loads(keys(w, "edge", "add", "--json"))
    equal((said["state"], said["engine"]), ("accepted", "loaded"), "add")
    new = said["id"]
    equal(json.loads(keys(w, "edge", "reload", "--json")), {"engine": "loaded"}, "reload")
    equal(json.loads(keys(w, "edge", "retire", str(new), "--json")),
          {"engine": "loaded", "id": new, "state": "retired"}, "retire")


@disrupts
def test_stopped(w):
    """With the engine stopped the ring is changed all the same, and read when it starts."""
    engine = w.engines["edge"]
    engine.stop()
    said = keys(w, "edge", "add")
    new = int(said.split()[1])
    true("the engine does not run" in said, said)
    equal(states(w, "edge")[0][new], "accepted", "state")
    true("the engine does not run" in keys(w, "edge", "activate", str(new)), "no note")
    equal(json.loads(keys(w, "edge", "reload", "--json")), {"engine": "stopped"}, "reload")
    engine.start()
    w.probe(engine)
    equal(register(w, "started"), new, "key of the token")


def test_full_ring(w):
    """Sixteen keys at most; the engine that is told so goes on."""
    for _ in range(16):
        said = subprocess.run([w.engines["edge"].program("viaduct"), "keys", "add", "-c",
                               w.engines["edge"].config], text=True, check=False, timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if said.returncode != 0:
            break
    true("retire the oldest" in said.stdout, said.stdout)
    register(w, "full")
    call(w, "full")
