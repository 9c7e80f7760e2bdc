"""Example documents of each collection for the documentation; dates are written as text."""

from __future__ import annotations

from include.store.documents import Document

SEARCH = "data-engineering-chicago-illinois-50"
SEEN = "2026-11-23T14:36:32.110Z"
RECEIPT = "job_tracker/scheduled__2026-11-23T00:00:00+00:00/2026-11-23T14:36:32.110+00:00"
CONTENT: Document = {
    "PositionTitle": "Data Scientist (Data Engineering)",
    "PositionURI": "https://www.usajobs.gov/job/739938000",
    "PositionLocation": [
        {
            "LocationName": "Evanston, Illinois",
            "CountryCode": "United States",
            "CountrySubDivisionCode": "Illinois",
            "CityName": "Evanston, Illinois",
            "Longitude": -87.69,
            "Latitude": 42.0411,
        }
    ],
    "PositionRemuneration": [
        {
            "MinimumRange": 80994.0,
            "MaximumRange": 150071.0,
            "RateIntervalCode": "PA",
            "Description": "Per Year",
        }
    ],
    "annual_pay": {"minimum": 80994.0, "maximum": 150071.0, "basis": "PA"},
    "grade": {"plan": "GS", "low": 11, "high": 13},
    "series": ["1560"],
    "hiring_paths": ["public"],
    "remote": False,
    "telework": True,
    "organization": "Federal Acquisition Service",
    "department": "General Services Administration",
    "announcement_number": "FAS-26-1",
    "summary": "You build what the analysts of the service work with.",
    "published_at": "2026-11-20T05:00:00Z",
    "closes_at": "2026-12-02T04:59:00Z",
}
FACTS: Document = {
    "closes_when": {"type": "03", "applications": 500},
    "appointment": {"kind": "term", "length": "13 months"},
    "schedule": "Full-time",
    "promotion_potential": 13,
    "supervisory": None,
    "security_clearance": "Secret",
    "travel": {"code": "1", "words": "Occasional travel"},
    "relocation": False,
    "drug_test": False,
    "openings": "few",
    "direct_hire": None,
    "specialized_experience": {
        "text": "One year of specialized experience equivalent to the GS-9 grade level, which is "
        "building data pipelines.",
        "grade": "GS-9",
    },
    "apply_at": "https://apply.example.gov/Application/Apply",
}
FACTS_HASH = "3c59dc048e8850243be8079a5c74d079"

