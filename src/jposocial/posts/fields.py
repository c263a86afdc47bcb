"""The fields that kinds share: groups, and what every kind takes."""

from __future__ import annotations

from collections.abc import Mapping

from jposocial.posts.schema import (
    Field,
    account_value,
    allow_value,
    bool_value,
    day_value,
    end_value,
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
ALLOWABLE = (
    "E01",
    "E02",
    "E04",
    "E07",
    "E09",
    "E10",
    "E11",
    "E12",
    "E13",
    "E14",
    "E15",
    "E19",
    "E20",
    "W01",
    "W02",
    "W03",
    "W04",
    "W05",
    "W06",
    "W07",
    "W08",
    "W09",
    "W10",
    "W12",
    "W13",
    "W15",
    "W17",
    "W19",
    "W20",
)

LINK = {
    "url": Field(type=url_value, required=True),
    "label": Field(type=text_value),
    "expires": Field(type=end_value),
}
MEDIA = {
    "file": Field(type=text_value, required=True),
    "alt": Field(type=text_value),
    "credit": Field(type=text_value),
    "consent": Field(type=text_value),
}
SPEAKER = {
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
PERSON = {
    key: SPEAKER[key]
    for key in ("name", "kana", "org", "office", "post", "city", "jpo_year", "as_of")
}
CONSENT = {
    "id": Field(type=text_value, required=True),
    "scope": Field(type=list_of(account_value)),
    "from": Field(type=day_value),
    "until": Field(type=day_value),
    "withdrawn": Field(type=day_value),
}
ENGLISH = {"title": Field(type=text_value), "text": Field(type=texts_value)}

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
    "en": Field(type=map_of(ENGLISH)),
    "category": Field(type=one_of("routine", "emergency")),
    "links": Field(type=list_of(map_of(LINK))),
    "media": Field(type=list_of(map_of(MEDIA))),
    "source": Field(type=url_value),
    "tags": Field(type=list_of(text_value)),
    "sample": Field(type=bool_value),
}
