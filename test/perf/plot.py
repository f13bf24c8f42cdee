# SPDX-License-Identifier: Apache-2.0
"""plot.py RESULTS.json FOLDER

Draws what `bench.py --json` has measured as SVG, what there is of it: cpu_per_call.svg (test `rates`), calls_per_gb.svg (test `memory`),
instructions_by_size.svg and instructions_by_workers.svg (test `growth`)."""
import json
import os
import statistics
import sys

COLOURS = {"gossipper": "#1d5fd0", "sipp": "#8a8f98"}
NAMES = {"gossipper": "gossipper", "sipp": "SIPp 3.6.1"}
WIDTH, LEFT, RIGHT, TOP = 640, 56, 108, 56
INK, MUTED, GRID = "#1c2026", "#5b6270", "#e4e7ec"


def text(x, y, words, size=12, colour=MUTED, anchor="start", weight="normal"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">{words}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def picture(height, title, subtitle, parts):
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{title}" font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(16, 24, title, 15, INK, weight="600"),
        text(16, 42, subtitle),
    ]
    return "\n".join([*head, *parts, "</svg>\n"])


def round_step(most, steps):
    """A step of 1, 2 or 5 times a power of ten, so that about that many reach `most`."""
    power = 1.0
    while power * 10 <= most / steps:
        power *= 10
    return next((f * power for f in (1, 2, 5, 10) if f * power >= most / steps), 10 * power)


def ticks(most, steps):
    step = round_step(most, steps)
    values = [0]
    while values[-1] < most:
        values.append(values[-1] + step)
    return values


def curves(title, subtitle, across_what, named):
    """`named`: name, colour and points of each curve."""
    points_of_all = [point for _, _, curve in named for point in curve]
    height, bottom = 340, 292
    across = ticks(max(x for x, _ in points_of_all), 5)
    up = ticks(max(y for _, y in points_of_all), 5)

    def place(x, y):
        return LEFT + x / across[-1] * (WIDTH - LEFT - RIGHT), bottom - y / up[-1] * (bottom - TOP - 14)

    parts = []
    for value in up:
        y = place(0, value)[1]
        parts += [line(LEFT, y, WIDTH - RIGHT, y, GRID), text(LEFT - 8, y + 4, f"{value:,g}", anchor="end")]
    parts += [text(place(value, 0)[0], bottom + 18, f"{value:,.0f}", anchor="middle") for value in across]
    parts.append(text(place(across[-1] / 2, 0)[0], bottom + 38, across_what, anchor="middle"))
    for name, colour, curve in named:
        points = [place(x, y) for x, y in curve]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(text(points[-1][0] + 9, points[-1][1] + 4, name, colour=colour, weight="600"))
    return picture(height, title, subtitle, parts)


def cpu_per_call(results):
    rows = sorted((r for r in results if r.get("test") == "rates"), key=lambda r: r["rate"])
    named = [(NAMES[n], COLOURS[n], [(r["rate"], statistics.median(r["values"][n])) for r in rows]) for n in NAMES if n in rows[0]["values"]]
    return curves("CPU for a basic call, as client", "microseconds, user and system, of the whole process", "calls a second", named)


def instructions_over(test, title, across_what):
    def draw(results):
        rows = sorted((r for r in results if r.get("test") == test), key=lambda r: r["x"])
        named = [(side, colour, [(r["x"], statistics.median(r["values"]["gossipper"]) / 1000) for r in rows if r["side"] == side])
                 for side, colour in zip(("client", "server"), COLOURS.values())]
        return curves(title, "thousands of instructions in user space a call, gossipper", across_what, named)
    return draw


def calls_per_gb(results):
    bars = []
    for row in (r for r in results if r.get("test") == "memory"):
        side = row["what"].rsplit(" ", 1)[-1]
        bars += [(side, name, 1e9 / statistics.median(values)) for name, values in row["values"].items()]
    thick, gap, left = 24, 8, 150
    most = max(value for _, _, value in bars)
    parts, y, before = [], TOP + 8, None
    for side, name, value in bars:
        y += 10 if before not in (None, side) else 0
        before = side
        length = value / most * (WIDTH - left - RIGHT)
        parts += [
            text(left - 10, y + thick - 8, f"{NAMES[name]}, {side}", anchor="end"),
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{thick}" rx="2" fill="{COLOURS[name]}"/>',
            text(left + length + 8, y + thick - 8, f"{value / 1e6:.2f} million", colour=INK, weight="600"),
        ]
        y += thick + gap
    return picture(y + 8, "Calls that a gigabyte holds", "basic calls in a pause, resident memory", parts)


PICTURES = (
    ("rates", "cpu_per_call.svg", cpu_per_call),
    ("memory", "calls_per_gb.svg", calls_per_gb),
    ("sizes", "instructions_by_size.svg", instructions_over("sizes", "Instructions for a call over the length of its INVITE", "bytes of the INVITE")),
    ("workers", "instructions_by_workers.svg", instructions_over("workers", "Instructions for a basic call over the number of workers", "workers")),
)


def main():
    results_path, folder = sys.argv[1:]
    with open(results_path, encoding="utf-8") as file:
        results = json.load(file)
    for test, name, draw in PICTURES:
        if any(row.get("test") == test for row in results):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(draw(results))


main()
