# SPDX-License-Identifier: BSD-3-Clause
"""Users of a PostgreSQL database: loaded, loaded again, and what happens when there is none."""

import json
import os
import signal
import subprocess
import time

import digest
from calls import aor
from clients import PostgreSQL
from digest import Credentials
from network import wait_until
from sip import unique
from testing import disrupts, equal, status, true
from topology import Local

MANY = 5000  # more than one fetch of the cursor
FIRST = {"anna": "secret-anna", "bela": "secret-bela"}


def digests(user, password):
    """H(A1) of a user by MD5 and SHA-256."""
    a1 = f"{user}:example.com:{password}"
    return [digest.digest_of(a, a1) for a in ("MD5", "SHA-256")]


class WithDatabase(Local):
    """A registrar whose users are in PostgreSQL."""

    def cables(self):
        super().cables()
        self.db = PostgreSQL(self.net, "home")
        self.servers = [self.db]
        self.db.sql("CREATE TABLE subscribers (name text, realm text, md5 text, sha256 text, "
                    "aors text, id serial)",
                    f"INSERT INTO subscribers SELECT 'u' || i, 'example.com', md5('x'), NULL, NULL "
                    f"FROM generate_series(1, {MANY}) i")
        for name, password in FIRST.items():
            self.insert(name, password)
        self.engines["home"].sections["users"]["database"] = self.db.connection

    def sections(self):
        return {**super().sections(), "auth": {"registers": True},
                "users": {"source": "postgresql", "database": "",
                          "query": "SELECT name AS username, realm, md5 AS ha1_md5, sha256 AS "
                                   "ha1_sha256, aors FROM subscribers ORDER BY id;"}}

    def insert(self, name, password, aors="NULL"):
        """A new user in the database."""
        md5, sha256 = digests(name, password)
        self.db.sql(f"INSERT INTO subscribers VALUES ('{name}', 'example.com', '{md5}', "
                    f"'{sha256}', {aors})")


WORLD = WithDatabase
ENGINE_ONLY = True


def viaduct(w, *args, want=0, seconds=30):
    """Run the command; what it says."""
    e = w.engines["home"]
    done = subprocess.run([e.program("viaduct"), *args, "-c", e.config], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                          stdin=subprocess.DEVNULL)
    equal(done.returncode, want, f"{' '.join(args)}: {done.stdout}")
    return done.stdout


def report(w):
    """What `viaduct status` says of the users."""
    return json.loads(viaduct(w, "status", "--json"))["users"]


def reload(w, *args):
    """`viaduct users reload`; what it says."""
    said = json.loads(viaduct(w, "users", "reload", *args, "--json"))
    equal(said["engine"], "loaded", "users reload")
    return said


def registers(w, user, password, seconds=3.0):
    """The final response to a REGISTER with credentials."""
    b = w.agent("b")
    try:
        text = b.request("REGISTER", "sip:example.com", to=aor(user), expires="300",
                         from_=f"<{aor(user)}>;tag={unique('f')}",
                         contact=f"<sip:{user}@{b.here}>")
        return digest.ask(b, text, w.home, Credentials(user, password), seconds=seconds)[0]
    finally:
        b.close()


def test_load(w):
    """All are there; a password is right or wrong."""
    have = report(w)
    equal((have["users"], have["aors"], have["bad_rows"]), (MANY + 2, MANY + 2, 0), "users")
    status(registers(w, "anna", "secret-anna"), 200)
    status(registers(w, "anna", "secret-bela"), 401)
    status(registers(w, "nobody", "secret"), 401)


def test_list(w):
    """`viaduct user list` reads the database itself, and shows no hash."""
    rows = [json.loads(line) for line in viaduct(w, "user", "list", "--json").splitlines()]
    equal(len(rows), MANY + 2, "rows")
    equal(viaduct(w, "user", "list", "anna@*").strip(),
          "anna@example.com  MD5,SHA-256  sip:anna@example.com", "anna")
    equal(viaduct(w, "user", "list", "nobody@*"), "", "nobody")
    true(digests("anna", "secret-anna")[0] not in viaduct(w, "user", "list"), "a hash is shown")


