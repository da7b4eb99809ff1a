# SPDX-License-Identifier: BSD-3-Clause
"""`viaduct user` and `viaduct users` with a file and with SQLite: by script, and on a terminal."""

import json
import os
import pty
import select
import subprocess
import time

import digest
from calls import aor
from digest import Credentials
from sip import unique
from testing import disrupts, equal, status, true
from topology import Local


class WithFile(Local):
    """A registrar whose users are in a file, which nobody has made yet."""

    def sections(self):
        return {**super().sections(), "auth": {"registers": True}, "users": {"source": "file"}}

    def before_start(self, engine):
        viaduct(self, "user", "add", "probe@example.com", "--generate")


ENGINE_ONLY = True
WORLD = WithFile


def run(w, *args, config=None, **options):
    """Run the command; its end."""
    e = w.engines["home"]
    if not os.path.exists(e.config):
        e.write()
    options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
    return subprocess.run([e.program("viaduct"), *args, "-c", config or e.config], text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=30, **options)


def viaduct(w, *args, want=0, **options):
    """Run the command; what it says."""
    done = run(w, *args, **options)
    equal(done.returncode, want, f"{' '.join(args)}: {done.stdout}")
    return done.stdout


def users(w):
    """{NAME@REALM: AORs} of `user list`."""
    rows = [json.loads(line) for line in viaduct(w, "user", "list", "--json").splitlines()]
    return {f"{r['username']}@{r['realm']}": r["aors"] for r in rows}


def test_realm_of_nobody(w):
    """A realm that no challenge names is warned of."""
    for realm in ("example.org", "Example.com"):
        said = viaduct(w, "user", "add", "--generate", f"x@{realm}")
        true(f"warning: nobody is asked for a password of realm '{realm}'" in said and
             "domains': example.com" in said, said)
        viaduct(w, "user", "remove", f"x@{realm}")
    true("warning" not in viaduct(w, "user", "add", "--generate", "x@example.com"), "a warning")
    viaduct(w, "user", "remove", "x@example.com")


def registers(w, user, password):
    """Whether somebody with this password may register."""
    b = w.agent("b")
    try:
        for _ in range(10):
            text = b.request("REGISTER", "sip:example.com", to=aor(user), contact=None,
                             from_=f"<{aor(user)}>;tag={unique('f')}")
            answer, _ = digest.ask(b, text, w.home, Credentials(user, password))
            if answer.status != 401 or digest.choose(answer).get("stale") != "true":
                break
            time.sleep(0.2)
        status(answer, (200, 401))
        return answer.status == 200
    finally:
        b.close()


def file_of(w):
    """Path of the file of users."""
    return os.path.join(w.engines["home"].state(), "users")


def test_add(w):
    """A password by stdin; the engine takes it at once."""
    said = viaduct(w, "user", "add", "anna@example.com", "--password-stdin", input="secret\n")
    equal(said, "anna@example.com is there\n", "add")
    true(registers(w, "anna", "secret"), "her password is not taken")
    true(not registers(w, "anna", "Secret"), "another password is taken")
    equal(os.stat(file_of(w)).st_mode & 0o777, 0o600, "mode")
    with open(file_of(w), encoding="utf-8") as f:
        true("secret" not in f.read(), "the password is in the file")
    said = viaduct(w, "user", "add", "anna@example.com", "--password-stdin", input="x\n", want=1)
    true("--replace" in said, said)


def test_replace(w):
    """Another password; the AORs stay unless others are named."""
    viaduct(w, "user", "add", "bela@example.com", "--password-stdin", "--aor",
            "sip:bela@example.com", "--aor", "sales@example.com", input="one\n")
    viaduct(w, "user", "add", "bela@example.com", "--password-stdin", "--replace", input="two\n")
    equal(users(w)["bela@example.com"], ["sip:bela@example.com", "sip:sales@example.com"], "AORs")
    true(registers(w, "bela", "two") and not registers(w, "bela", "one"), "not the new password")
    viaduct(w, "user", "add", "bela@example.com", "--generate", "--replace", "--aor",
            "sip:b@example.com")
    equal(users(w)["bela@example.com"], ["sip:b@example.com"], "AORs")


def test_generate(w):
    """A password by chance is told once."""
    said = json.loads(viaduct(w, "user", "add", "cleo@example.com", "--generate", "--json"))
    equal((said["user"], said["state"], said["engine"]), ("cleo@example.com", "there", "loaded"),
          "add")
    true(len(said["password"]) == 24, said)
    true(registers(w, "cleo", said["password"]), "the password that was told is not taken")