EXAMPLES: dict[str, Document] = {
    "positions": {
        "_id": "739938000",
        **CONTENT,
        "source": "search",
        "observed_at": SEEN,
        "content_hash": "9f2c0b1d4e5f60718293a4b5c6d7e8f9",
        "announcement_keys": [
            "job:0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "number:9f2c0b1d4e5f60718293a4b5c6d7e8f9",
        ],
        "first_seen_at": SEEN,
        "last_seen_at": SEEN,
        "matches": {
            SEARCH: {
                "level": "match",
                "reasons": [],
                "fits": [
                    "open to: The public",
                    "the title says “Data Engineering”",
                    "GS-11 to 13 includes the target, GS-12",
                    "pays $80,994 to $150,071 a year",
                    "in Evanston, Illinois, 13 miles from Chicago, Illinois",
                ],
                "score": 98,
                "score_parts": {"topic": 40, "grade": 25, "pay": 20, "place": 13, "register": 0},
                "register": False,
                "nearest": {"LocationName": "Evanston, Illinois", "miles": 13.3},
                "source": "search",
                "observed_at": SEEN,
                "verdict_hash": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                "first_seen_at": SEEN,
                "last_seen_at": SEEN,
            }
        },
        "facts": {**FACTS, "source": "search", "observed_at": SEEN, "facts_hash": FACTS_HASH},
        "outcome": {
            "status": "candidate selected",
            "read_at": "2027-02-01T23:00:07.412Z",
            "first_seen": {
                "accepting applications": "2026-11-24T23:00:06.018Z",
                "reviewing applications": "2026-12-05T23:00:05.771Z",
                "candidate selected": "2027-02-01T23:00:07.412Z",
            },
            "asked_at": "2027-02-01T23:00:07.412Z",
        },
    },
    "position_versions": {
        "_id": "739938000:9f2c0b1d4e5f60718293a4b5c6d7e8f9",
        "control_number": "739938000",
        "content_hash": "9f2c0b1d4e5f60718293a4b5c6d7e8f9",
        "content": CONTENT,
        "source": "search",
        "first_observed_at": SEEN,
        "last_observed_at": SEEN,
        "facts_seen": {
            FACTS_HASH: {
                "facts": FACTS,
                "source": "search",
                "first_observed_at": SEEN,
                "last_observed_at": SEEN,
            }
        },
    },
    "runs": {
        "_id": RECEIPT,
        "dag_id": "job_tracker",
        "run_id": "scheduled__2026-11-23T00:00:00+00:00",
        "batch_digest": "77d1e0c2b3a4958677d1e0c2b3a49586",
        "state": "complete",
        "search": SEARCH,
        "parameters": {
            "keyword": "data engineering",
            "location": "Chicago, Illinois",
            "radius_miles": 50,
            "years_of_experience": 5,
            "minimum_pay": 100000,
            "hiring_paths": ["public"],
        },
        "source": "search",
        "read_at": SEEN,
        "observed_at": SEEN,
        "seen_at": SEEN,
        "api_total": 4,
        "pages": 1,
        "rows": 4,
        "outside": {},
        "matches": ["739938000"],
        "near_misses": ["740127300"],
        "rejected": {"off_topic": ["741000200"], "pay_too_low": ["741000200"]},
        "drift": [
            {"field": "JobGrade", "problem": "unknown code", "value": "Q7", "count": 1},
        ],
        "inserted": ["740127300"],
        "changed": [
            {
                "control_number": "739938000",
                "fields": {
                    "closes_at": {
                        "before": "2026-11-29T04:59:00.000+00:00",
                        "after": "2026-12-02T04:59:00.000+00:00",
                    }
                },
            }
        ],
        "unchanged": [],
        "superseded": [],
        "quarantined": [
            {
                "control_number": "741000300",
                "reason": "PositionTitle is missing, not str",
                "kept": True,
            }
        ],
        "quarantine_size": 1,
        "warnings": [],
        "gone": ["738811000"],
        "closed": [],
        "reopened": [],
    },
    "quarantine": {
        "_id": "5d41402abc4b2a76b9719d911017c592",
        "control_number": "741000300",
        "reason": "PositionTitle is missing, not str",
        "raw": '{"MatchedObjectId": "741000300", "MatchedObjectDescriptor": {}}',
        "source": "search",
        "runs": [RECEIPT],
        "first_seen_at": SEEN,
        "last_seen_at": SEEN,
    },
    "marks": {
        "_id": "739938000/admin",
        "user": "admin",
        "control_number": "739938000",
        "saved": True,
        "applied": True,
        "history": [
            {"state": "saved", "since": "2026-11-20", "recorded_at": SEEN},
            {"state": "applied", "since": "2026-11-23", "recorded_at": SEEN},
        ],
        "note": "Ask about telework",
        "updated_at": SEEN,
    },
    "notifications": {
        "_id": f"{SEARCH}/email:ada@example.org/match:739938000",
        "search": SEARCH,
        "recipient": "email:ada@example.org",
        "key": "match:739938000",
        "control_number": "739938000",
        "delivery": f"{RECEIPT}/email:ada@example.org",
        "claimed_at": SEEN,
        "observed_at": SEEN,
        "sent_at": SEEN,
        "tries": 1,
    },
    "feeds": {
        "_id": "digest-of-the-token",
        "user": "admin",
        "kind": "calendar",
        "search": None,
        "made_at": SEEN,
        "last_read_at": None,
        "taken_back_at": None,
    },
}