def test_add_is_refused(w):
    """Users of a database of somebody else's are changed there."""
    for args in (("add", "--generate", "x@example.com"), ("remove", "anna@example.com")):
        said = viaduct(w, "user", *args, want=1)
        true("change them there by SQL" in said, said)


def test_reload(w):
    """Who is new, who is changed, and who is gone; nobody else notices."""
    w.insert("cleo", "secret-cleo", "'sip:cleo@example.com, sip:sales@example.com'")
    w.db.sql("DELETE FROM subscribers WHERE name = 'u1'",
             f"UPDATE subscribers SET md5 = '{digests('u2', 'new')[0]}' WHERE name = 'u2'")
    status(registers(w, "cleo", "secret-cleo"), 401)
    have = reload(w)
    equal((have["added"], have["changed"], have["removed"]), (1, 1, 1), "changes")
    equal(have["aors"], have["users"] + 1, "AORs")
    status(registers(w, "cleo", "secret-cleo"), 200)
    w.db.sql("DELETE FROM subscribers WHERE name = 'cleo'")
    equal(reload(w)["removed"], 1, "removed")
    status(registers(w, "cleo", "secret-cleo"), 401)
    true("sip:cleo@" in json.dumps(w.engines["home"].show("bindings")), "gone before his time")
    true("kept for ten minutes" in viaduct(w, "status"), "not in viaduct status")
    # GR-33: with the user go the bindings
    reload(w, "--force")
    wait_until(lambda: "sip:cleo@" not in json.dumps(w.engines["home"].show("bindings")), 5,
               "the bindings of a user who is gone no more there")


def test_emptied(w):
    """GR-33: a table that is written anew costs nobody what he has registered."""
    status(registers(w, "anna", "secret-anna"), 200)
    there = report(w)["users"]
    w.db.sql("CREATE TABLE kept AS SELECT * FROM subscribers", "TRUNCATE subscribers")
    said = viaduct(w, "users", "reload", want=1)
    true("nobody is in the source" in said and "users reload --force" in said, said)
    true("the users from before stay in force" in viaduct(w, "status"), "not in viaduct status")
    w.db.sql("INSERT INTO subscribers SELECT * FROM kept ORDER BY id LIMIT 2000")
    said = viaduct(w, "users", "reload", want=1)
    true("are not in the source any more" in said, said)
    status(registers(w, "bela", "secret-bela"), 200)
    w.db.sql("TRUNCATE subscribers", "INSERT INTO subscribers SELECT * FROM kept", "DROP TABLE kept")
    have = reload(w)
    equal((have["users"], have["added"], have["leaving"]), (there, 0, 0), "users")
    true("sip:anna@" in json.dumps(w.engines["home"].show("bindings")), "the bindings are gone")


def test_hangup(w):
    """SIGHUP makes control read, too."""
    before = report(w)["loads"]
    os.kill(w.engines["home"].pids()["control"], signal.SIGHUP)
    wait_until(lambda: report(w)["loads"] > before, 5, "a load after SIGHUP")


def test_bad_rows(w):
    """A row that is wrong is told of, and the others work; who was fine stays as he was."""
    w.db.sql("INSERT INTO subscribers VALUES ('bad', 'example.com', 'xyz', NULL, NULL)",
             "INSERT INTO subscribers VALUES (NULL, 'example.com', md5('x'), NULL, NULL)",
             "UPDATE subscribers SET md5 = 'broken' WHERE name = 'bela'")
    have = reload(w)
    equal((have["bad_rows"], have["removed"]), (3, 0), "bad rows")
    true(any("ha1_md5 has 3 characters: want 32 hexadecimal digits" in s for s in have["bad"]),
         have["bad"])
    true("ha1_md5 has 3 characters" in viaduct(w, "status"), "not in viaduct status")
    status(registers(w, "bela", "secret-bela"), 200)
    w.db.sql("DELETE FROM subscribers WHERE name = 'bad' OR name IS NULL",
             f"UPDATE subscribers SET md5 = '{digests('bela', 'secret-bela')[0]}' "
             "WHERE name = 'bela'")
    equal(reload(w)["bad_rows"], 0, "bad rows")


