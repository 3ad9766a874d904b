"""What S3 refuses in lifecycle rules is refused here by name; what it takes passes."""

import pytest

from documents.bucket.lifecycle import deletes, foreign, merged, normal, wanted_rules
from documents.bucket.validating import faults

TAG = {"Key": "retention", "Value": "clinical"}
OLD = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
LATER = {"Days": 90, "StorageClass": "GLACIER_IR"}


def rule(filter_=None, **does):
    return {
        "ID": "r",
        "Status": "Enabled",
        "Filter": {"Prefix": "x/"} if filter_ is None else filter_,
        **(does or {"Expiration": {"Days": 400}}),
    }


def both(*tags, **more):
    return {"And": {"Tags": list(tags), **more}}


GOOD = {
    "ours": wanted_rules(),
    "nothing": [],
    "a thousand": [rule() | {"ID": f"r{n}"} for n in range(1_000)],
    "every object": [rule({})],
    "tag and size": [rule(both(TAG, ObjectSizeGreaterThan=1))],
    "two tags": [rule(both(TAG, {"Key": "b", "Value": ""}))],
    "by size": [rule({"ObjectSizeLessThan": 5})],
    "moves, then expires": [rule(Transitions=[LATER], Expiration={"Days": 91})],
    "moves at once": [rule(Transitions=[{"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}])],
    "moves twice": [rule(Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}, LATER])],
    "no marker": [rule(Expiration={"Days": 9, "ExpiredObjectDeleteMarker": False})],
    "by date": [rule(Expiration={"Date": "2030-01-01"})],
    "aborts by prefix": [rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})],
    "no ids": [{**rule(), "ID": ""}, {**rule(), "ID": ""}],
    "off": [{**rule(), "Status": "Disabled"}],
    "old versions move, then expire": [
        rule(
            NoncurrentVersionTransitions=[{"NoncurrentDays": 29, "StorageClass": "GLACIER_IR"}],
            **OLD,
        )
    ],
}
BAD = {
    "1,001 rules": ([rule() | {"ID": f"r{n}"} for n in range(1_001)], "1,001 rules"),
    "an id twice": ([rule(), rule()], "used 2 times"),
    "a long id": ([rule() | {"ID": "x" * 256}], "255 characters"),
    "no status": ([{**rule(), "Status": "on"}], "Enabled or Disabled"),
    "no action": ([{"ID": "r", "Status": "Enabled", "Filter": {}}], "does nothing"),
    "an empty action": ([rule(Transitions=[])], "does nothing"),
    "no filter": ([{"ID": "r", "Status": "Enabled", **OLD}], "filter is missing"),
    "prefix outside": ([rule() | {"Prefix": "x/"}], "inside the filter"),
    "two filters": ([rule({"Prefix": "x/", "Tag": TAG})], "inside And"),
    "unknown filter": ([rule({"Suffix": ".pdf"})], "knows no Suffix"),
    "And of one": ([rule(both(TAG))], "at least two"),
    "And of none": ([rule({"And": {}})], "at least two"),
    "Tag in And": ([rule({"And": {"Tag": TAG, "Prefix": "x/"}})], "a list, Tags"),
    "a tag twice": ([rule(both(TAG, TAG))], "asked for twice"),
    "a tag without a key": ([rule({"Tag": {"Key": "", "Value": "x"}})], "has a key"),
    "a long tag": ([rule({"Tag": {"Key": "k" * 129, "Value": "x"}})], "128 characters"),
    "a long value": ([rule({"Tag": {"Key": "k", "Value": "x" * 257}})], "256 characters"),
    "a wildcard": ([rule({"Prefix": "*/patients/"})], "literal"),
    "a wildcard in And": ([rule(both(TAG, Prefix="north/?/"))], "literal"),
    "a long prefix": ([rule({"Prefix": "ä" * 513})], "1,024 bytes"),
    "abort by tag": (
        [rule({"Tag": TAG}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7})],
        "no tags or size",
    ),
    "abort by size": (
        [
            rule(
                {"ObjectSizeGreaterThan": 1},
                AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7},
            )
        ],
        "no tags or size",
    ),
    "abort by And": (
        [
            rule(
                both(TAG, Prefix="x/"),
                AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7},
            )
        ],
        "no tags or size",
    ),
    "markers by tag": (
        [rule({"Tag": TAG}, Expiration={"ExpiredObjectDeleteMarker": True})],
        "markers have no tags",
    ),
    "markers by days": (
        [rule(Expiration={"ExpiredObjectDeleteMarker": True, "Days": 1})],
        "without days or date",
    ),
    "days and date": ([rule(Expiration={"Days": 1, "Date": "2030-01-01"})], "one of them"),
    "no time": ([rule(Expiration={"StorageClass": "x"})], "one of them"),
    "days, then a date": (
        [rule(Transitions=[LATER], Expiration={"Date": "2030-01-01"})],
        "do not go together",
    ),
    "no days": ([rule(Expiration={"Days": 0})], "whole number from 1"),
    "half a day": ([rule(Expiration={"Days": 1.5})], "whole number from 1"),
    "text": ([rule(Expiration={"Days": "7"})], "whole number from 1"),
    "backwards": ([rule(Transitions=[LATER | {"Days": -1}])], "whole number from 0"),
    "old versions at once": (
        [rule(NoncurrentVersionExpiration={"NoncurrentDays": 0})],
        "whole number from 1",
    ),
    "abort at once": (
        [rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 0})],
        "whole number from 1",
    ),
    "infrequent too soon": (
        [rule(Transitions=[{"Days": 29, "StorageClass": "STANDARD_IA"}])],
        "after 30 days",
    ),
    "expires before it moves": (
        [rule(Transitions=[LATER], Expiration={"Days": 89})],
        "expires before it has moved",
    ),
    "expires when it moves": (
        [rule(Transitions=[LATER], Expiration={"Days": 90})],
        "expires before it has moved",
    ),
    "old versions expire before they move": (
        [
            rule(
                NoncurrentVersionTransitions=[{"NoncurrentDays": 30, "StorageClass": "GLACIER_IR"}],
                **OLD,
            )
        ],
        "expires before it has moved",
    ),
    "two moves a day": (
        [rule(Transitions=[LATER, LATER | {"StorageClass": "GLACIER"}])],
        "on the same day",
    ),
    "moves twice to one class": (
        [rule(Transitions=[LATER, LATER | {"Days": 100}])],
        "moves to GLACIER_IR twice",
    ),
    "moves nowhere": ([rule(Transitions=[{"Days": 3}])], "names its storage class"),
}


