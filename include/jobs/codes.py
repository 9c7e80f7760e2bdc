"""USAJOBS's code lists, as published at https://data.usajobs.gov/api/codelist/ (July 2024)."""

from __future__ import annotations

from typing import NamedTuple


class RateInterval(NamedTuple):
    """A pay-rate interval.

    `per_year` is how many of them make a year, or None if it can't be annualised. `period` follows
    an amount: 12 dollars "an hour".
    """

    name: str
    per_year: int | None
    period: str


# A federal work year has 2,087 hours (5 U.S.C. 5504).
RATE_INTERVALS = {
    "BW": RateInterval("Bi-weekly", 26, "every two weeks"),
    "FB": RateInterval("Fee Basis", None, "on a fee basis"),
    "PA": RateInterval("Per Year", 1, "a year"),
    "PD": RateInterval("Per Day", 260, "a day"),
    "PH": RateInterval("Per Hour", 2087, "an hour"),
    "PM": RateInterval("Per Month", 12, "a month"),
    "PW": RateInterval("Piece Work", None, "for piece work"),
    "ST": RateInterval("Student Stipend Paid", None, "as a student stipend"),
    "SY": RateInterval("School Year", None, "a school year"),
    "WC": RateInterval("Without Compensation", None, "without compensation"),
}

UNPAID = "WC"
"""The rate interval of explicitly unpaid positions."""

HIRING_PATHS = {
    "disability": "Individuals with disabilities",
    "fed": "Federal employees",
    "fed-competitive": "Federal employees - Competitive service",
    "fed-excepted": "Federal employees - Excepted service",
    "fed-internal-nosearch": "Internal to an agency - does not appear on USAJOBS",
    "fed-internal-search": "Internal to an agency - appears on USAJOBS",
    "fed-transition": "Career transition (CTAP, ICTAP, RPL)",
    "graduates": "Recent graduates",
    "land": "Land & base management",
    "mspouse": "Military spouses",
    "native": "Native Americans",
    "nguard": "National Guard & Reserves",
    "nopublic": "Custom announcement",
    "overseas": "Family of overseas employees",
    "peace": "Peace Corps & AmeriCorps Vista",
    "public": "The public",
    "se-other": "Senior executives - Other",
    "ses": "Senior executives",
    "special-authorities": "Special authorities",
    "student": "Students",
    "vet": "Veterans",
}

STUDENT_PATHS = frozenset({"student", "graduates"})
EXECUTIVE_PATHS = frozenset({"ses", "se-other"})

# Announcements that predate hiring paths have a WhoMayApply code instead. Agencies named these
# codes in free text; the meanings here were inferred from 508 recorded rows. Code 45575 ("see
# announcement") says nothing.
WHO_MAY_APPLY = {
    "15514": "public",
    "15515": "public",
    "15516": "student",
    "15523": "fed-competitive",
    "15669": "public",
}

# Pay plans whose grades are those of the General Schedule.
GENERAL_SCHEDULE_PLANS = frozenset({"GS", "GG", "GL", "GM", "FG"})

# Occupational series in which people work with data.
DATA_SERIES = {
    "2210": "Information technology management",
    "1560": "Data science",
    "1550": "Computer science",
    "1515": "Operations research",
    "0854": "Computer engineering",
    "1530": "Statistics",
}

# How an announcement closes. USAJOBS publishes no list of these codes; 01 and 03 are recorded.
OPEN_CONTINUOUS = "02"
BY_APPLICATIONS = "03"
CLOSING_TYPES = frozenset({"01", OPEN_CONTINUOUS, BY_APPLICATIONS})
"""On a date, open continuous, and after a number of applications."""

PERMANENT, TEMPORARY, TERM = "permanent", "temporary", "term"
TEMPORARY_PROMOTION = "temporary promotion"
MULTIPLE_APPOINTMENTS = "multiple appointment types"