def test_remove(w):
    """Who is removed cannot register from then on."""
    viaduct(w, "user", "add", "gone@example.com", "--password-stdin", input="secret\n")
    true(registers(w, "gone", "secret"), "not there")
    viaduct(w, "user", "remove", "gone@example.com")
    true(not registers(w, "gone", "secret"), "still there")
    true("is not there" in viaduct(w, "user", "remove", "gone@example.com", want=1), "no word")


def on_terminal(w, *answers):
    """`user add` on a terminal; what it shows, and its status."""
    pid, terminal = pty.fork()
    if pid == 0:
        e = w.engines["home"]
        os.execv(e.program("viaduct"), ["viaduct", "user", "add", "typed@example.com", "--replace",
                                        "-c", e.config])
    shown, left = b"", list(answers)
    while select.select([terminal], [], [], 10)[0]:
        try:
            octets = os.read(terminal, 1000)
        except OSError:
            break
        shown += octets
        if left and shown.endswith(b": "):
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_terminal(w):
    """Asked twice, and what is typed is not shown."""
    shown, code = on_terminal(w, "typed", "typed")
    equal(code, 0, shown)
    equal(shown.count("typed@example.com: "), 2, shown)
    true("typed\r" not in shown.replace("typed@", ""), shown)
    true(registers(w, "typed", "typed"), "the password is not taken")
    shown, code = on_terminal(w, "one", "two")
    true(code == 1 and "two different passwords" in shown, shown)
    true(registers(w, "typed", "typed"), "it was changed all the same")


def test_no_terminal(w):
    """Without a terminal the password comes from somewhere else."""
    said = viaduct(w, "user", "add", "x@example.com", want=1, start_new_session=True)
    true("--password-stdin or --generate" in said, said)
    for text in ("", "\n", "x" * 300 + "\n"):
        viaduct(w, "user", "add", "x@example.com", "--password-stdin", input=text, want=1)
    true("x@example.com" not in users(w), "he was added")


def test_mistakes(w):
    """What is wrong with a user is said before a password is asked for."""
    for args, word in ((("x@My Realm",), "want aors"), (("x@example.com", "--aor", "tel:+1"), "AOR"),
                       (("x@exa\nmple",), "control character")):
        said = viaduct(w, "user", "add", *args, "--generate", want=1)
        true(word in said, said)


def test_by_hand(w):
    """A line written by hand, a bad one, and a file that others may read."""
    with open(file_of(w), "a", encoding="utf-8") as f:
        f.write("dora realm=example.com password=hand\nbroken realm=example.com\n")
    said = viaduct(w, "users", "reload")
    true("1 added" in said and "neither a password nor a digest" in said, said)
    true(registers(w, "dora", "hand"), "not taken")
    os.chmod(file_of(w), 0o644)
    true("chmod 600" in viaduct(w, "users", "reload", want=1), "no word of the mode")
    true(registers(w, "dora", "hand"), "the users from before are gone")
    os.chmod(file_of(w), 0o600)
    viaduct(w, "users", "reload")


def test_sqlite(w):
    """The database is made with the first user, and changed by later ones."""
    e = w.engines["home"]
    config, path = os.path.join(e.folder, "sqlite.yaml"), os.path.join(e.folder, "users.db")
    with open(e.config, encoding="ascii") as f, open(config, "w", encoding="ascii") as out:
        # an engine of another name, which does not run
        out.write(f.read().replace('source: "file"', f'source: sqlite\n  database: "{path}"')
                  .replace(e.instance, "offline"))
    said = viaduct(w, "user", "add", "anna@example.com", "--generate", config=config)
    true("does not run" in said, said)
    viaduct(w, "user", "add", "bela@example.com", "--generate", config=config)
    viaduct(w, "user", "remove", "anna@example.com", config=config)
    said = viaduct(w, "user", "list", config=config)
    equal(said, "bela@example.com  MD5,SHA-256,SHA-512-256  sip:bela@example.com\n", "list")
    equal(os.stat(path).st_mode & 0o777, 0o600, "mode")


@disrupts
def test_restart(w):
    """Users outlive the engine; who is added while it is away is there when it is back."""
    engine = w.engines["home"]
    engine.stop()
    said = viaduct(w, "user", "add", "emil@example.com", "--password-stdin", input="secret\n")
    true("does not run" in said, said)
    engine.start()
    w.probe(engine)
    true(registers(w, "emil", "secret") and registers(w, "anna", "secret"), "not all are there")
