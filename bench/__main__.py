"""Measure and print the table: all of it, or the parts named on the command line."""

from __future__ import annotations

import sys
from typing import Final

from bench import changes, fields, frames, inside, loads, networks, occlusion, tables, traffic, training, watching
from bench.browser import browsing
from bench.servers import serving
from bench.table import Row, machine, markdown

PARTS: Final = {
    "tables": tables.rows,
    "networks": networks.rows,
    "fields": fields.rows,
    "changes": changes.rows,
    "loads": loads.rows,
    "frames": frames.rows,
    "traffic": traffic.rows,
    "training": training.rows,
    "watching": watching.rows,
    "inside": inside.rows,
    "occlusion": occlusion.rows,
}


def main(names: list[str]) -> None:
    """Servers and browser up, one part after the other, then the table."""
    if unknown := set(names) - set(PARTS):
        raise SystemExit(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    rows: list[Row] = []
    with serving() as servers, browsing() as browser:
        for name in names or PARTS:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += PARTS[name](browser, servers)
        print(machine(browser.version), markdown(rows), sep="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
