"""What must be true of the repository as a whole: its layout, its pages, its locks, and that it names no one's machine."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_AT_MOST = 400
TEST_LINES_AT_MOST = 600
LONGER: frozenset[str] = frozenset()
"""Files that may be longer. None has earned it so far."""

PLACES = {
    "engine": [
        "session.py",
        "compiler",
        "matching",
        "checks",
        "parser",
        "feel",
        "source",
        "diagnostics.py",
        "scenario",
    ],
    "service": ["cli", "api", "pipeline", "delivery", "store", "settings.py"],
    "rules": ["facts", "flows.yaml"],
    "fixtures": ["scenarios", "facts", "rules/good", "rules/bad"],
    "docs": ["decisions"],
    "tests": ["engine", "service"],
    "bench": ["__main__.py"],
}
HEADINGS = ["Status", "Context", "Decision", "Consequences", "Rejected"]
VAGUE = re.compile(r"(^|_)(manager|handler|processor|helpers?|utils?|common|base|misc)(_|$)")

# Written so that this file does not match itself.
PERSONAL = re.compile(r"/(?:roo[t]|hom[e]/\w+|User[s]/\w+|wor[k]/\w+)/|[A-Z]:\\User[s]\\|/tm[p]/\w+/\w+")
REGISTRY = re.compile(
    r"(?:pyp[i]|pythonhoste[d]|conda|anacond[a])\.(?:org|com)|--(?:extra-)?index-ur[l]|--find-link[s]"
)


def tracked() -> list[Path]:
    """Return the files of the repository, as git knows them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [p for name in listed.stdout.decode().split("\0") if name and (p := ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every tracked file that is text."""
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw:
            yield path.relative_to(ROOT).as_posix(), raw.decode("utf-8")


def code() -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every tracked Python file."""
    return ((name, text) for name, text in texts() if name.endswith(".py"))


def pages() -> list[Path]:
    """Return every Markdown page."""
    return [p for p in tracked() if p.suffix == ".md"]


def read(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", PLACES)
def test_layout(folder: str) -> None:
    """Everything stands where the design and the README say it does."""
    assert [name for name in PLACES[folder] if not (ROOT / folder / name).exists()] == []


def test_no_file_names_a_machine() -> None:
    """No tracked file holds a path of a developer's machine."""
    found = [f"{name}: {m[0]}" for name, text in texts() for m in PERSONAL.finditer(text)]
    assert found == []


def test_no_file_names_a_registry() -> None:
    """No tracked file says where packages come from: that is the business of whoever installs."""
    found = [f"{name}: {m[0]}" for name, text in texts() for m in REGISTRY.finditer(text)]
    assert found == []


def test_files_are_short_enough_to_read() -> None:
    """No Python file is longer than a reader can hold, and the list of exceptions names only files that are."""
    limits = (
        (name, text, TEST_LINES_AT_MOST if name.startswith("tests/") else LINES_AT_MOST)
        for name, text in code()
    )
    long = {name for name, text, limit in limits if text.count("\n") > limit}
    assert sorted(long ^ LONGER) == []


def test_modules_say_what_they_are() -> None:
    """Every module that has code in it begins with a docstring."""
    assert [
        name for name, text in code() if text.strip() and ast.get_docstring(ast.parse(text)) is None
    ] == []


def test_modules_and_classes_are_named_for_what_they_are() -> None:
    """No module or class is called manager, handler, helper and the like."""
    own = [(name, text) for name, text in code() if not name.startswith("tests/")]
    found = [name for name, _ in own if VAGUE.search(Path(name).stem)]
    for name, text in own:
        classes = [n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ClassDef)]
        found += [
            f"{name}: {c}" for c in classes if VAGUE.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", c).lower())
        ]
    assert found == []


def test_every_test_says_what_it_tests() -> None:
    """Every test has a docstring."""
    silent = [
        f"{name}: {node.name}"
        for name, text in code()
        if name.startswith("tests/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_decision_records_have_every_heading() -> None:
    """Every decision record has the five headings, in order, and something under each."""
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert records
    for record in records:
        parts = re.split(r"^## (.+)$", record.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert parts[1::2] == HEADINGS, record.name
        assert all(body.strip() for body in parts[2::2]), record.name
        assert parts[0].startswith(f"# {record.name[:4]}: "), record.name


def test_decision_records_are_counted_and_listed() -> None:
    """Decision records are numbered from 1 without a gap, and their README lists each."""
    names = sorted(p.name for p in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    assert re.findall(r"\]\((\d{4}[^)]*\.md)\)", read("docs/decisions/README.md")) == names


def test_links_lead_somewhere() -> None:
    """Every relative link in a page leads to a file of the repository."""
    broken = []
    for page in pages():
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" not in target and not target.startswith(("#", "mailto:")):
                file = target.partition("#")[0]
                if not (page.parent / file).exists():
                    broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_make_targets_in_pages_exist() -> None:
    """Every `make` command a page speaks of is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    said = {
        (page.name, target)
        for page in pages()
        for target in re.findall(
            r"^\$? ?make ([a-z-]+)|`make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        for target in target
        if target
    }
    assert {("README.md", "run"), ("README.md", "test")} <= said
    assert sorted((page, target) for page, target in said if target not in targets) == []


def test_commands_in_pages_exist() -> None:
    """Every `lineside` command a page speaks of is one that the command knows."""
    said = {
        tuple(words.split())
        for page in pages()
        for words in re.findall(
            r"(?:^\$? ?|`)lineside ((?:audit |db )?[a-z][a-z-]*)",
            page.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    assert said
    lineside = Path(sys.executable).with_name("lineside")
    unknown = [
        words
        for words in sorted(said)
        if subprocess.run([lineside, *words, "--help"], capture_output=True, check=False, cwd=ROOT).returncode
        != 0
    ]
    assert unknown == []


def test_the_story_in_the_readme_is_what_is_decided() -> None:
    """Every decision the README shows is one that the shipped rules make of the story."""
    told = re.findall(
        r"^\d{4}-\S+Z  (?:hold|route|open_case|ask|escalate|notify|release) .*$",
        read("README.md"),
        re.MULTILINE,
    )
    lineside = Path(sys.executable).with_name("lineside")
    replayed = subprocess.run(
        [lineside, "replay", "fixtures/facts/story.ndjson"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told
    assert [line for line in told if line not in replayed.stdout.splitlines()] == []


def project() -> dict[str, object]:
    """Return pyproject.toml."""
    return tomllib.loads(read("pyproject.toml"))


@pytest.mark.parametrize("lock", sorted(p.name for p in ROOT.glob("requirements*.lock")))
def test_locks_are_pinned_and_hashed(lock: str) -> None:
    """Every package in a lock has one version and at least one hash, and nothing else is in it."""
    packages = re.split(r"^(?=\S)", read(lock), flags=re.MULTILINE)[1:]
    assert packages
    form = re.compile(r"[\w.-]+==[\w.!+]+(?: ; [^\\]+?)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n?")
    assert [p for p in packages if not form.fullmatch(p)] == []


def test_locks_hold_what_the_project_asks_for() -> None:
    """Every dependency in pyproject.toml is in the lock that is installed for it."""
    asked = project()
    own = asked["project"]
    groups = asked["dependency-groups"]
    assert isinstance(own, dict)
    assert isinstance(groups, dict)
    wanted = {
        "requirements.lock": [*own["dependencies"], *groups["build"]],
        "requirements-dev.lock": [*own["dependencies"], *groups["build"], *groups["dev"]],
        "requirements-durable.lock": own["optional-dependencies"]["durable"],
    }
    for lock, requirements in wanted.items():
        locked = set(re.findall(r"^([\w.-]+)==", read(lock), re.MULTILINE))
        names = {re.split(r"[<>=!~\[; ]", r, maxsplit=1)[0].lower().replace("_", "-") for r in requirements}
        assert sorted(names - locked) == [], lock


def test_one_version() -> None:
    """The locks that are installed into one environment agree on every version."""
    pins: dict[str, set[str]] = {}
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-durable.lock"):
        for name, version in re.findall(r"^([\w.-]+==)(\S+)", read(lock), re.MULTILINE):
            pins.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


def test_ci_runs_what_people_run() -> None:
    """.ci/run can be executed and runs `make test`."""
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert re.search(r"^make test\b", read(".ci/run"), re.MULTILINE)
