"""The directory of rule files that the service runs -> their texts, by name, as the compiler takes them.

Names and what is inherited are those of service.shipped, so that the command line and the service make the same rule
book of the same files. Before anything is read, what a service must not read is refused.
"""

from __future__ import annotations

from pathlib import Path

from service.settings import StartRefused
from service.shipped import rule_files, shipped_files, yaml_files

MAX_FILE_BYTES = 1_048_576
MAX_FILES = 5_000


def read_rules(directory: Path | None) -> dict[str, str]:
    """Return file name -> text of the rule files under *directory*; the shipped rules where it is None.

    Raises StartRefused with every file that is too large, or that a link leads to outside the directory.
    """
    if directory is None:
        texts = shipped_files()
        if not texts:
            raise StartRefused("this installation ships no rules; name a directory with LINESIDE_RULES")
        return texts
    root = directory.resolve()
    if not root.is_dir():
        raise StartRefused(
            f"the rules directory {directory} does not exist; set LINESIDE_RULES to one that does"
        )
    paths = yaml_files(root)
    if len(paths) > MAX_FILES:
        raise StartRefused(f"{root.name}: {len(paths):,} rule files are more than {MAX_FILES:,}")
    faults: list[str] = []
    for path in paths:
        name = f"{root.name}/{path.relative_to(root).as_posix()}"
        if not path.resolve().is_relative_to(root):
            faults.append(f"{name} is a link that leads out of the rules directory")
        elif path.stat().st_size > MAX_FILE_BYTES:
            faults.append(f"{name} has more than {MAX_FILE_BYTES:,} bytes")
    if faults:
        raise StartRefused("rule files are refused: " + "; ".join(faults))
    if not paths:
        raise StartRefused(
            f"no rule file (*.yaml) under {root.name}/; set LINESIDE_RULES to a directory with some"
        )
    try:
        return rule_files([root])
    except OSError as fault:
        raise StartRefused(f"rule files cannot be read: {fault}") from None
