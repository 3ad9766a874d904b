"""Object keys: what is built can be taken apart again, and nothing gets out of its clinic."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django_tenants.utils import schema_context
from hypothesis import given, settings, strategies as st

from documents import keys
from documents.keys import KeyContext, ObjectKeyError, belongs_to, extension_of, parse_key

tenants = st.from_regex(r"[a-z][a-z0-9_]{1,47}", fullmatch=True)
extensions = st.from_regex(r"\.[a-z0-9]{1,8}", fullmatch=True)
tokens = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True).filter(
    lambda text: ".." not in text and not text.endswith(".")
)
views = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True)
contexts = st.builds(
    KeyContext,
    tenant=tenants,
    document_id=st.uuids(),
    owner_id=st.uuids(),
    extension=extensions,
    patient_id=st.uuids(),
    batch_id=st.uuids(),
    on=st.dates(min_value=date(1000, 1, 1)),
    view=views,
    source_id=tokens,
    ordinal=st.integers(1, 999),
)


def fields(c, **names):
    """The named parts as a key shows them."""
    return {name: str(value) for name, value in names.items()} | {"ext": c.extension}


# builder, kind, the parts that parsing must give back
BUILDERS = {
    "patient-document": (
        keys.patient_document_key,
        lambda c: fields(c, patient=c.patient_id, document=c.document_id),
    ),
    **{
        f"patient-record {folder}": (
            keys.patient_record_key(folder),
            lambda c, folder=folder: fields(
                c, folder=folder, patient=c.patient_id, document=c.document_id
            ),
        )
        for folder in keys.RECORD_FOLDERS
    },
    "image": (
        keys.image_key,
        lambda c: fields(c, patient=c.patient_id, batch=c.batch_id, document=c.document_id),
    ),
    **{
        f"filemaker-document {folder}": (
            keys.filemaker_document_key(folder),
            lambda c, folder=folder: fields(
                c, folder=folder, patient=c.patient_id, source=c.source_id
            ),
        )
        for folder in keys.FILEMAKER_FOLDERS
    },
    "filemaker-photo": (
        keys.filemaker_image_key,
        lambda c: fields(c, patient=c.patient_id, view=c.view, source=c.source_id),
    ),
    "medical-record": (
        keys.medical_record_key,
        lambda c: fields(
            c,
            year=f"{c.on:%Y}",
            month=f"{c.on:%m}",
            record=c.owner_id,
            document=c.document_id,
        ),
    ),
    "coordinator": (
        keys.coordinator_key,
        lambda c: fields(c, coordinator=c.owner_id, document=c.document_id),
    ),
    "company": (
        keys.company_key,
        lambda c: fields(c, company=c.owner_id, document=c.document_id),
    ),
    **{
        f"message {direction}": (
            lambda c, d=direction: keys.message_key(replace(c, direction=d)),
            lambda c, direction=direction: fields(
                c,
                direction=direction,
                patient=c.patient_id,
                message=c.owner_id,
                ordinal=c.ordinal,
            ),
        )
        for direction in ("inbound", "outbound")
    },
}


@pytest.mark.parametrize(("builder", "parts"), BUILDERS.values(), ids=BUILDERS)
def test_parsing_gives_back_what_was_built(builder, parts, request):
    kind = request.node.callspec.id.split(" ")[0]

    @settings(max_examples=60, deadline=None, database=None)
    @given(contexts)
    def holds(context):
        key = builder(context)
        parsed = parse_key(key)
        assert (parsed.kind, parsed.tenant, parsed.parts) == (kind, context.tenant, parts(context))
        assert belongs_to(key, context.tenant)
        assert key.isascii()

    holds()


@settings(max_examples=60, deadline=None, database=None)
@given(contexts)
def test_the_builders_that_choose_choose_by_the_context(context):
    scan = parse_key(keys.filemaker_image_key(replace(context, view="")))
    assert (scan.kind, scan.parts) == (
        "filemaker-scan",
        fields(context, patient=context.patient_id, source=context.source_id),
    )
    report = parse_key(keys.at_report_key(replace(context, extension=".pdf")))
    assert (report.kind, report.parts["date"]) == ("at-report", f"{context.on:%Y-%m-%d}")
    loose = replace(context, patient_id=None, ordinal=0)
    message = parse_key(keys.message_key(replace(loose, direction="inbound")))
    assert message.parts == fields(
        context, direction="inbound", patient="unmatched", message=context.owner_id
    )
    alone = parse_key(keys.image_key(replace(context, batch_id=None)))
    assert alone.parts["batch"] == str(context.owner_id)
    for extension, folder in ((".jpg", "images"), (".pdf", "documents")):
        referrer = parse_key(keys.referrer_key(replace(context, extension=extension)))
        assert (referrer.kind, referrer.parts["folder"]) == ("referrer", folder)


HOSTILE = {
    "parent": "..",
    "parent inside": "a..b",
    "slash": "a/b",
    "up and out": "../../beta/x",
    "backslash": "a\\b",
    "unicode": "é",
    "full width": "ａ",
    "arabic digits": "٣",
    "nul": "a\0b",
    "line break": "a\n",
    "space": "a b",
    "percent": "%2e%2e",
    "empty": "",
    "too long": "a" * 101,
}


GOOD = KeyContext(
    tenant="alpha",
    document_id=UUID(int=1),
    owner_id=UUID(int=2),
    extension=".jpg",
    patient_id=UUID(int=3),
    view="left-dorsal",
    source_id="4711",
)
CASES = {
    f"{part} {name}": (part, f".{text}" if part == "extension" else text)
    for part in ("tenant", "extension", "source_id", "view")
    for name, text in HOSTILE.items()
    if (part, name) != ("view", "empty")  # no view: it is a scanned document, see above
}


@pytest.mark.parametrize(("part", "text"), CASES.values(), ids=CASES)
def test_hostile_parts_build_no_key(part, text):
    assert parse_key(keys.filemaker_image_key(GOOD)).kind == "filemaker-photo"
    with pytest.raises(ObjectKeyError):
        keys.filemaker_image_key(replace(GOOD, **{part: text}))


@pytest.mark.parametrize(
    ("part", "text"),
    [("tenant", "Alpha"), ("tenant", "1alpha"), ("tenant", "a"), ("extension", ".JPG"),
     ("extension", "jpg"), ("extension", ".jpg.exe"), ("view", "Left"), ("source_id", ".x")],
)  # fmt: skip
def test_parts_of_the_wrong_form_build_no_key(part, text):
    assert keys.filemaker_image_key(GOOD)
    with pytest.raises(ObjectKeyError):
        keys.filemaker_image_key(replace(GOOD, **{part: text}))


@pytest.mark.parametrize(
    ("builder", "missing"),
    [
        (keys.patient_document_key, "patient_id"),
        (keys.patient_record_key("visits"), "patient_id"),
        (keys.image_key, "patient_id"),
        (keys.medical_record_key, "on"),
        (keys.at_report_key, "on"),
    ],
    ids=["document", "record", "image", "medical record", "at report"],
)
def test_what_a_key_needs_must_be_there(builder, missing):
    whole = replace(GOOD, on=date(2024, 5, 1), extension=".pdf")
    assert parse_key(builder(whole)).tenant == "alpha"
    with pytest.raises(ObjectKeyError):
        builder(replace(whole, **{missing: None}))


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(max_size=80), tenants)
def test_no_text_is_taken_for_a_key_of_ours_by_chance(text, tenant):
    with pytest.raises(ObjectKeyError):
        parse_key(f"{tenant}/{text}")


@settings(max_examples=200, deadline=None, database=None)
@given(contexts, tenants, st.sampled_from(["../", "./../", "/", "x/../../"]))
def test_nothing_belongs_to_another_clinic(context, other, way_out):
    key = keys.patient_document_key(context)
    assert belongs_to(key, context.tenant)
    assert belongs_to(key, other) == (other == context.tenant)
    assert not belongs_to(f"{context.tenant}/{way_out}{key}", context.tenant)
    assert not belongs_to(f"/{key}", context.tenant)
    assert not belongs_to(key.replace("/", "\\"), context.tenant)


def test_digits_of_other_scripts_are_no_digits():
    key = keys.medical_record_key(replace(GOOD, on=date(2024, 5, 1)))
    assert parse_key(key).parts["month"] == "05"
    with pytest.raises(ObjectKeyError):
        parse_key(key.replace("/05/", "/٠٥/"))


def test_a_clinic_whose_name_begins_like_another_is_another():
    assert belongs_to("alpha/x", "alpha")
    assert not belongs_to("alphabet/x", "alpha")
    assert not belongs_to("alpha", "alpha")


def test_the_key_belongs_to_the_clinic_that_the_connection_is_in(in_alpha):
    assert keys.current_tenant() == "alpha"
    assert keys.system_key("exports", "2024/all.zip") == "alpha/system/exports/2024/all.zip"


def test_there_is_no_key_in_the_shared_schema(db):
    with schema_context("public"):
        assert connection.schema_name == "public"
        with pytest.raises(ObjectKeyError):
            keys.current_tenant()
        with pytest.raises(ObjectKeyError):
            keys.system_key("exports", "all.zip")


@pytest.mark.parametrize("name", ["../x", "x/../y", "/x", "x//y", ".x", "x y", "é"])
def test_system_keys_stay_in_their_folder(name, in_alpha):
    assert parse_key(keys.system_key("temp", "x/y")).parts == {"folder": "temp", "name": "x/y"}
    with pytest.raises(ObjectKeyError):
        keys.system_key("temp", name)


def test_a_key_is_no_longer_than_its_column(in_alpha):
    name = "/".join(["a" * 90] * 5)
    assert len(keys.system_key("temp", name)) == len(name) + 18
    with pytest.raises(ObjectKeyError):
        keys.system_key("temp", f"{name}/{'a' * 30}")


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.PDF", ".pdf"), ("a.tar.gz", ".gz"), ("a", ""), ("a.", ""), ("a.p/df", ""),
     ("a.pdf ", ""), ("a.ｐｄｆ", ""), ("a.abcdefghi", ""), ("a.pdf\n", "")],
)  # fmt: skip
def test_extensions_are_plain_letters(name, extension):
    assert extension_of(name) == extension


@given(tenants, st.uuids(), st.uuids(), st.integers(1, 999), st.integers(10, 9_999), st.booleans())
def test_keys_of_previews_are_built_and_parsed(tenant, document, preview, page, edge, lossless):
    key = keys.preview_key(
        tenant=tenant,
        document_id=document,
        preview_id=preview,
        page=page,
        edge=edge,
        mime="image/png" if lossless else "image/jpeg",
    )
    found = parse_key(key)
    assert (found.kind, found.tenant) == ("preview", tenant)
    assert found.parts == {
        "document": str(document),
        "preview": str(preview),
        "page": str(page),
        "edge": str(edge),
        "ext": ".png" if lossless else ".jpg",
    }
    assert belongs_to(key, tenant)
    assert keys.folder_of(key) == "previews"


@pytest.mark.parametrize(
    "wrong", [{"page": 0}, {"page": 1_000}, {"edge": 9}, {"mime": "text/html"}, {"tenant": "../a"}]
)
def test_keys_of_previews_that_are_none_are_not_built(wrong):
    parts = {"tenant": "alpha", "page": 1, "edge": 200, "mime": "image/png"} | wrong
    with pytest.raises(ObjectKeyError):
        keys.preview_key(document_id=GOOD.document_id, preview_id=GOOD.owner_id, **parts)
