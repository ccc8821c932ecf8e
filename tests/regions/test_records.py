# SPDX-License-Identifier: Apache-2.0
"""The record types, sources, forms and ladder that are shipped."""

from __future__ import annotations

from collections import Counter

import pytest

from ceyuan.declarations import load_records, load_region
from ceyuan.language import names

ASKED = {
    # what the catalogue of indicators asks of each type, in the catalogue's words
    "agreement": "id party on",
    "alliance": "id level lead_org founded_on",
    "alliance_member": "alliance_id org_id from to",
    "assignment": "result org kind on",
    "bd_deal": "id licensor licensee signed upfront total ccy direction",
    "budget_plan": "item year amount",
    "cluster": "id kind started",
    "consortium": "id founded_on",
    "conversion": "result mode amount on org amount_usd",
    "credit_line": "bank org product on amount risk_shared",
    "device_approval": "licence class holder on origin innovative",
    "drug_approval": "licence class holder_org on origin",
    "enrolment": "person programme status on",
    "event": "id series edition on",
    "event_exhibit": "event item kind",
    "ext_stat": "report edition table page file_hash code geo period value",
    "facility_session": "facility user_org start end hours",
    "finance_round": "org on amount",
    "fund": "id",
    "fund_commitment": "fund party amount on",
    "grant_award": "programme project on person",
    "grant_payment": "org measure on amount",
    "incubatee": "incubator org in out",
    "incubator": "id grade recognised_on",
    "incubator_return": "incubator period service_income total",
    "industry_return": "org period output revenue industry",
    "journal": "journal",
    "lab": "id kind on",
    "listing": "org board on industry",
    "market_cap": "org date value",
    "measure_benefit": "measure person on",
    "milestone": "id claim scope verified_by on",
    "model_filing": "id org filed_on status",
    "org": "kind park registered grade industry",
    "org_registration": "org on tech_flag",
    "paper": "doi journal pub_date",
    "paper_affil": "doi org_id role",
    "patent": "id applicant status",
    "patent_event": "kind on applicant",
    "person": "intl_flag nationality birth",
    "pilot_org": "pilot org from to",
    "poc_platform": "id",
    "policy_doc": "id title issuer on topic kind track",
    "policy_measure": "id doc org on",
    "programme_party": "programme org from to",
    "project": "id programme start lead kind",
    "project_budget": "project source amount",
    "recognition": "list org on",
    "service_contract": "voucher amount",
    "service_return": "org period revenue industry",
    "sme_register": "org year status",
    "spin_off": "org result kind",
    "staff_post": "person org from to",
    "sub_fund": "fund private own",
    "talent_hire": "person org on grade",
    "tech_contract": "id kind signed registered amount seller buyer status",
    "voucher_redemption": "voucher org on amount",
}
KEYWORDS = {
    # words of SQL, and columns that every batch has, go by another name
    "on": "on_date",
    "from": "from_date",
    "to": "to_date",
    "in": "in_date",
    "out": "out_date",
    "start": "start_date",
    "end": "end_date",
    "date": "on_date",
    "table": "table_number",
    "code": "stat_code",
}
RENAMED = {
    ("incubator", "id"): "incubator_number",
    ("patent", "id"): "application_number",
    ("patent", "status"): "legal_status",
    ("project", "id"): "project_number",
    ("org", "registered"): "registered_on",
    ("poc_platform", "id"): "id",
}
HIGH_VALUE = [
    "strategic_industry",
    "overseas_family",
    "over_ten_years",
    "pledge_amount",
    "awarded",
]
PERSONAL = {
    ("project", "lead_name"): ("identity", "contact"),
    ("person", "person_name"): ("identity", "contact"),
    ("person", "id_number"): ("identity",),
    ("person", "birth"): ("statistics", "eligibility"),
    ("person", "nationality"): ("statistics", "eligibility"),
    ("person", "phone"): ("contact",),
    ("person", "intl_flag"): ("statistics",),
}


@pytest.mark.parametrize("region", ["china", "shanghai"])
def test_shipped_records_load_without_fault(region):
    assert () == load_records(region).errors


@pytest.mark.parametrize("type_", ASKED)
def test_type_of_the_catalogue_has_the_attributes_that_it_names(type_):
    records = load_records()
    said, attributes = records.type(type_), records.attributes[type_]
    organisation = {"org", "org_id", said.role.id if said.role else "org"}
    known = set(attributes) | (organisation if said.organisation else set())
    known |= {"year"} & set(said.key)

    missing = [
        word
        for word in ASKED[type_].split()
        if word not in known
        and RENAMED.get((type_, word), KEYWORDS.get(word)) not in attributes
    ]

    assert [] == missing


def test_patent_has_the_five_tests_of_high_value():
    assert [] == [n for n in HIGH_VALUE if n not in load_records().attributes["patent"]]


