#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw series of viaduct-phones as one SVG: how many REGISTERs a second were offered, accepted and
shed, and below it how many phones were registered. One column for each series.

    bench/plot.py --output docs/avalanche.svg --wave 2 "no limit=a.csv" "5,000 a second=b.csv"

The text stays text, and the colours can be read on a light page and on a dark one.
"""

import argparse
import csv
import math
import sys
from xml.sax.saxutils import escape

INK, FAINT = "#6e7781", "#6e778155"
CURVES = (("offered", INK, lambda r: r["sent"] + r["retransmitted"]),
          ("accepted", "#2088e0", lambda r: r["ok"]),
          ("shed with 503", "#dd6b20", lambda r: r["rejected_503"]))
TOTAL = "#2088e0"

WIDTH, LEFT, RIGHT = 420, 72, 16           # of a column; of its margins
TOP, RATE_HEIGHT, GAP, TOTAL_HEIGHT, BOTTOM = 70, 190, 40, 120, 44
HEIGHT = TOP + RATE_HEIGHT + GAP + TOTAL_HEIGHT + BOTTOM


class SeriesError(Exception):
    """A series cannot be drawn; says why."""


def arguments():
    p = argparse.ArgumentParser(description="Draw series of viaduct-phones as one SVG.")
    p.add_argument("series", nargs="+", metavar="[TITLE=]FILE", help="series, one for each column")
    p.add_argument("--output", default="-", metavar="FILE", help="where to; default: stdout")
    p.add_argument("--wave", type=int, default=1, metavar="N", help="the wave to draw (default 1)")
    p.add_argument("--bin", type=int, default=200, metavar="MS",
                   help="draw rates over at least so long (default 200)")
    p.add_argument("--log", action="store_true", help="rates on a logarithmic scale, from 10 on")
    return p.parse_args()


# --- the data ---

def read(path):
    """The rows of a series as numbers."""
    with open(path, encoding="ascii") as f:
        rows = [{k: int(v) for k, v in row.items()} for row in csv.DictReader(f)]
    if not rows or "registered_total" not in rows[0]:
        raise SeriesError(f"{path}: no series of viaduct-phones, or an empty one")
    return rows


def wave(rows, number, path):
    """The rows of one wave, from 0 ms on: where fewer are registered than before, a new one begins.
    What comes after the last change is cut off."""
    begins = [0] + [i for i in range(1, len(rows))
                    if rows[i]["registered_total"] < rows[i - 1]["registered_total"]]
    begins.append(len(rows))
    if not 1 <= number < len(begins):
        raise SeriesError(f"{path}: has {len(begins) - 1} waves, not {number}")
    first = begins[number - 1]
    zero = rows[first - 1]["t_ms"] if first > 0 else 0
    found = [dict(r, t_ms=r["t_ms"] - zero) for r in rows[first:begins[number]]]
    last = max(i for i, r in enumerate(found)
               if i == 0 or r["sent"] or r["retransmitted"] or r["ok"] or r["rejected_503"])
    return found[:last + 1]


def binned(rows, least_ms):
    """Rows put together until they last `least_ms`: counts are sums, totals the last ones."""
    out, begin, sums = [], 0, {}
    for row in rows:
        for key in ("sent", "retransmitted", "ok", "rejected_503"):
            sums[key] = sums.get(key, 0) + row[key]
        if row["t_ms"] - begin >= least_ms or row is rows[-1]:
            out.append(dict(sums, begin=begin, end=row["t_ms"], total=row["registered_total"]))
            begin, sums = row["t_ms"], {}
    return [b for b in out if b["end"] > b["begin"]]


# --- drawing ---

def nice(limit, steps):
    """The ticks from 0 past `limit`, at steps of 1, 2 or 5 times a power of ten."""
    raw = max(limit, 1e-9) / steps
    power = 10.0
    while power > raw:
        power /= 10
    while power * 10 <= raw:
        power *= 10
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    count = int(-(-limit // step))
    return [step * i for i in range(count + 1)]


def powers(limit):
    """The powers of ten from 10 past `limit`."""
    ticks = [10]
    while ticks[-1] < limit:
        ticks.append(ticks[-1] * 10)
    return ticks


def number(value):
    """1,500 or 0.5."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