def test_broken_query(w):
    """A column that is missing is told of in a sentence; nothing changes."""
    w.db.sql("ALTER TABLE subscribers RENAME COLUMN md5 TO hash")
    said = viaduct(w, "users", "reload", want=1)
    true("users.query" in said and 'column "md5" does not exist' in said, said)
    status(registers(w, "anna", "secret-anna"), 200)
    w.db.sql("ALTER TABLE subscribers RENAME COLUMN hash TO md5")
    reload(w)


def test_no_select(w):
    """Anything but one SELECT is refused by one sentence, and changes nothing."""
    e = w.engines["home"]
    query = e.sections["users"]["query"]
    other = os.path.join(e.folder, "other.yaml")
    with open(e.config, encoding="utf-8") as f:
        text = f.read()
    true(query in text, text)
    for wrong in ("DELETE FROM subscribers", "SELECT 1; COMMIT; DELETE FROM subscribers",
                  "WITH x AS (DELETE FROM subscribers RETURNING *) SELECT * FROM x", "SELEKT"):
        with open(other, "w", encoding="utf-8") as f:
            f.write(text.replace(query, wrong))
        done = subprocess.run([e.program("viaduct"), "user", "list", "-c", other], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30, stdin=subprocess.DEVNULL)
        equal(done.returncode, 1, done.stdout)
        true(done.stdout.startswith("viaduct: users.query: want one SELECT") and
             "ERROR" not in done.stdout, done.stdout)
    true(w.db.sql("SELECT count(*) FROM subscribers").strip() != "0", "the users are gone")


def test_unreachable(w):
    """Without a database the users from before stay in force; it is tried again."""
    w.db.stop()
    said = viaduct(w, "users", "reload", want=1)
    true("cannot connect" in said, said)
    true("the users from before stay in force" in viaduct(w, "status"), "not in viaduct status")
    status(registers(w, "anna", "secret-anna"), 200)
    w.db.start()
    wait_until(lambda: "error" not in report(w), 15, "another try that succeeds")


def test_silent_server(w):
    """A server that says nothing at all holds up nobody but who waits for the load."""
    w.db.freeze(True)
    try:
        started = time.monotonic()
        load = subprocess.Popen([w.engines["home"].program("viaduct"), "users", "reload", "-c",
                                 w.engines["home"].config], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_until(lambda: report(w)["reading"], 5, "the users being read")
        for _ in range(20):
            status(registers(w, "anna", "secret-anna", seconds=1.0), 200)
        true(report(w)["reading"], "it is not being read")
        said = load.communicate(timeout=20)[0]
        equal(load.returncode, 1, said)
        true("no answer within 10 s" in said and time.monotonic() - started > 9, said)
    finally:
        w.db.freeze(False)
    reload(w)


@disrupts
def test_restart_without_database(w):
    """A control that starts again without its database has the users of the one before."""
    w.db.stop()
    gone = w.engines["home"].kill("control")
    w.engines["home"].wait_back("control", gone, 5)
    wait_until(lambda: _registers(w), 15, "a 200 to a REGISTER")
    have = report(w)
    equal((have["ready"], have["loaded"], have["users"]), (True, False, 0), "users")
    said = viaduct(w, "status")
    true("those that the process before had are in force" in said and "users: 0" not in said, said)
    w.db.start()
    there = int(w.db.sql("SELECT count(*) FROM subscribers"))
    wait_until(lambda: report(w)["users"] == there, 30, "all users")
    status(registers(w, "bela", "secret-bela"), 200)


def _registers(w):
    try:
        return registers(w, "anna", "secret-anna", seconds=1.0).status == 200
    except AssertionError:
        return False