def test_every_subject_of_a_policy_has_a_type_with_its_facts():
    region, records = load_region(), load_records()
    subjects = {rule.said.subject for rule in region.rules.values()}

    assert sorted(subjects) == sorted(
        t.facts_of for t in records.types.values() if t.facts_of
    )
    for subject in subjects:
        facts = {
            n
            for n, f in region.facts.items()
            if subject in f.subject and f.kind != "records"
        }
        assert facts <= set(records.attributes[subject])


def test_every_record_fact_has_a_type_that_feeds_it_with_equal_fields():
    facts, records = load_region().facts, load_records()
    fed = {t.feeds: n for n, t in records.types.items() if t.feeds}

    assert {"patents": "patent", "certificates": "certificate"} == fed
    for fact, type_ in fed.items():
        for name, one in facts[fact].fields.items():
            found = records.attribute(type_, name)
            assert (one.kind, one.codes, one.headings) == (
                found.kind,
                found.codes,
                found.headings,
            )


def test_sources_stand_in_their_order():
    assert [
        "ruling",
        "registry",
        "tax",
        "certificates",
        "statistics",
        "ip",
        "contract_registry",
        "finance",
        "firm",
        "park",
    ] == list(load_records().sources)


@pytest.mark.parametrize(
    ("attribute", "first"),
    [
        ("revenue", ("ruling", "tax", "statistics")),
        ("cost_expense", ("ruling", "tax", "statistics")),
        ("assets", ("ruling", "tax", "statistics")),
        ("rd_expense", ("ruling", "tax", "statistics")),
        ("employees", ("ruling", "statistics", "tax")),
        ("tech_staff", ("ruling", "statistics", "tax")),
        ("rd_staff_with_degree", ("ruling", "statistics", "tax")),
        ("reg_date", ("ruling", "registry", "tax")),
        ("district", ("ruling", "registry", "tax")),
        ("hnte_valid", ("ruling", "certificates", "registry")),
        ("invention_patents", ("ruling", "ip", "registry")),
        ("equity_2y", ("ruling", "finance", "registry")),
        ("has_core_ip", ("ruling", "firm", "registry")),
    ],
)
def test_authority_over_a_firms_facts(attribute, first):
    assert first == load_records().order("firm", attribute)[:3]


def test_every_type_says_what_a_record_is_and_its_own_attributes_have_a_use():
    records = load_records()

    assert [] == [n for n, t in records.types.items() if t.meaning is None]
    assert [] == [
        (type_, name)
        for type_, said in records.types.items()
        for name in said.attributes
        if not records.attribute(type_, name).purpose
    ]


def test_personal_attributes_are_these_and_no_other():
    records = load_records()

    assert PERSONAL == {
        (type_, name): attribute.purpose
        for type_, attributes in records.attributes.items()
        for name, attribute in attributes.items()
        if attribute.sensitivity == "personal"
    }


def test_every_person_stands_by_a_number_that_leads_to_the_person():
    records = load_records()
    people = {n: t for n, t in records.types.items() if t.person and n != "person"}

    assert {
        "enrolment",
        "grant_award",
        "measure_benefit",
        "project",
        "staff_post",
        "talent_hire",
    } == set(people)
    assert {"person"} == {t.links[t.person] for t in people.values()}


def test_forms_say_how_sure_each_mapping_is():
    counts = {
        name: Counter(
            [
                *(line.confidence for line in form.lines),
                *(column.confidence for column in form.table),
            ]
        )
        for name, form in load_records().forms.items()
    }

    assert {
        "a107012": {"A": 6},
        "a107041": {"A": 6, "U": 1},
        "a107041_certificate": {"B": 2},
        "s107_1": {"A": 12, "B": 3},
        "s107_2": {"B": 2, "U": 4},
        "list_hnte": {"B": 3, "U": 1},
        "list_tech_sme": {"B": 3, "U": 1},
        "list_innovative_sme": {"B": 3},
        "list_zjtx": {"B": 3, "U": 1},
        "list_xjr": {"B": 3},
        "patent_export": {"B": 8},
        "tech_contract_export": {"B": 8, "U": 1},
    } == counts


def test_lists_of_titles_say_which_title():
    forms = load_records().forms

    assert {
        "list_hnte": "hnte",
        "list_tech_sme": "tech_sme",
        "list_innovative_sme": "innovative_sme",
        "list_zjtx": "zjtx",
        "list_xjr": "xjr",
        "a107041_certificate": "hnte",
    } == {n: f.constants["certificate"] for n, f in forms.items() if f.constants}


def test_ladder_stands_in_its_order_and_says_what_nobody_can_tell():
    ladder = load_records().ladder

    assert {
        "tech_sme": {"tech_sme_valid"},
        "hnte": {"hnte_valid"},
        "innovative_sme": {"innovative_sme_valid"},
        "zjtx": {"zjtx_valid"},
        "xjr": {"xjr_valid"},
        "sh_little_giant": set(),
        "gazelle": None,
        "unicorn": None,
        "star_listed": None,
    } == {
        name: None if tier.condition is None else set(names(tier.condition))
        for name, tier in ladder.items()
    }
    assert list(ladder)[:3] == ["tech_sme", "hnte", "innovative_sme"]
    assert all(tier.policies for tier in ladder.values())
