# SPDX-License-Identifier: BSD-3-Clause
"""What test files need: marks for tests, and small checks with readable complaints."""


class Skip(Exception):
    """This cannot be tried here; says why."""


def disrupts(test):
    """Mark a test that kills or restarts processes of the engine on purpose."""
    test.disrupts = True
    return test


def fresh(test):
    """Mark a test that wants a network of its own; it is thrown away afterwards."""
    test.fresh = True
    return test


def engine_only(test):
    """Mark a test of what only the engine does: not run against a stand-in."""
    test.engine_only = True
    return test


def equal(have, want, what=""):
    """AssertionError unless both are the same."""
    if have != want:
        raise AssertionError(f"{what + ': ' if what else ''}have {have!r}, want {want!r}")


def true(condition, what):
    """AssertionError unless the condition holds."""
    if not condition:
        raise AssertionError(what)


def status(message, want, reason=None):
    """Check a response's code (and reason phrase)."""
    wanted = (want,) if isinstance(want, int) else tuple(want)
    if message.status not in wanted:
        raise AssertionError(f"have {message.start!r}, want {' or '.join(map(str, wanted))}\n"
                             f"{message}")
    if reason is not None:
        equal(message.reason, reason, "reason phrase")
    return message
