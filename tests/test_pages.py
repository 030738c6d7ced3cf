"""The tutorial and the language page are true: their documents run together, their commands run, their tables are right."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import feel
from engine.compiler import compile_rules
from engine.diagnostics import RulesRejected
from engine.rulebook import RuleBook
from engine.scenario import parse_scenario, run_scenario
from service.cli import parser
from service.shipped import document_kind, shipped_files, with_shipped
from service.targets import read_targets

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = (ROOT / "docs/rule-language.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \|$", re.MULTILINE)


def blocks(page: str, info: str) -> list[str]:
    """Return the fenced blocks of *page* that are marked *info*."""
    return [text for mark, text in BLOCK.findall(page) if mark == info]


DOCUMENTS = blocks(LANGUAGE, "yaml")
SCENARIOS = [text for text in DOCUMENTS if document_kind(text)[0] == "scenario"]


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the rule book of all documents on the language page."""
    kinds = [(document_kind(text), text) for text in DOCUMENTS]
    own = {f"{kind} {name}.yaml": text for (kind, name), text in kinds if kind != "scenario"}
    own |= {mark.removeprefix("csv "): t for mark, t in BLOCK.findall(LANGUAGE) if mark.startswith("csv ")}
    own |= shipped_files(("dispositions",))  # who may end what the page's rules hold
    return compile_rules(with_shipped(own, shipped_files(("fact", "flows"))))


def test_documents_of_the_language_page_compile(book: RuleBook) -> None:
    """Every document on the page is whole and without so much as a warning."""
    assert [str(warning) for warning in book.warnings] == []
    assert len(book.rules) >= 5


@pytest.mark.parametrize("text", SCENARIOS, ids=[document_kind(text)[1] for text in SCENARIOS])
def test_scenarios_of_the_language_page_pass(text: str, book: RuleBook) -> None:
    """Every scenario on the page holds for the rules on the page."""
    scenario, faults = parse_scenario(text, "rule-language.md")
    assert scenario is not None, faults
    assert [str(failure) for failure in run_scenario(scenario, book).failures] == []


@pytest.mark.parametrize(("expression", "value"), ROW.findall(LANGUAGE))
def test_expressions_of_the_language_page(expression: str, value: str) -> None:
    """Every expression in the table comes to what stands beside it."""
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert feel.evaluate(feel.parse(expression), {}, now) == feel.evaluate(feel.parse(value), {}, now)


def test_the_wrong_rule_says_what_the_page_shows() -> None:
    """The diagnostics on the page are those of the document above them."""
    (wrong,), (shown,) = blocks(LANGUAGE, "yaml wrong"), blocks(LANGUAGE, "text")
    with pytest.raises(RulesRejected) as rejected:
        compile_rules(with_shipped({"pins.yaml": wrong}, shipped_files(("fact", "flows"))))
    assert shown == "".join(f"{d}\n" for d in rejected.value.diagnostics)


@pytest.mark.parametrize("number", range(len(blocks(TUTORIAL, "sh"))))
def test_commands_of_the_tutorial_run(number: int, tmp_path: Path) -> None:
    """Every command block that needs no service runs from the root of the repository and ends well."""
    script = blocks(TUTORIAL, "sh")[number]
    for name in ("rules", "fixtures", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    lineside = tmp_path / "bin/lineside"
    lineside.parent.mkdir()
    lineside.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m service.cli "$@"\n')
    lineside.chmod(0o755)
    shell = shutil.which("bash") or "sh"
    path = f"{lineside.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [shell, "-e", "-o", "pipefail", "-c", script]
        if shell.endswith("bash")
        else [shell, "-e", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_yaml_of_the_tutorial_stands_in_the_files() -> None:
    """What the tutorial quotes of a scenario, the mapping and the rules is what the files say, line by line."""
    files = [
        *(ROOT / "fixtures/scenarios").rglob("*.yaml"),
        *(ROOT / "fixtures/production_log").rglob("*.yaml"),
    ]
    said = {
        re.sub(r", (heading|unreadable): [^,}]*", "", line).strip()
        for f in files
        for line in f.read_text().splitlines()
    }
    said |= {line.split("#")[0].strip() for line in said}
    quoted = [line.strip() for text in blocks(TUTORIAL, "yaml") for line in text.splitlines()]
    assert [line for line in quoted if line and line not in said] == []


def options(command: argparse.ArgumentParser) -> set[str]:
    """Return the options of a command and of those within it."""
    found = {option for action in command._actions for option in action.option_strings}
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(*(options(inner) for inner in action.choices.values()))
    return found - {"-h", "--help"}


def test_the_command_page_names_every_command_and_option() -> None:
    """What `--help` knows, the page says, command by command; it names no option that is not there."""
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    sections = {part.split("\n")[0]: part for part in page.split("\n## ")[1:]}
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    known = {name: options(sub) for name, sub in commands.choices.items()}
    said = {
        name: set(re.findall(r"--[a-z][a-z-]*", text.split("`--help`")[0])) for name, text in sections.items()
    }
    assert said == known


def test_the_readme_lists_every_command() -> None:
    """Its table has the commands that there are, each once."""
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert sorted(set(re.findall(r"^\| `lineside ([a-z]+)", README, re.MULTILINE))) == sorted(
        commands.choices
    )


def test_rules_of_the_readme_stand_in_the_shipped_files() -> None:
    """What the README quotes of a rule is what a shipped file says, line after line."""
    files = [file.read_text(encoding="utf-8") for file in (ROOT / "rules").rglob("*.yaml")]
    quoted = [text for text in blocks(README, "yaml") if not text.startswith("targets:")]
    assert len(quoted) == 2
    assert [text for text in quoted if not any(text in file for file in files)] == []


def test_targets_of_the_readme_can_be_used(tmp_path: Path) -> None:
    """The targets file in the README is read without a fault."""
    (written,) = (text for text in blocks(README, "yaml") if text.startswith("targets:"))
    file = tmp_path / "targets.yaml"
    file.write_text(written, encoding="utf-8")
    given = {"ERP_TOKEN": "Bearer token", "QUALITY_CHAT": "json://chat.example/hook"}
    assert set(read_targets(file, given)) == {"erp", "quality"}
