"""The kinds of post: their fields. A new kind is one entry of `KINDS`.

Every kind takes the fields of `fields.COMMON`. Order rules between fields are in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jposocial.errors import ConfigError
from jposocial.messages import msg
from jposocial.model import Cadence
from jposocial.posts.fields import CONSENT, ENGLISH, PERSON, SPEAKER
from jposocial.posts.schema import (
    Field,
    bool_value,
    day_value,
    deadline_value,
    either,
    instant_value,
    int_value,
    list_of,
    map_of,
    number_value,
    one_of,
    text_value,
    url_value,
    zone_value,
)
from jposocial.values import did_you_mean

#: The stages of an examination's year, in their order.
PHASES = ("予告", "要項公開", "受付開始", "説明会", "一次結果", "二次", "最終", "追加募集")


#: What an issue of the newsletter can take from the posts.
SECTIONS = ("seminars", "deadlines", "testimonial", "vacancies", "news")

_SAID: Mapping[str, Field] = {"title": Field(type=text_value), "intro": Field(type=text_value)}

#: What only an issue has in English.
ENGLISH_ISSUE: Mapping[str, Field] = {
    "preface": Field(type=text_value),
    "footer": Field(type=text_value),
}

#: A section whose words, order or posts the file says.
SECTION: Mapping[str, Field] = {
    "section": Field(type=one_of(*SECTIONS), required=True),
    **_SAID,
    "en": Field(type=map_of(_SAID)),
    "posts": Field(type=list_of(text_value)),
    "exclude": Field(type=list_of(text_value)),
    "limit": Field(type=int_value),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind's own fields, and which of them are the dates that make it stale."""

    fields: Mapping[str, Field]
    #: Instants after which what was to be said before them is stale, earliest first.
    events: tuple[str, ...] = ()
    #: (first, last) pairs that must be in this order.
    order: tuple[tuple[str, str], ...] = field(default=())
    #: The date that readers are told of, and that `moved_from` is about; empty where there is none.
    moves: str = ""
    #: Fields without which there is nothing to plan or to say.
    needs: tuple[str, ...] = ()


_PAGE: Mapping[str, Field] = {
    "url": Field(type=url_value, required=True),
    "what": Field(type=text_value),
}

KINDS: Mapping[str, Kind] = {
    "seminar": Kind(
        fields={
            "series": Field(type=text_value),
            "starts": Field(type=instant_value, required=True),
            "ends": Field(type=instant_value, required=True),
            "timezone": Field(type=zone_value),
            "format": Field(type=one_of("online", "onsite", "hybrid")),
            "tool": Field(type=text_value),
            "venue": Field(type=text_value),
            "speakers": Field(type=list_of(map_of(SPEAKER))),
            "organiser": Field(type=text_value),
            "language": Field(type=text_value),
            "target": Field(type=text_value),
            "capacity": Field(type=int_value),
            "fee": Field(type=text_value),
            "apply_url": Field(type=url_value),
            "apply_opens": Field(type=instant_value),
            "apply_deadline": Field(type=instant_value),
            "join_url": Field(type=url_value),
            "materials_url": Field(type=url_value),
            "video_url": Field(type=url_value),
            "contact": Field(type=text_value),
            "status": Field(type=one_of("tentative", "confirmed", "full", "cancelled", "over")),
        },
        events=("apply_deadline", "starts"),
        moves="starts",
        order=(("starts", "ends"), ("apply_opens", "apply_deadline"), ("apply_deadline", "starts")),
    ),
    "testimonial": Kind(
        fields={
            "person": Field(
                type=map_of(PERSON | {"name": Field(type=text_value, required=True)}),
                required=True,
            ),
            "quote": Field(type=text_value, required=True),
            "snippets": Field(type=list_of(text_value)),
            "theme": Field(type=text_value),
            "consent": Field(type=map_of(CONSENT)),
            "photo": Field(type=text_value),
        },
    ),
    "exam_notice": Kind(
        fields={
            "exam_year": Field(type=int_value, required=True),
            "era_label": Field(type=text_value),
            "phase": Field(type=one_of(*PHASES), required=True),
            "opens": Field(type=instant_value),
            "closes": Field(type=instant_value),
            "track": Field(type=text_value),
            "guideline_url": Field(type=url_value),
        },
        events=("closes",),
        moves="closes",
        order=(("opens", "closes"),),
    ),
    "vacancy": Kind(
        fields={
            "organisation": Field(type=text_value, required=True),
            "post_title": Field(type=text_value, required=True),
            "grade": Field(type=text_value),
            "duty_station": Field(
                type=map_of(
                    {
                        "city": Field(type=text_value, required=True),
                        "country": Field(type=text_value),
                    }
                )
            ),
            "contract": Field(type=text_value),
            "vacancy_no": Field(type=text_value),
            "deadline": Field(type=deadline_value, required=True),
            "url": Field(type=url_value, required=True),
            "feed": Field(type=text_value),
        },
        events=("deadline",),
    ),
    "statistics": Kind(
        fields={
            "figure": Field(type=text_value, required=True),
            "unit": Field(type=text_value, required=True),
            "as_of": Field(type=day_value, required=True),
            "series": Field(
                type=list_of(
                    map_of(
                        {
                            "label": Field(type=text_value, required=True),
                            "value": Field(type=number_value, required=True),
                        }
                    )
                )
            ),
        },
        needs=("source",),
    ),
    "video": Kind(
        fields={
            "url": Field(type=url_value, required=True),
            "what": Field(type=text_value),
            "length": Field(type=text_value),
            "captions": Field(type=bool_value),
        },
    ),
    "site_update": Kind(fields=_PAGE),
    "roster_info": Kind(fields=_PAGE),
    "event_report": Kind(fields=_PAGE),
    "notice": Kind(fields={}, needs=("publish",)),
    "newsletter": Kind(
        fields={
            # Which of `[newsletter.*]`; where there is one only, that one.
            "newsletter": Field(type=text_value),
            "number": Field(type=int_value, required=True),
            "date": Field(type=day_value, required=True),
            "sections": Field(type=list_of(either(one_of(*SECTIONS), map_of(SECTION)))),
            "preface": Field(type=text_value),
            "footer": Field(type=text_value),
            "en": Field(type=map_of({**ENGLISH, **ENGLISH_ISSUE})),
            # The id of an issue that was wrong: this one goes to those alone who got it.
            "corrects": Field(type=text_value),
            # Plain text as the file and the templates break it, in lines of any length.
            "wide": Field(type=bool_value),
        },
    ),
}

_DATES = (instant_value, day_value, deadline_value)


def anchors(kind: str) -> frozenset[str]:
    """The fields a cadence of `kind` can hang on; empty for a kind that is not known."""
    if kind not in KINDS:
        return frozenset()
    dates = {name for name, field in KINDS[kind].fields.items() if field.type in _DATES}
    return frozenset(dates | {"publish"})


def refuse_unknown_anchors(cadences: Mapping[str, Cadence]) -> None:
    """A moment that hangs on a field its kind does not have would silently never come.

    Raises ConfigError.
    """
    wrong = [
        msg(
            "jposocial.toml: cadence.{kind}: {moment}: there is no date '{anchor}' — {fix}",
            kind=kind,
            moment=moment.name,
            anchor=moment.anchor,
            fix=did_you_mean(moment.anchor, anchors(kind)),
        )
        for kind, cadence in cadences.items()
        for row in cadence.rows.values()
        for moment in row
        if anchors(kind) and moment.anchor not in anchors(kind)
    ]
    if wrong:
        raise ConfigError(wrong)
