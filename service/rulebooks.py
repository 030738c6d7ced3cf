"""A directory of rule files -> their texts, by name, as the compiler takes them.

Reads YAML files only, in order, of bounded size, and none that a link leads to from outside the directory.
"""

from __future__ import annotations

from pathlib import Path

from service.settings import StartRefused

MAX_FILE_BYTES = 1_048_576
MAX_FILES = 5_000
SUFFIXES = (".yaml", ".yml")


def shipped_rules() -> Path:
    """Return the directory of the rules that come with Lineside: in the wheel, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    for candidate in (package / "_shipped" / "rules", package.parent / "rules"):
        if candidate.is_dir():
            return candidate
    raise StartRefused(
        "the shipped rules are missing from this installation; name a directory with LINESIDE_RULES"
    )


def read_rules(directory: Path | None) -> dict[str, str]:
    """Return file name -> text of the rule files under *directory* (the shipped ones where None), by name.

    Names are relative to the directory's parent, with forward slashes: `rules/quality.yaml`. Folders named
    `scenarios` and hidden ones hold no rules. Raises StartRefused with every file that cannot be read.
    """
    root = (shipped_rules() if directory is None else directory).resolve()
    if not root.is_dir():
        raise StartRefused(
            f"the rules directory {directory} does not exist; set LINESIDE_RULES to one that does"
        )
    faults: list[str] = []
    texts: dict[str, str] = {}
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    if len(paths) > MAX_FILES:
        raise StartRefused(f"{root.name}: {len(paths):,} rule files are more than {MAX_FILES:,}")
    for path in paths:
        inside = path.relative_to(root)
        if any(part == "scenarios" or part.startswith(".") for part in inside.parts):
            continue
        name = f"{root.name}/{inside.as_posix()}"
        try:
            if not path.resolve().is_relative_to(root):
                faults.append(f"{name}: is a link that leads out of the rules directory")
                continue
            if not path.is_file():
                continue
            with path.open("rb") as file:
                raw = file.read(MAX_FILE_BYTES + 1)
            if len(raw) > MAX_FILE_BYTES:
                faults.append(f"{name}: more than {MAX_FILE_BYTES:,} bytes")
                continue
            texts[name] = raw.decode()
        except UnicodeDecodeError as fault:
            faults.append(f"{name}: byte {fault.start} is not UTF-8")
        except (OSError, RuntimeError) as fault:
            faults.append(f"{name}: cannot be read: {fault}")
    if faults:
        raise StartRefused("rule files cannot be read: " + "; ".join(faults))
    if not texts:
        raise StartRefused(
            f"no rule file (*.yaml) under {root.name}/; set LINESIDE_RULES to a directory with some"
        )
    return texts