@pytest.mark.parametrize("rules", GOOD.values(), ids=GOOD)
def test_what_s3_takes_passes(rules):
    assert faults(rules) == []


@pytest.mark.parametrize(("rules", "says"), BAD.values(), ids=BAD)
def test_what_s3_refuses_is_refused_with_the_reason(rules, says):
    found = faults(rules)
    assert any(says in fault for fault in found), found
    assert len(found) <= 2


def test_several_faults_are_all_named():
    found = faults([rule({"Prefix": "*", "Tag": TAG}, Expiration={"Days": 0})])
    assert len(found) == 3
    assert all(fault.startswith("r: ") for fault in found)


def test_a_rule_without_an_id_is_told_by_its_place():
    assert faults([rule(), {**rule({"Prefix": "*"}), "ID": ""}])[0].startswith("rule 2: ")


# --- Our rules ------------------------------------------------------------------------------------


def by_retention():
    return {one["Filter"]["Tag"]["Value"]: one for one in wanted_rules() if "Tag" in one["Filter"]}


def test_the_retention_table():
    moves = {
        name: (one["Transitions"][0]["Days"], one["Transitions"][0]["StorageClass"])
        for name, one in by_retention().items()
        if "Transitions" in one
    }
    assert moves == {
        "clinical": (2557, "GLACIER_IR"),
        "image": (2557, "GLACIER_IR"),
        "at-report": (2557, "GLACIER_IR"),
        "message": (731, "GLACIER_IR"),
        "filemaker": (365, "GLACIER_IR"),
    }


def test_only_what_is_temporary_is_ever_deleted():
    assert [one["ID"] for one in wanted_rules() if deletes(one)] == ["chartvault-temp"]
    assert by_retention()["temp"]["Expiration"] == {"Days": 7}


def test_every_class_of_retention_has_its_rule():
    from documents.models import Retention

    assert set(by_retention()) == set(Retention.values)


def test_the_rule_for_every_object():
    (whole,) = [one for one in wanted_rules() if one["ID"] == "chartvault-all"]
    assert whole["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert whole["NoncurrentVersionExpiration"] == {"NoncurrentDays": 365}
    assert whole["Filter"] == {"Prefix": ""}


def test_others_rules_stay_and_ours_are_replaced():
    theirs = rule() | {"ID": "theirs"}
    old = rule() | {"ID": "chartvault-clinical"}
    assert merged([old, theirs]) == [theirs, *wanted_rules()]
    assert merged(merged([theirs])) == merged([theirs])
    before_filters = {"ID": "old", "Status": "Enabled", "Prefix": "x/", **OLD}
    assert faults(merged([before_filters])) == []
    assert merged([before_filters])[0]["Filter"] == {"Prefix": "x/"}
    assert foreign([old, theirs, {"Status": "Enabled"}]) == [theirs, {"Status": "Enabled"}]


def test_rules_that_mean_the_same_are_equal():
    assert normal({"Filter": {}, "Transitions": []}) == normal({"Filter": {"Prefix": ""}})
    assert normal({"Prefix": "x"}) == normal({"Filter": {"Prefix": "x"}})
    assert normal({"Prefix": "x"}) != normal({"Prefix": "y"})
