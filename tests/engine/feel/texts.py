"""Texts for the parser's fuzz: random bytes, soups of tokens, and expressions bent out of shape, by seed and number.

Nothing here judges: a text may be an expression or not. None is longer than the parser takes, but for a few that shall be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from engine.feel.builtins import FUNCTION_NAMES
from engine.feel.lexer import KEYWORDS
from engine.feel.parser import MAX_TEXT

EXPRESSIONS = (
    'result = "fail" and measured > upper_limit',
    "measured not in [lower_limit..upper_limit]",
    "not(measured in [9.95..10.05))",
    'severity in ("major", "critical") or quantity_rejected / quantity_inspected > 0.02',
    'if measured = null then "no value" else if measured < 0 then "below" else string(measured)',
    "for i in 1..10, j in [1, 2, 3] return i * j ** 2 - -1",
    "for i in 0..4 return if i < 2 then 1 else partial[-1] + partial[-2]",
    "some x in readings satisfies x > upper_limit",
    "every r in readings, q in [1..3] satisfies r.value between q and 10",
    'readings[value > 3 and item.unit = "mm"][1].value',
    '{lot: "L-1", "a key": 3, nested: {x: [1, [2, [3]]]}, sum of x: lot}',
    "(function(x: number, y) x + y)(3, y: 4)",
    "sort(list: readings, precedes: function(a, b) a.value < b.value)",
    'date("2026-03-02") + duration("P1DT2H") > @"2026-03-03T02:00:00Z"',
    '@"2026-03-02T07:25:00@Europe/Berlin".time offset.hours',
    "x instance of list<context<a: number, b c: function<string> -> date and time>>",
    'substring before(upper case(characteristic), "\\u00e4\\n\\"") != ""',
    'string join(["a", "b", null], ", ", "[", "]")',
    "count(distinct values(concatenate(xs, ys))) >= 3 // a comment",
    "/* before */ x /* within */ + 1 /* after */",
    'x in (< 3, [5..7), ]8..9[, > 10, null, "a")',
    '< 5, [10..20], not(3), "minor"',
    'not("major", "critical")',
    "? > 5 and ? < 10",
    "-",
    "order.materials[quantity > 1].item",
    'years and months duration(date("2024-01-31"), today()).months',
    "before([1..5), meets(a: 1, b: 2))",
    ".5e-3 + 1E6144 - 0.1 * 12345678901234567890123456789012345678",
    "a.b.c[d][1](e)(f: g).h",
    "[1..5] = ]0..5] or (1..2) != [1..2)",
    "1 + 2 * 3 ** 4 / -5 - 6",
    'lot_id in lots and (work centre) = "MILL-3"',
)
"""One or more of every construct."""

_SIGNS = (
    *(
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "->",
    ),
    *(
        "?",
        "@",
        '"',
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "==",
        "&&",
        "||",
        "%",
        "^",
        ";",
        "≤",
        "“",
        "”",
        "\n",
        "\t",
        "\u00a0",
    ),
)
_LITERALS = (
    "0",
    "1",
    "10.05",
    ".5",
    "1e400",
    "1E-6176",
    '"a"',
    '"\\u00zz"',
    '@"2026-01-31"',
    '@"nothing"',
    "true",
    "null",
)
_NAMES = (
    *(
        "x",
        "y",
        "item",
        "partial",
        "lot_id",
        "work centre",
        "a b",
        "a b c",
        "a b c d",
        "pre-tax total",
        "50% of it",
        "in",
    ),
    *(
        "and so on",
        "if then",
        "x.y",
        "x + y",
        "string length",
        "date",
        "ß",
        "漢字",
        "🙂",
        "naïve",
        "a" * 300,
        "_",
        "b c",
    ),
)
_ODD = (
    "\x00",
    "\x1b",
    "\u200b",
    "\ufeff",
    "\ud800",
    "\u202e",
    "\u0301",
    "\U0001f642",
    "\u2028",
    "\x85",
    "²",
    "٣",
    "Ⅷ",
    "ﬀ",
)
_OPENERS = (
    "(",
    "[",
    "{a: ",
    "f(",
    "not(",
    "-",
    "if ",
    "x[",
    "for i in ",
    "some i in ",
    "function(a) ",
    "[1..",
    "](",
    "<",
    "@",
)
_LINKS = (
    *(
        "+",
        " and ",
        " or ",
        ".a",
        "[1]",
        "(1)",
        " = ",
        ", ",
        " in ",
        "**",
        "-",
        " between 1 and ",
        " instance of ",
        " ",
    ),
    *(
        " then ",
        " else ",
        "..",
        ": ",
        ', "k": ',
        ", a b: ",
        ", a b c d e: ",
        "\n",
        '"',
        "'",
        "/*",
        "//",
        "<",
        "list<",
    ),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A text to throw: whether as unary tests, with which names in scope, and of what kind it is."""

    kind: str
    text: str
    names: tuple[str, ...]
    unary: bool


