# SPDX-License-Identifier: Apache-2.0
"""`ceyuan records`: the record types, what they hold, and the forms that fill them."""

from __future__ import annotations

from ceyuan.cli.opened import print_json, say
from ceyuan.cli.tables import Column, print_table


def listed(region: str, *, as_json: bool) -> None:
    """List the record types."""
    from ceyuan.declarations.records import load_records

    found = load_records(region)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.records/1",
                "types": [
                    {
                        "type": name,
                        "zh": one.zh,
                        "en": one.en,
                        "key": list(one.key),
                        "attributes": len(found.attributes[name]),
                    }
                    for name, one in found.types.items()
                ],
                "sources": list(found.sources),
            }
        )
        return
    print_table(
        [
            Column("类型"),
            Column("名称"),
            Column("English"),
            Column("键"),
            Column("属性", number=True),
        ],
        [
            (name, one.zh, one.en, "、".join(one.key), len(found.attributes[name]))
            for name, one in found.types.items()
        ],
    )


def shown(record: str, region: str, *, as_json: bool, locale: str) -> None:
    """Show one record type."""
    from ceyuan.declarations.records import load_records

    found = load_records(region)
    one = found.type(record)
    attributes = found.attributes[record]
    if as_json:
        print_json(
            {
                "schema": "ceyuan.record/1",
                "type": record,
                "zh": one.zh,
                "en": one.en,
                "key": list(one.key),
                "links": dict(one.links),
                "attributes": [
                    {
                        "attribute": name,
                        "zh": a.zh,
                        "en": a.en,
                        "kind": a.kind,
                        "unit": a.unit,
                        "yearly": a.yearly,
                        "sensitivity": a.sensitivity,
                        "purpose": list(a.purpose),
                        "sources": list(found.order(record, name)),
                    }
                    for name, a in attributes.items()
                ],
            }
        )
        return
    zh = locale == "zh"
    say(f"{one.zh if zh else one.en} `{record}`")
    if one.meaning is not None:
        say(one.meaning.zh if zh else one.meaning.en)
    print_table(
        [
            Column("属性"),
            Column("名称"),
            Column("类型"),
            Column("单位"),
            Column("敏感"),
            Column("用途"),
            Column("谁说了算"),
        ],
        [
            (
                name,
                a.zh if zh else a.en,
                a.kind + ("/年" if a.yearly else ""),
                a.unit or "",
                a.sensitivity,
                "、".join(a.purpose),
                " > ".join(found.order(record, name)[1:4]),
            )
            for name, a in attributes.items()
        ],
    )


def forms(region: str, *, as_json: bool) -> None:
    """List the forms."""
    from ceyuan.declarations.records import load_records

    found = load_records(region)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.forms/1",
                "forms": [
                    {
                        "form": name,
                        "zh": form.zh,
                        "en": form.en,
                        "record": form.record,
                        "source": form.source,
                    }
                    for name, form in found.forms.items()
                ],
            }
        )
        return
    print_table(
        [
            Column("表单"),
            Column("名称"),
            Column("English"),
            Column("记录类型"),
            Column("来源"),
        ],
        [(n, f.zh, f.en, f.record, f.source) for n, f in found.forms.items()],
    )
