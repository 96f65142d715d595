"""``python -m bench.c_emitter BUNDLE``: seconds of CPU to write a bundle's data as text once more.

The data of each YAML file goes through libyaml's emitter, that of each JSON file through the
encoder of `json`, both in C as far as they are. Reading is not counted. This is what a compiler
costs at least that has all data ready and leaves the writing to a library.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import yaml


def seconds(bundle: Path) -> float:
    """Return the seconds of CPU to make the text of every YAML and JSON file of ``bundle``."""
    loader, dumper = yaml.CSafeLoader, yaml.CSafeDumper
    spent = 0.0
    # File by file, so that memory does not grow with the bundle.
    for path in sorted(bundle.rglob("*")):
        if path.suffix == ".yml" and path.is_file():
            data = yaml.load(path.read_bytes(), Loader=loader)
            began = time.process_time()
            yaml.dump(data, Dumper=dumper, sort_keys=False)
        elif path.suffix == ".json":
            data = json.loads(path.read_bytes())
            began = time.process_time()
            json.dumps(data, indent=2)
        else:
            continue
        spent += time.process_time() - began
    return spent


if __name__ == "__main__":
    print(seconds(Path(sys.argv[1])))