def case(seed: int, number: int) -> Case:
    """Return case *number* of *seed*."""
    chance = Random(f"{seed}/{number}")
    kind, make = chance.choices(KINDS, WEIGHTS)[0]
    length = _length(chance)
    text = make(chance, length)
    limit = MAX_TEXT if chance.random() < 0.999 else 3 * MAX_TEXT
    return Case(kind, text[:limit], _names(chance), chance.random() < 0.25)


def _length(chance: Random) -> int:
    """Return a length: most texts are short, as expressions are, and some as long as may be."""
    share = chance.random()
    if share < 0.90:
        return chance.randint(0, 120)
    return chance.randint(120, 1_500) if share < 0.98 else chance.randint(1_500, MAX_TEXT)


def _names(chance: Random) -> tuple[str, ...]:
    share = chance.random()
    if share < 0.3:
        return ()
    if share < 0.9:
        return tuple(chance.sample(_NAMES, chance.randint(1, 8)))
    if share < 0.98:
        return tuple(_soup(chance, chance.randint(1, 40)) for _ in range(chance.randint(1, 12)))
    word = chance.choice(("a", "x", "in", "not"))
    return tuple(" ".join([word] * n) for n in range(1, chance.randint(2, 60)))


def _bytes(chance: Random, length: int) -> str:
    raw = chance.randbytes(length)
    return raw.decode("latin-1") if chance.random() < 0.5 else raw.decode("utf-8", errors="replace")


def _printable(chance: Random, length: int) -> str:
    return "".join(chr(chance.randint(32, 126)) for _ in range(length))


def _token(chance: Random) -> str:
    share = chance.random()
    if share < 0.40:
        return chance.choice(_SIGNS)
    if share < 0.55:
        return chance.choice(_WORDS)
    if share < 0.70:
        return chance.choice(_LITERALS)
    if share < 0.80:
        return chance.choice(FUNCTION_NAMES)
    return chance.choice(_NAMES) if share < 0.98 else chance.choice(_ODD)


_WORDS = tuple(sorted(KEYWORDS))


def _soup(chance: Random, length: int) -> str:
    between = chance.choice((" ", " ", ""))
    parts: list[str] = []
    while length > 0:
        parts.append(_token(chance))
        length -= len(parts[-1]) + len(between)
    return between.join(parts)


