"""What the words around a mention say of it: denied, one's own work, or the work of others.

A posting that builds data pipelines is about them. One that recruits data engineers, uses the data
warehouse or sits in the Office of Data Engineering is about something else.
"""

from __future__ import annotations

import re
from typing import Literal

Role = Literal["own", "named", "used", "others"]
"""One's own work; merely named; used; or what others do, an office's name, something bought."""

_CHARACTERS = 90
"""Looked at on either side of a mention."""
_CLAUSE_END = re.compile(r"[.;:!?\n•]")

_DOING = (
    r"(?:(?:re)?build|(?:re)?design|develop|creat|construct|implement|maintain|modell?"
    r"|program|automat|orchestrat|deploy|operat|establish|optimi[sz]|administ(?:er|rat)|migrat|moderni[sz]"
    r"|troubleshoot|debug|cod|lead|manag|direct|supervis|mentor|deliver|run)"
)
_DOES = rf"(?:re)?(?:builds?|built|building|writes?|writing|{_DOING}(?:e?s|e?d|t?ing|ning|ming)?e?)"

# --- denials

_QUALIFIED = (
    r"(?:only|just|merely|solely|simply|purely|strictly|entirely|exclusively|necessarily|all|every"
    r"|always)"
)
_DENIAL = re.compile(
    r"(?P<introducing>\b(?:instead\s+of|rather\s+than|without))\b"
    r"|(?P<of_thing>\bno\b)(?!\s+(?:later|less|fewer|more|matter|doubt)\b)"
    r"|(?:(?<!or )\bnot|\bcannot|\bnever|\bneither|\bnor|n['\u2019]t)\b"
    rf"(?!\s+(?:be\s+|been\s+)?(?:{_QUALIFIED}|limited|restricted|confined|to\s+mention"
    r"|uncommon|unusual|rare|infrequent)\b)"
)
_QUALIFIER = re.compile(rf"\s+(?:\w+ing\s+)?{_QUALIFIED}\b")
# Where a denial ends although the sentence goes on.
_TURN = re.compile(
    r"\b(?:but|while|whilst|when|whenever|whereas|however|although|though|yet|because|since|so\s+that)\b"
    r"|(?:,|\band)\s+(?:(?:and|then|also|instead)\s+)*(?:(?:you|we|they|it|he|she|will|must)\b"
    r"|the\s+(?:incumbent|employee|position|selectee)\b"
    rf"|(?:writes|{_DOING}e?s)\b)"
)
# "No data loss in data pipelines" denies the loss, "no experience in data pipelines" all of it.
_ABOUT_WORK = re.compile(
    r"\b(?:experience|knowledge|background|training|skills?|expertise|work|duties|involvement|need"
    r"|requirements?|familiarity|part)\b"
)
_PREPOSITION = r"\b(?:for|of|about|on|to|from|with|in|into|by|at|across|along|within|through|via)\b"
_RELATION = re.compile(
    rf"{_PREPOSITION}|\b(?:is|are|will|must|that|which|who)\b"
    rf"|\b(?!{_DOING}|requir|need|involv|us|do|includ|hav)\w+ing\b"
)
_DENIED_AFTERWARDS = re.compile(
    r"(?:\s+[\w-]+){0,4}?\s+(?:(?:is|are|will\s+be|need)\s+not|isn['\u2019]t|aren['\u2019]t)\s+"
    r"(?:\w+ly\s+)?(?:required|needed|necessary|involved|expected|included|part|be)\b"
)


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether a mention in a lower-case text is denied: "does not require …".

    The denial has to be of the mention: it stands before it in the same clause, with no turn
    ("but", "while") between them, or says after it that it "is not required".
    """
    clause = _clause_before(text, start)
    if any(_reaches(clause, denial) for denial in _DENIAL.finditer(clause)):
        return True
    return bool(_DENIED_AFTERWARDS.match(text[end : end + _CHARACTERS]))


def _reaches(clause: str, denial: re.Match[str]) -> bool:
    between = clause[denial.end() :]
    if _TURN.search(between):
        return False
    if denial["introducing"]:
        introduces = not clause[: denial.start()].strip(" -*\t")
        if _QUALIFIER.match(between) or (introduces and "," in between):
            return False
    if denial["of_thing"] or denial[0] == "without":
        relation = _RELATION.search(between)
        return not relation or bool(_ABOUT_WORK.search(between, 0, relation.start()))
    return True


# --- whose work it is

_ROLE = re.compile(
    r"(?P<used>\b(?:us(?:e|es|ed|ing)|utili[sz]\w*|leverag\w*|access\w*|quer(?:y|ies|ied|ying)"
    r"|pull\w*|retriev\w*|consum\w*|search\w*)\b)"
    r"|(?P<others>\b(?:buy\w*|bought|purchas\w*|procur\w*|acquir\w*|contract\w*|sell\w*|leas(?:es|ed|ing)"
    r"|order(?:s|ed|ing)|solicit\w*|negotiat\w*|recruit\w*|hir(?:e|es|ed|ing)|staff(?:s|ed|ing)"
    r"|classif\w*|pay(?:s|ing)?|interview\w*|teach\w*|train(?:s|ed)|audit\w*|escort\w*"
    r"|work(?:s|ed|ing)?\s+(?:\w+\s+){0,2}(?:with|alongside|under|beside)|collaborat\w*"
    r"|coordinat\w+\s+with|liais\w*|partner\w*|interact\w*|communicat\w*|consult\w*|meet\w*\s+with"
    r"|join\w*|(?:to\s+|in\s+)support(?:\s+of)?|(?:support|assist|help|train)\w*\s+(?:\w+\s+){0,2}(?:users?|customers?|staff|teams?)"
    r"|assist\w*(?!\s+(?:in|with))|serv(?:e|es|ing)\s+(?:\w+\s+){0,3}(?:to|for|under)|report\w*\s+to"
    r"|secretary|belong\w*|receiv\w*|who\s+(?:\w+\s+)?\w+)\b|\b\w*(?:ed|built|run)\s+by\s+(?:an?\s+|the\s+)?$)"
    r"|(?P<own>\b(?:developing|developments?|designs?|maintenance|construction|implementation|creation"
    r"|operation|optimi[sz]ation|automation|moderni[sz]ation|administration|migration"
    r"|responsible|leadership|management)\s+(?:of|for)\b"
    r"|\bexperience\s+(?:with|in)\b|\bas\s+(?:an?|the|our)\s+(?:\w+\s+)?$"
    rf"|(?<!data )\b{_DOES}\b)"
)
_JOINED = re.compile(r"[\s,/&]*(?:and|or|then)?[\s,/]*")
_LEADS = re.compile(r"\b(?:lead|manag|direct|supervis|mentor|oversee)\w*\s+(?:\w+\s+){0,2}$")
_OFFICE = r"(?:office|branch|division|directorate|section|department|bureau|team|group|unit)"
_OFFICE_BEFORE = re.compile(
    rf"\b(?:(?:{_OFFICE}|center|chief|director|head)(?:\s+(?:of|for)\s+(?:the\s+)?"
    rf"(?:(?!{_DOES}\b|who\b|that\b)[\w&-]+,?\s+){{0,4}}|,\s+))$"
)
_OFFICE_AFTER = re.compile(
    rf"(?:\s+(?:and|&)(?:\s+[\w-]+){{1,2}}|\s+(?!{_PREPOSITION}|(?:the|every|each|per)\b)[\w-]+)?"
    rf"\s+{_OFFICE}s?\b"
)
_BY_OTHERS = re.compile(
    r"(?:\s+(?:that|which|are|is|was|were|and|\w+ly)){0,3}\s+"
    r"(?:built|done|run|written|\w+ed)(?:\s+(?:and|or)\s+\w+ed)?\s+by\b"
)
_PEOPLE = re.compile(r"(?:engineer|architect|developer|scientist|analyst|steward|manager)s$")
# What a mention that is the object of a verb may be followed by.
_OBJECT_END = re.compile(
    rf"\s*(?:$|[^\w\s])|\s+(?:and|or|but|that|which|using|while|so|as|{_PREPOSITION}"
    r"|(?:solutions?|environments?|systems?|architectures?|infrastructures?|tools?|frameworks?"
    r"|process\w*|workflows?|jobs?|code|components?|capabilit\w+|platforms?|applications?|models?"
    r"|schemas?|projects?|efforts?|tables?|services?|layers?|structures?|teams?|technolog\w+)\b)"
)


def role_of(text: str, start: int, end: int) -> Role:
    """Return whose work a mention in a lower-case text is, by the words of its clause."""
    before, after = _clause_before(text, start), text[end : end + _CHARACTERS]
    people = bool(_PEOPLE.search(text, start, end))
    if _LEADS.search(before) and (people or _OFFICE_AFTER.match(after)):
        return "own"
    if people or _OFFICE_AFTER.match(after) or _OFFICE_BEFORE.search(before):
        return "others"
    if _BY_OTHERS.match(after):
        return "others"
    role, place = _nearest(before)
    if role == "own":
        is_object = not re.search(_PREPOSITION, before[place:]) and _OBJECT_END.match(after)
        return "own" if is_object else "named"
    return role


def _nearest(before: str) -> tuple[Role, int]:
    """Return the role that the last telling words of a clause give, and where they end."""
    role: Role = "named"
    place = 0
    for found in _ROLE.finditer(before):
        joined = role == "own" and _JOINED.fullmatch(before, place, found.start())
        if found["own"]:
            role = "own"
        elif not joined:
            role = "used" if found["used"] else "others"
        place = found.end()
    return role, place


def _clause_before(text: str, start: int) -> str:
    return _CLAUSE_END.split(text[max(0, start - _CHARACTERS) : start])[-1]
