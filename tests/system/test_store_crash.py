# SPDX-License-Identifier: BSD-3-Clause
"""The registrar dies again and again under load: nothing that it has acknowledged is lost, nothing
comes back that was removed, and calls go right all the time.

VIADUCT_CRASH_ROUNDS says how many rounds (default 10); VIADUCT_CRASH_SEED repeats one run.
"""

import os
import random
import signal
import time

from network import wait_until
from registrations import Asked, Audit, Churn, Load
from testing import disrupts, equal, fresh, true
from topology import Local

ENGINE_ONLY = True
ROUNDS = int(os.environ.get("VIADUCT_CRASH_ROUNDS", "10"))
SEED = int(os.environ.get("VIADUCT_CRASH_SEED", str(random.randrange(10 ** 6))))
USERS, STAYING = 400, 40
IN_A_ROW = 3  # what dies often is started again after longer and longer pauses


class Unlimited(Local):
    """A registrar that takes what comes."""

    guard = {name: {"rate": 0} for name in ("source", "register_source", "register_aor",
                                            "invite_source", "invite_aor")}


WORLD = Unlimited


class Scene:
    """The load, the audit, and the engine."""

    def __init__(self, w):
        self.engine = w.engines["home"]
        callee = w.agent("b", 5061)
        self.churn = Churn(w.agent("a", 5098), callee.here, w.home, USERS, SEED)
        self.asked = Asked(w.agent("a", 5070), w.agent("c"), w.home, STAYING)
        self.asked.register()
        self.load = Load(self.churn, self.asked)
        self.audit = Audit(w.agent("a", 5071), callee, w.home)
        self.random = random.Random(SEED)
        self.gone = 0.0  # seconds without a registrar, in all

    def kill_control(self):
        """kill -9 at a moment that nobody chose, and load until it is back and has answered."""
        pid = self.engine.pids()["control"]
        self.load.run(self.random.uniform(0.02, 0.4))
        os.kill(pid, signal.SIGKILL)
        died, had = time.monotonic(), self.churn.acknowledged
        self.load.run(0.05)  # what was answered before
        had = self.churn.acknowledged
        self.load.run(8, until=lambda: self.churn.acknowledged > had)
        true(self.churn.acknowledged > had, f"seed {SEED}: no REGISTER answered 8 s after the kill")
        self.gone += time.monotonic() - died
        self.load.run(self.random.uniform(0, 0.05))
        self.load.run(0.1, register=False)
        self.churn.give_up()

    def rest(self):
        """Stop and start everything in order, so that the supervisor makes no pauses."""
        equal(self.engine.stop(), 0, "exit status")
        self.begin_again()

    def begin_again(self):
        """Start the engine after all of it was stopped or killed."""
        for agent in (self.churn.agent, self.asked.caller):
            agent.drain()
        self.churn.give_up()
        self.asked.open.clear()
        self.engine.start()
        wait_until(lambda: not self.audit.bindings(self.churn.users[:1]), 5, "an answer")

    def check(self, number):
        """Everything is as it was acknowledged, and nobody was led astray meanwhile."""
        said = f"seed {SEED}, round {number}"
        equal(self.churn.wrong[:5], [], f"{said}: wrong answers to REGISTERs")
        equal(self.audit.bindings(self.churn.users)[:5], [], f"{said}: bindings")
        equal(self.audit.requests(self.churn.users)[:5], [], f"{said}: requests")
        self.load.run(2, register=False, until=lambda: len(self.asked.open) <= 1)
        equal(self.asked.wrong[:5], [], f"{said}: requests to users who stay")
        late = [e[0] for e in self.asked.open.values() if time.monotonic() - e[2] > 1]
        equal(late, [], f"{said}: requests to users who stay, unanswered")


@disrupts
def test_kill_control(w):
    """kill -9 of control under load, round after round: every acknowledged registration is listed
    and called right, removed ones stay removed, and users who did not move are reached in every
    moment, also while there is no registrar."""
    scene = Scene(w)
    for number in range(ROUNDS):
        if number % IN_A_ROW == 0 and number > 0:
            scene.rest()
        scene.kill_control()
        scene.check(number)
    print(f"      {ROUNDS} rounds, seed {SEED}: {scene.churn.acknowledged} acknowledged, "
          f"{scene.asked.answered} requests to {STAYING} users who stay, the slowest "
          f"{scene.asked.longest * 1000:.0f} ms; {scene.gone / ROUNDS:.2f} s without registrar "
          "on average", flush=True)
    true(scene.churn.acknowledged > 100 * ROUNDS,
         f"only {scene.churn.acknowledged} registrations acknowledged")


@disrupts
@fresh
def test_kill_everything(w):
    """kill -9 of all processes under load; started again, everything acknowledged is there."""
    scene = Scene(w)
    for number in range(2):
        scene.load.run(0.5)
        scene.engine.crash()
        scene.begin_again()
        scene.check(number)