class Panel:
    """A rectangle with axes. Its vertical scale is logarithmic if its ticks do not begin at 0."""

    def __init__(self, x, y, width, height, x_ticks, y_ticks):
        self.x, self.y, self.width, self.height = x, y, width, height
        self.x_ticks, self.y_ticks = x_ticks, y_ticks

    def at(self, seconds, value):
        """Where a point is."""
        low, high = self.y_ticks[0], self.y_ticks[-1]
        share = (math.log(max(value, low) / low) / math.log(high / low) if low > 0
                 else value / high)
        return self.x + self.width * seconds / self.x_ticks[-1], self.y + self.height * (1 - share)

    def axes(self, label, seconds):
        """Grid, numbers, and what is counted."""
        out = []
        for tick in self.y_ticks:
            y = self.at(0, tick)[1]
            out.append(f'<path d="M{self.x} {y:.1f}h{self.width}" stroke="{FAINT}"/>')
            out.append(text(self.x - 6, y + 4, number(tick), "end"))
        for tick in self.x_ticks:
            x = self.at(tick, 0)[0]
            out.append(f'<path d="M{x:.1f} {self.y + self.height}v4" stroke="{INK}"/>')
            if seconds:
                out.append(text(x, self.y + self.height + 17, number(tick), "middle"))
        if seconds:
            out.append(text(self.x + self.width / 2, self.y + self.height + 34, "seconds",
                            "middle"))
        out.append(text(self.x, self.y - 8, label, "start"))
        return out

    def steps(self, bins, value, colour):
        """A curve that is level within each bin."""
        points = []
        for b in bins:
            for t in (b["begin"], b["end"]):
                points.append("{:.1f} {:.1f}".format(*self.at(t / 1000, value(b))))
        return (f'<path d="M{"L".join(points)}" fill="none" stroke="{colour}" stroke-width="1.6" '
                'stroke-linejoin="round"/>')


def text(x, y, words, anchor, weight="normal"):
    """A piece of text; of the style of all others."""
    bold = ' font-weight="600"' if weight == "bold" else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{bold}>{escape(words)}</text>')


def legend(x, y, shown):
    """The names of the curves, each in its colour behind a piece of it."""
    out = []
    for name, colour, _ in shown:
        out.append(f'<path d="M{x} {y - 4}h16" stroke="{colour}" stroke-width="3"/>')
        out.append(text(x + 21, y, name, "start"))
        x += 34 + 6.6 * len(name)
    return out


def per_second(value):
    """A count of a bin as a rate."""
    return lambda b: value(b) * 1000 / (b["end"] - b["begin"])


def column(index, title, rows, options):
    """One series: both panels."""
    bins = binned(rows, options.bin)
    x, width = index * WIDTH + LEFT, WIDTH - LEFT - RIGHT
    shown = [c for c in CURVES if any(c[2](b) for b in bins)]
    top = max(per_second(value)(b) for _, _, value in shown for b in bins)
    x_ticks = nice(rows[-1]["t_ms"] / 1000, 6)
    rates = Panel(x, TOP, width, RATE_HEIGHT, x_ticks,
                  powers(top) if options.log else nice(top, 5))
    totals = Panel(x, TOP + RATE_HEIGHT + GAP, width, TOTAL_HEIGHT, x_ticks,
                   nice(max(b["total"] for b in bins), 4))
    out = [text(x, 16, title, "start", "bold")]
    out += rates.axes("REGISTERs a second", False) + totals.axes("phones registered", True)
    out += legend(x, 37, shown)
    out += [rates.steps(bins, per_second(value), colour) for _, colour, value in shown]
    points = [totals.at(0, 0)] + [totals.at(b["end"] / 1000, b["total"]) for b in bins]
    out.append('<path d="M{}" fill="none" stroke="{}" stroke-width="1.8"/>'.format(
        "L".join(f"{a:.1f} {b:.1f}" for a, b in points), TOTAL))
    return out


def draw(series, options):
    """The whole picture. `series`: (title, rows) of each column."""
    width = WIDTH * len(series)
    described = "; ".join(f"{title}: {rows[-1]['registered_total']:,} phones registered after "
                          f"{rows[-1]['t_ms'] / 1000:.1f} s" for title, rows in series)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
           f'height="{HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" '
           f'fill="{INK}">', f"<title>{escape(described)}</title>"]
    for i, (title, rows) in enumerate(series):
        out += column(i, title, rows, options)
    return "\n".join(out + ["</svg>", ""])


def main():
    options = arguments()
    series = []
    try:
        for word in options.series:
            title, equals, path = word.rpartition("=")
            series.append((title if equals else path, wave(read(path), options.wave, path)))
    except (OSError, SeriesError, ValueError) as why:
        print(f"plot.py: {why}", file=sys.stderr)
        return 1
    picture = draw(series, options)
    if options.output == "-":
        sys.stdout.write(picture)
    else:
        with open(options.output, "w", encoding="utf-8") as f:
            f.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