APPOINTMENTS = {
    "15317": PERMANENT,
    "15318": TEMPORARY,
    "15319": TERM,
    "15320": "detail",
    "15321": TEMPORARY_PROMOTION,
    "15322": "seasonal",
    "15323": "summer",
    "15324": "presidential management fellows",
    "15326": "recent graduates",
    "15327": MULTIPLE_APPOINTMENTS,
    "15328": "internships",
    "15522": "intermittent",
    "15667": None,
    "15668": None,
    "15669": None,
}
"""The kind of appointment by code; the last three say who may apply, and where one works."""

SCHEDULES = {
    "1": "Full-time",
    "2": "Part-time",
    "3": "Shift work",
    "4": "Intermittent",
    "5": "Job sharing",
    "6": "Multiple Schedules",
}

CLEARANCES = {
    "0": "Not Required",
    "1": "Confidential",
    "2": "Secret",
    "3": "Top Secret",
    "4": "Sensitive Compartmented Information",
    "5": "Q Access Authorization",
    "6": "Q - Nonsensitive",
    "7": "L Access Authorization",
    "8": "Other",
    "9": "Public Trust - Background Investigation",
}

OTHER_CLEARANCE_NAMES = {
    "TS": "3",
    "SCI": "4",
    "TS/SCI": "4",
    "Top Secret/SCI": "4",
    "Top Secret/Sensitive Compartmented Information": "4",
    "Q": "5",
    "Q access": "5",
    "Q clearance": "5",
    "L": "7",
    "L access": "7",
    "L clearance": "7",
    "Public Trust": "9",
}
"""What people write for the codes of clearances."""

CLEARANCE_RANKS = {"0": 0, "9": 1, "1": 2, "2": 3, "7": 3, "3": 4, "5": 4, "6": 4, "4": 5}
"""How much each clearance asks of its holder; "Other" can't be compared.

Confidential, Secret and Top Secret are the levels of classified information (Executive Order 13526,
1.2); compartmented information comes on top of that. L and Q, of the Department of Energy and the
Nuclear Regulatory Commission, take the investigations of Secret (tier 3) and of Top Secret (tier 5)
by the Federal Investigative Standards of 2012. Public trust is an investigation (tier 2 or 4)
without access to anything classified.
"""

TRAVEL = {
    "0": "Not required",
    "1": "Occasional travel",
    "2": "25% or less",
    "3": "50% or greater",
    "5": "50% or less",
    "7": "75% or less",
    "8": "76% or greater",
}

TRAVEL_ORDER = ("0", "1", "2", "5", "3", "7", "8")
"""From none to the most. 50% or greater, out of use since 2018, may be more than 75% or not."""

HALF_OR_MORE = "3"

# The Senior Executive Service and equivalent plans.
EXECUTIVE_PLANS = frozenset({"ES", "EX", "SES"})

_PAY_PLANS_BY_FIRST_LETTER = {
    "A": "ACDEFGIJLOPST",
    "B": "BKLNPRSVX",
    "C": "ABCDEFGHIJLMNOPRSTUXYZ",
    "D": "ABCEGHJKLNOPQRSTUVWXZ",
    "E": "ABCDEFGHIJKLMNOPQRSTVXZ",
    "F": "ABCDEFGHJLMNOPRSTVWXZ",
    "G": "EGHILMNPRSW",
    "H": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "I": "ABCDEFGHIJKLMPRST",
    "J": "ABCDEGLPQRST",
    "K": "ABEGIJLMNOPSTUVWXY",
    "L": "EGLPX",
    "M": "ACGHKLSX",
    "N": "ABCDFGHIJKLMNOPQRSTUVXYZ",
    "O": "CEFGLRSX",
    "P": "ABDEGIJLPQSTUYZ",
    "Q": "C",
    "R": "ACEFGPS",
    "S": "ABCDEFGHIJKLMNOPQRSTUVWYZ",
    "T": "ABCDEFGHMPRSW",
    "U": "A",
    "V": "CEGHMNP",
    "W": "ABDEFGIJKLMNOPQRSTUWXYZ",
    "X": "ABCDEFGHIJKLNPRSTUWYZ",
    "Y": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "Z": "APSTYZ",
}
PAY_PLANS = frozenset(
    first + second for first, seconds in _PAY_PLANS_BY_FIRST_LETTER.items() for second in seconds
)
