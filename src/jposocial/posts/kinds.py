"""The kinds of post: their fields. A new kind is one entry of `KINDS`.

Every kind takes the fields of `COMMON`. Order rules between fields are in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jposocial.posts.schema import (
    Field,
    account_value,
    allow_value,
    bool_value,
    day_value,
    instant_value,
    int_value,
    list_of,
    map_of,
    one_of,
    publish_value,
    slug_value,
    text_value,
    texts_value,
    url_value,
    zone_value,
)

#: The rules that a post may allow for itself, with a reason. What a platform refuses (E06,
#: E21), what protects people (E03, E08, E17) and what protects the sending cannot be allowed.
ALLOWABLE = ("E01", "E02", "E09", "E11", "E15")

_LINK = {
    "url": Field(type=url_value, required=True),
    "label": Field(type=text_value),
    "expires": Field(type=instant_value),
}
_MEDIA = {
    "file": Field(type=text_value, required=True),
    "alt": Field(type=text_value),
    "credit": Field(type=text_value),
    "consent": Field(type=text_value),
}
_SPEAKER = {
    "name": Field(type=text_value, required=True),
    "kana": Field(type=text_value),
    "honorific": Field(type=text_value),
    "org": Field(type=text_value),
    "office": Field(type=text_value),
    "city": Field(type=text_value),
    "timezone": Field(type=zone_value),
    "post": Field(type=text_value),
    "jpo_year": Field(type=int_value),
    "as_of": Field(type=day_value),
}
_PERSON = {
    key: _SPEAKER[key]
    for key in ("name", "kana", "org", "office", "post", "city", "jpo_year", "as_of")
}
_CONSENT = {
    "id": Field(type=text_value, required=True),
    "scope": Field(type=list_of(account_value)),
    "from": Field(type=day_value),
    "until": Field(type=day_value),
    "withdrawn": Field(type=day_value),
}
_ENGLISH = {"title": Field(type=text_value), "text": Field(type=texts_value)}

COMMON: Mapping[str, Field] = {
    "id": Field(type=slug_value, required=True),
    "kind": Field(type=text_value, required=True),
    "title": Field(type=text_value, required=True),
    "lang": Field(type=one_of("ja", "en", "both")),
    "accounts": Field(type=list_of(account_value)),
    "ready": Field(type=bool_value),
    "owner": Field(type=text_value),
    "publish": Field(type=publish_value),
    "text": Field(type=texts_value),
    "skip": Field(type=list_of(text_value)),
    "moved_from": Field(type=list_of(instant_value)),
    "allow": Field(type=allow_value(ALLOWABLE)),
    "thread": Field(type=list_of(account_value)),
    "en": Field(type=map_of(_ENGLISH)),
    "category": Field(type=one_of("routine", "emergency")),
    "links": Field(type=list_of(map_of(_LINK))),
    "media": Field(type=list_of(map_of(_MEDIA))),
    "source": Field(type=url_value),
    "tags": Field(type=list_of(text_value)),
    "sample": Field(type=bool_value),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind's own fields, and which of them are the dates that make it stale."""

    fields: Mapping[str, Field]
    #: Instants after which what was to be said before them is stale, earliest first.
    events: tuple[str, ...] = ()
    #: (first, last) pairs that must be in this order.
    order: tuple[tuple[str, str], ...] = field(default=())
    #: Fields without which there is nothing to plan or to say.
    needs: tuple[str, ...] = ()


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
            "speakers": Field(type=list_of(map_of(_SPEAKER))),
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
        order=(("starts", "ends"), ("apply_opens", "apply_deadline"), ("apply_deadline", "starts")),
    ),
    "testimonial": Kind(
        fields={
            "person": Field(
                type=map_of(_PERSON | {"name": Field(type=text_value, required=True)}),
                required=True,
            ),
            "quote": Field(type=text_value, required=True),
            "snippets": Field(type=list_of(text_value)),
            "theme": Field(type=text_value),
            "consent": Field(type=map_of(_CONSENT)),
            "photo": Field(type=text_value),
        },
    ),
    "notice": Kind(fields={}, needs=("publish",)),
}
