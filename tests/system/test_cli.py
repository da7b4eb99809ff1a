# SPDX-License-Identifier: BSD-3-Clause
"""The `viaduct` command: check, show, inspect."""

import json
import os
import subprocess

from calls import aor, register
from testing import equal, true
from topology import Local

WORLD = Local
ENGINE_ONLY = True


def viaduct(w, *args):
    """Run the command; (exit status, output)."""
    done = subprocess.run([w.engines["home"].program("viaduct"), *args], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout


def test_check(w):
    """A good file: status 0. A bad one: status not 0, and file, line and key are named."""
    engine = w.engines["home"]
    equal(viaduct(w, "check", engine.config)[0], 0, "status for a good file")
    bad = os.path.join(engine.folder, "bad.yaml")
    with open(engine.config, encoding="ascii") as f:
        text = f.read()
    for old, new, key in (("memory_mb: 256", "memory_mb: lots", "memory_mb"),
                          ("domains:", "domain:", "domain"),
                          (f'"{w.home_address}/24"', '"198.51.100/24"', "addresses")):
        true(old in text, f"{old} is not in {engine.config}")
        with open(bad, "w", encoding="ascii") as f:
            f.write(text.replace(old, new, 1))
        code, said = viaduct(w, "check", bad)
        true(code != 0 and key in said, f"status {code}, {said}")
        true("bad.yaml:" in said, f"no file and line in: {said}")
        true(viaduct(w, "run", bad)[0] != 0, "`viaduct run` took a bad file")


def test_show(w):
    """Every table, for people and as JSON."""
    b = w.agent("b")
    register(b, "shown", w.home)
    for what in ("bindings", "flows", "guard", "hops", "ports", "stats", "nodes"):
        code, said = viaduct(w, "show", what, "-c", w.engines["home"].config)
        equal(code, 0, f"show {what}: {said}")
        w.engines["home"].show(what)
    true("shown" in viaduct(w, "show", "bindings", "-c", w.engines["home"].config)[1],
         "a user is not in show bindings")


def test_stats_add_up(w):
    """Every message that came in is counted once where it went."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    before = w.engines["home"].counters()
    for _ in range(20):
        a.send(a.request("OPTIONS", aor("b")), w.home)
        b.reply(b.expect(method="OPTIONS"), 200)
        a.expect(status=200)
    after = w.engines["home"].counters()
    for name, want in (("rx", 40), ("forwarded_requests", 20), ("forwarded_responses", 20)):
        equal(after.get(name, 0) - before.get(name, 0), want, name)


def test_inspect(w):
    """A message in a file, explained."""
    path = os.path.join(w.engines["home"].folder, "message.sip")
    with open(path, "w", encoding="ascii", newline="") as f:
        f.write(w.agent("a").request("INVITE", aor("b")))
    code, said = viaduct(w, "inspect", path)
    equal(code, 0, f"status; {said}")
    code, said = viaduct(w, "inspect", "--json", path)
    equal(code, 0, f"status; {said}")
    json.loads(said)
    code, said = viaduct(w, "inspect", path + ".not-there")
    true(code != 0 and "not-there" in said, f"status {code}, {said}")