def _nested(chance: Random, length: int) -> str:
    opener = chance.choice(_OPENERS)
    closer = {"(": ")", "[": "]", "{": "}"}.get(opener.strip("afnotx")[:1], "")
    times = chance.randint(1, max(1, length // (len(opener) + len(closer) + 1)))
    return opener * times + _short(chance) + closer * (times - chance.choice((0, 0, 1, -1)))


def _chained(chance: Random, length: int) -> str:
    part = chance.choice((_short(chance), chance.choice(_NAMES), chance.choice(_LITERALS), "x", "a b", ""))
    link = chance.choice(_LINKS)
    text = link.join([part] * max(1, length // max(1, len(part) + len(link))))
    opener, closer = chance.choice(
        (("", ""), ("", ""), ("(", ")"), ("[", "]"), ("{a: ", "}"), ("f(", ")"), ("{a b: 1, ", "}"))
    )
    return opener + text + closer


def _entries(chance: Random, length: int) -> str:
    """Return a context (or loops, or arguments) that declares many names of several words."""
    form, end = chance.choice(
        (
            ("{{{}}}", "a b c{}: 1"),
            ("{{{}}}", "a b c: {}"),
            ("for {} return 1", "a b{} in 1"),
            ("f({})", "a b{}: 1"),
            ("function({}) 1", "a b{}: number"),
            ("{{{}}}", '"a b{}": 1'),
            ("x instance of context<{}>", "a b{}: number"),
        )
    )
    inner = ", ".join(end.format(chance.choice(("", n))) for n in range(max(1, length // (len(end) + 3))))
    return form.format(inner)


def _short(chance: Random) -> str:
    return chance.choice(EXPRESSIONS)


def _literal(chance: Random, length: int) -> str:
    """Return a literal, or a name, as long as asked for, within some expression."""
    huge = chance.choice(
        (
            "9" * length,
            "0." + "0" * length + "1",
            f"1e{'9' * min(length, 4_000)}",
            f'"{"a" * length}"',
            '"' + "\\u00e4" * (length // 6) + '"',
            '"' + "\\" * length + '"',
            "n" * length,
            "w " * (length // 2),
            f'@"{"2026-01-31" * (length // 10)}"',
            f'@"P{"9" * length}D"',
            f'@"{"9" * min(length, 12)}-01-01"',
            " " * length,
            "/*" + "*" * length,
            "//" + "x" * length,
            "'" * length,
            "“" * length,
        )
    )
    return chance.choice(("{}", "x = {}", "{} + 1", "f({})", "[{}]", "{} {}", "x in ({}, 1)")).replace(
        "{}", huge
    )


def _mutated(chance: Random, length: int) -> str:
    text = _short(chance)
    while chance.random() < 0.3 or len(text) < length // 2:
        text += chance.choice((" and ", ", ", " + ", " ", "\n", "")) + _short(chance)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        text = chance.choice(_MUTATIONS)(chance, text)
    return text


_FORMS = (
    *(
        "{} + {}",
        "{} - {}",
        "{} * {}",
        "{} / {}",
        "{} ** {}",
        "-{}",
        "({})",
        "{} and {}",
        "{} or {}",
        "not({})",
    ),
    *(
        "({}) = ({})",
        "({}) != ({})",
        "({}) < ({})",
        "({}) >= ({})",
        "({}) between ({}) and ({})",
        "({}) in ({}, < {})",
    ),
    *(
        "({}) in [({})..({}))",
        "if {} then {} else {}",
        "for i in [{}], j in {} return {}",
        "for i in {}..{} return partial",
    ),
    *(
        "(some i in [{}] satisfies {})",
        "(every i in {} satisfies {})",
        "[{}, {}, {}]",
        "{{a: {}, b c: {}, d: a}}",
        "({}).a",
    ),
    *(
        "[{}][{}]",
        "({})[item > {}]",
        "(function(p, q: number) {})({}, {})",
        "({}) instance of list<number>",
        "count([{}])",
    ),
    *(
        "sum({}, {})",
        "string join([{}], {})",
        "substring({}, {})",
        "sort([{}], function(a, b) a < b)",
        "date({})",
        "is({}, {})",
    ),
    *(
        "get value({}, {})",
        "max(list: {})",
        "({}) instance of function<number> -> string",
        "({}).time offset",
        "({})[{}].b",
    ),
)
_LEAVES = (
    *_LITERALS[:5],
    *_LITERALS[6:7],
    '@"2026-01-31"',
    '@"PT15M"',
    "true",
    "null",
    "x",
    "i",
    "item",
    "?",
    "-3",
    "[]",
    "{}",
)


def _grown(chance: Random, length: int) -> str:
    """Return an expression that mostly reads well, grown from its leaves."""
    grown = [chance.choice(_LEAVES) for _ in range(max(1, length // 8))]
    while len(grown) > 1:
        form = chance.choice(_FORMS)
        parts = [grown.pop(chance.randrange(len(grown))) if grown else "x" for _ in range(form.count("{}"))]
        grown.append(form.format(*parts))
    return grown[0]


def _flipped(chance: Random, text: str) -> str:
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(chance.randint(1, 4)):
        if raw:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return raw.decode("latin-1") if chance.random() < 0.2 else raw.decode("utf-8", errors="replace")


def _cut(chance: Random, text: str) -> tuple[int, int]:
    at = chance.randint(0, len(text))
    return at, min(len(text), at + chance.choice((1, 1, 2, 5, 20)))


def _deleted(chance: Random, text: str) -> str:
    start, end = _cut(chance, text)
    return text[:start] + text[end:]


def _repeated(chance: Random, text: str) -> str:
    start, end = _cut(chance, text)
    times = chance.choice((2, 2, 3, 10, 100, 1_000)) if len(text) < 1_000 else 2
    return text[:start] + text[start:end] * times + text[end:]


def _inserted(chance: Random, text: str) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + _token(chance) + text[at:]


def _spliced(chance: Random, text: str) -> str:
    other = _short(chance)
    return text[: chance.randint(0, len(text))] + other[chance.randint(0, len(other)) :]


def _swapped(chance: Random, text: str) -> str:
    start, end = _cut(chance, text)
    return text[:start] + text[start:end].swapcase()[::-1] + text[end:]


def _wrapped(chance: Random, text: str) -> str:
    opener, closer = chance.choice(
        (("(", ")"), ("[", "]"), ("{a: ", "}"), ("f(", ")"), ("not(", ")"), ('"', '"'), ("-", ""))
    )
    times = chance.choice((1, 1, 1, 3, 30, 99, 101, 2_000))
    return opener * times + text + closer * times


_MUTATIONS: tuple[Callable[[Random, str], str], ...] = (
    _flipped,
    _flipped,
    _deleted,
    _repeated,
    _inserted,
    _inserted,
    _spliced,
    _swapped,
    _wrapped,
)

_MADE: tuple[tuple[str, Callable[[Random, int], str], int], ...] = (
    ("bytes", _bytes, 20),
    ("printable", _printable, 5),
    ("tokens", _soup, 20),
    ("mutated", _mutated, 30),
    ("grown", _grown, 10),
    ("nested", _nested, 5),
    ("chained", _chained, 5),
    ("entries", _entries, 2),
    ("literal", _literal, 3),
)
KINDS = [(kind, make) for kind, make, _ in _MADE]
WEIGHTS = [weight for _, _, weight in _MADE]
