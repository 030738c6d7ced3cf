"""What is said of a regular expression that is none: the reason, and what would be right for just that."""

from __future__ import annotations

import pytest

from engine.feel.builtins.patterns import refusal_of

LINEAR = "use no look-around"


@pytest.mark.parametrize(
    ("pattern", "reason", "fix"),
    [
        pytest.param("[a-", "missing ]: [a-", 'close the "["', id="an open class"),
        pytest.param("(a", "missing ): (a", 'close the "("', id="an open group"),
        pytest.param("a)", "unexpected ): a)", 'open it with "("', id="a group that was not opened"),
        pytest.param(
            "*a", "no argument for repetition operator: *", "write before it", id="nothing to repeat"
        ),
        pytest.param("a**", "bad repetition operator: **", "repeat once", id="repeated twice"),
        pytest.param("a{2000}", "invalid repetition size: {2000}", "1,000 times at most", id="too often"),
        pytest.param(
            "[z-a]", "invalid character class range: z-a", "put the first", id="a range upside down"
        ),
        pytest.param("a\\", "trailing \\", 'write "\\\\"', id="a backslash at the end"),
        pytest.param("\\y", "invalid escape sequence: \\y", 'write "\\\\"', id="no such escape"),
        pytest.param("(a)\\1", "invalid escape sequence: \\1", LINEAR, id="a back-reference"),
        pytest.param("(?=a)", "invalid perl operator: (?=", LINEAR, id="a look ahead"),
        pytest.param("(?<!a)b", "invalid perl operator: (?<!", LINEAR, id="a look behind"),
        pytest.param("(?w)a", "invalid perl operator: (?w", 'write "(?:"', id="no such flag"),
        pytest.param("a+[b-d]", "", "", id="a pattern"),
    ],
)
def test_a_pattern_is_refused_for_what_is_wrong_with_it(pattern: str, reason: str, fix: str) -> None:
    """Each reason of RE2 has a fix of its own; look-around and back-references only where they are."""
    why, what = refusal_of(pattern)
    assert why == reason
    assert what.startswith(fix) or fix in what
    assert (LINEAR in what) is (fix == LINEAR)
