#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Count test cases: tally.py FILE... prints "PASSED FAILED SKIPPED"; failed cases go to stderr.

A file is JUnit XML, or meson's testlog.json: that one also knows programs that failed without a
failed case, because they crashed or ran out of time; such a program counts as one failed case.
"""

import json
import sys
import xml.etree.ElementTree as xml


def case_outcome(case):
    """passed, failed or skipped."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if (case.find("skipped") is not None or case.get("result") == "skipped"
            or case.get("status") == "notrun"):
        return "skipped"
    return "passed"


def count_junit(path, count, bad):
    """Every case of a JUnit file; notes the suites that have a failed one."""
    for suite in xml.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            outcome = case_outcome(case)
            count[outcome] += 1
            if outcome == "failed":
                bad.update(suite.get("name", "").split("."))
                print(f"  failed: {suite.get('name')}.{case.get('name')}", file=sys.stderr)


def count_programs(path, count, bad):
    """Programs of a meson log that failed and whose cases do not tell it."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            test = json.loads(line)
            name = test["name"].rpartition(" / ")[2].rpartition(":")[2].strip()
            if test["result"] in ("OK", "SKIP", "EXPECTEDFAIL"):
                continue
            if name not in bad:
                count["failed"] += 1
                print(f"  failed: {name}: {test['result']}", file=sys.stderr)


def main():
    count, bad = {"passed": 0, "failed": 0, "skipped": 0}, set()
    for path in sorted(sys.argv[1:], key=lambda p: p.endswith(".json")):
        if path.endswith(".json"):
            count_programs(path, count, bad)
        else:
            count_junit(path, count, bad)
    print(count["passed"], count["failed"], count["skipped"])


if __name__ == "__main__":
    main()
