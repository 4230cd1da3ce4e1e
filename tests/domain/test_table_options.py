from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import BillingMode, StreamView, TableDesign, TableKind
from apps_admin.domain.table_comparison import Aspect
from apps_admin.domain.table_options import given_aspects, parse_design, written_options


def test_options_become_a_design() -> None:
    design = parse_design(
        TableKind.APPS,
        {
            "table": ["shop-apps"],
            "region": ["eu-west-1", "us-east-1"],
            "stream": ["new_and_old_images"],
            "pitr": ["on"],
            "tag": ["team=a=b", "empty="],
            "deletion_protection": ["on"],
        },
    )
    assert design == TableDesign(
        name="shop-apps",
        region="eu-west-1",
        replicas=("us-east-1",),
        stream=StreamView.NEW_AND_OLD_IMAGES,
        recovery_days=35,
        tags={"team": "a=b", "empty": ""},
        deletion_protection=True,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("read_capacity", "five"),
        ("read_capacity", "-1"),
        ("read_capacity", "٣"),
        ("pitr", "soon"),
        ("pitr", "99"),
        ("billing_mode", "FREE"),
        ("tag", "no equals sign"),
        ("table", "a!"),
        ("kms_key", "x"),
    ],
)
def test_a_fault_is_told_under_the_name_of_its_option(name: str, text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_design(TableKind.APPS, {name: [text]})
    assert list(refusal.value.errors) == [name]


def test_a_tag_given_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        parse_design(TableKind.APPS, {"tag": ["a=1", "a=2"]})


def test_only_what_the_given_options_are_about_is_compared() -> None:
    assert given_aspects({"billing_mode": ["PROVISIONED"], "ttl": [""]}) == {Aspect.BILLING}


designs = st.builds(
    TableDesign,
    kind=st.sampled_from(TableKind),
    name=st.from_regex(r"[A-Za-z0-9_.-]{3,30}", fullmatch=True),
    max_reads=st.none() | st.integers(1, 10**6),
    recovery_days=st.none() | st.integers(1, 35),
    deletion_protection=st.booleans(),
    tags=st.dictionaries(
        st.text(
            st.characters(exclude_characters="=\x00", exclude_categories=["Cs"]), min_size=1
        ).filter(lambda key: len(key) <= 128 and not key.lower().startswith("aws:")),
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
        max_size=3,
    ),
)


@given(designs)
def test_written_options_make_the_same_design_again(design: TableDesign) -> None:
    assert parse_design(design.kind, written_options(design)) == design


def test_capacities_survive_writing_and_parsing() -> None:
    design = TableDesign(billing_mode=BillingMode.PROVISIONED, read_capacity=5, write_capacity=6)
    assert parse_design(design.kind, written_options(design)) == design
