# SPDX-License-Identifier: Apache-2.0
"""A text that a regular expression matches."""
import re
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_constants
    import sre_parse

CLASSES = {"digit": "0-9", "alpha": "A-Za-z", "alnum": "A-Za-z0-9", "space": r"\s", "upper": "A-Z", "lower": "a-z",
           "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~", "blank": r" \t", "print": " -~", "graph": "!-~", "cntrl": r"\x00-\x1f"}
CATEGORIES = {sre_constants.CATEGORY_DIGIT: "1", sre_constants.CATEGORY_WORD: "w", sre_constants.CATEGORY_SPACE: " ",
              sre_constants.CATEGORY_NOT_DIGIT: "x", sre_constants.CATEGORY_NOT_WORD: " ", sre_constants.CATEGORY_NOT_SPACE: "x"}
CANDIDATES = "1ax0@.;=:<>\"-_ ,/"


def to_python(expression):
    """POSIX's classes and their neighbours as Python spells them."""
    return re.sub(r"\[:(\w+):\]", lambda m: CLASSES.get(m[1], ""), expression)


def compiled(expression, ignore_case=False):
    """None for what Python cannot read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(to_python(expression), re.S | (re.I if ignore_case else 0))
    except re.error:
        return None


def text_of(expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _sequence(sre_parse.parse(to_python(expression)))


def _sequence(items):
    return "".join(_one(op, value) for op, value in items)


def _one(op, value):
    c = sre_constants
    if op is c.LITERAL:
        return chr(value)
    if op is c.NOT_LITERAL:
        return next(x for x in CANDIDATES if ord(x) != value)
    if op is c.ANY:
        return "x"
    if op is c.IN:
        return _member(value)
    if op in (c.MAX_REPEAT, c.MIN_REPEAT):
        low, high, items = value
        return _sequence(items) * (low or min(1, high))
    if op is c.SUBPATTERN:
        return _sequence(value[-1])
    if op is c.BRANCH:
        return _sequence(value[1][0])
    return ""  # anchors


def _member(items):
    c = sre_constants
    if items[0][0] is c.NEGATE:
        def excluded(char):
            return any((op is c.LITERAL and value == ord(char)) or (op is c.RANGE and value[0] <= ord(char) <= value[1]) or
                       (op is c.CATEGORY and CATEGORIES.get(value) == char) for op, value in items[1:])
        return next((x for x in CANDIDATES if not excluded(x)), "~")
    op, value = items[0]
    if op is c.LITERAL:
        return chr(value)
    if op is c.RANGE:
        return chr(value[0])
    return CATEGORIES.get(value, "x")
