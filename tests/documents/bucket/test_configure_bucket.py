"""The command against a server: shown, applied, read back; what cannot be is said."""

import hashlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from documents.bucket import aspects as parts, browsers
from documents.bucket.lifecycle import merged, wanted_rules
from documents.bucket.policies import TLS_ONLY
from documents.services import configuring
from documents.services.configuring import aspects, bucket_of, configure
from documents.storage import object_store
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.s3_server import BUCKET, storage

NAMES = ["versioning", "encryption", "public_access_block", "tls_only", "lifecycle", "browsers"]
CHOSEN = aspects(without_tls_policy=False)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(configuring, "READ_BACK", (0.0, 0.0))


def use(settings, endpoint, name=BUCKET):
    found = storage(endpoint)
    found["OPTIONS"]["bucket_name"] = name
    settings.STORAGES = {**settings.STORAGES, "documents": found}


@pytest.fixture
def bucket(settings, moto, request):  # noqa: F811
    """A new bucket of this test's own."""
    name = f"b{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:24]}"
    use(settings, moto, name)
    object_store().client.create_bucket(Bucket=name)
    return bucket_of(object_store())


def command(*arguments):
    out, code = StringIO(), 0
    try:
        call_command("configure_bucket", *arguments, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return out.getvalue(), code


def states(text):
    return {one["name"]: one["state"] for one in json.loads(text)["settings"]}


def test_a_new_bucket_differs_in_everything_and_is_only_shown(bucket):
    out, code = command()
    assert code == 1
    assert "versioning: differs.\n    is Off, should be Enabled" in out
    assert "encryption: " in out
    assert "BlockPublicAcls: is false, should be true" in out
    assert "chartvault-clinical: is not there, should be {" in out
    assert "Nothing was changed. Add --apply" in out
    assert bucket.ask("get_bucket_versioning").get("Status") is None
    assert parts.rules_of(bucket) == []


def test_applied_it_is_as_wanted_and_says_so(bucket):
    found = configure(bucket, CHOSEN)
    assert {one.name: one.state for one in found}.items() >= dict.fromkeys(
        ["versioning", "public_access_block", "tls_only", "lifecycle", "browsers"], "applied"
    ).items()
    assert [one.name for one in found] == NAMES
    out, code = command("--json")
    assert (states(out), code) == (dict.fromkeys(NAMES, "as_wanted"), 0)
    assert command()[1] == 0
    # and by boto3's own words
    client, name = bucket.client, bucket.name
    assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    policy = json.loads(client.get_bucket_policy(Bucket=name)["Policy"])
    assert [one["Sid"] for one in policy["Statement"]] == [TLS_ONLY]
    rules = client.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert [rule["ID"] for rule in rules] == [rule["ID"] for rule in wanted_rules()]
    (rule,) = client.get_bucket_cors(Bucket=name)["CORSRules"]
    assert rule["AllowedOrigins"] == browsers.origins()
    assert set(rule["AllowedMethods"]) == {"GET", "HEAD", "POST", "PUT"}


def test_browsers_may_come_from_the_clinics_pages_alone(bucket, settings):
    settings.HTTPS = True
    settings.ALLOWED_HOSTS = [".clinic.example", "records.hospital.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.example:8443"]
    theirs = {"ID": "theirs", "AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"]}
    bucket.client.put_bucket_cors(Bucket=bucket.name, CORSConfiguration={"CORSRules": [theirs]})
    configure(bucket, CHOSEN)
    others, ours = bucket.client.get_bucket_cors(Bucket=bucket.name)["CORSRules"]
    assert (others["ID"], others["AllowedOrigins"]) == ("theirs", ["https://a.example"])
    assert ours["AllowedOrigins"] == [
        "https://*.clinic.example",
        "https://desk.example:8443",
        "https://records.hospital.example",
    ]


def test_applied_twice_nothing_is_written_again(bucket, monkeypatch):
    configure(bucket, CHOSEN)
    calls = []
    ask = parts.Bucket.ask

    def asked(self, call, **given):
        calls.append(call)
        return ask(self, call, **given)

    monkeypatch.setattr(parts.Bucket, "ask", asked)
    assert {one.state for one in configure(bucket, CHOSEN)} == {"as_wanted"}
    assert [call for call in calls if call.startswith("put")] == []


@pytest.mark.parametrize("aspect", CHOSEN, ids=NAMES)
def test_one_setting_that_somebody_changed_is_shown_and_set_again(bucket, aspect):
    configure(bucket, CHOSEN)
    client, name = bucket.client, bucket.name
    changes = {
        "versioning": lambda: client.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Suspended"}
        ),
        "encryption": lambda: client.delete_bucket_encryption(Bucket=name),
        "public_access_block": lambda: client.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
        ),
        "tls_only": lambda: client.delete_bucket_policy(Bucket=name),
        "lifecycle": lambda: client.put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration={"Rules": wanted_rules()[1:]}
        ),
        "browsers": lambda: client.delete_bucket_cors(Bucket=name),
    }
    changes[aspect.name]()
    out, code = command("--json")
    expected = dict.fromkeys(NAMES, "as_wanted") | {aspect.name: "differs"}
    assert (states(out), code) == (expected, 1)
    found = {one.name: one.state for one in configure(bucket, CHOSEN)}
    assert found == dict.fromkeys(NAMES, "as_wanted") | {aspect.name: "applied"}


def test_killed_between_two_settings_it_sets_the_rest(bucket, monkeypatch):
    with monkeypatch.context() as during:
        during.setattr(parts.Bucket, "ask", dying_at(parts.Bucket.ask, "put_bucket_policy"))
        with pytest.raises(KeyboardInterrupt):
            configure(bucket, CHOSEN)
    found = {one.name: one.state for one in configure(bucket, CHOSEN)}
    assert found["versioning"] == "as_wanted"
    assert (found["tls_only"], found["lifecycle"]) == ("applied", "applied")


def dying_at(ask, which):
    def asked(self, call, **given):
        if call == which:
            raise KeyboardInterrupt
        return ask(self, call, **given)

    return asked


def test_what_others_have_set_stays(bucket):
    theirs = {
        "ID": "theirs",
        "Status": "Enabled",
        "Filter": {"Prefix": "elsewhere/"},
        "Transitions": [{"Days": 40, "StorageClass": "STANDARD_IA"}],
    }
    bucket.client.put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration={"Rules": [theirs]}
    )
    statement = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": bucket.arn,
    }
    bucket.client.put_bucket_policy(
        Bucket=bucket.name,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    configure(bucket, CHOSEN)
    assert parts.rules_of(bucket)[0] == theirs
    assert len(parts.rules_of(bucket)) == 1 + len(wanted_rules())
    policy = json.loads(bucket.ask("get_bucket_policy")["Policy"])
    assert [one["Sid"] for one in policy["Statement"]] == ["Theirs", TLS_ONLY]
    assert command()[1] == 0


def test_anothers_rule_that_deletes_documents_is_warned_of_and_not_removed(bucket):
    rule = {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 90},
    }
    bucket.client.put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration={"Rules": [rule]}
    )
    configure(bucket, CHOSEN)
    out, code = command()
    assert code == 1
    assert "Warning: The rule 'tidy' is not ours and deletes objects that are in use." in out
    assert parts.rules_of(bucket)[0] == rule


def test_rules_that_s3_would_refuse_are_not_sent(bucket):
    """The server of this test takes them without a word."""
    theirs = [
        {
            "ID": f"r{n}",
            "Status": "Enabled",
            "Filter": {"Prefix": f"{n}/"},
            "Transitions": [{"Days": 40, "StorageClass": "STANDARD_IA"}],
        }
        for n in range(998)
    ]
    bucket.client.put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration={"Rules": theirs}
    )
    found = {one.name: one for one in configure(bucket, CHOSEN)}
    assert found["lifecycle"].state == "refused"
    assert "S3 takes 1,000" in found["lifecycle"].detail
    assert len(parts.rules_of(bucket)) == 998
    assert found["versioning"].state == "applied"
    assert "lifecycle: refused. There are 1,005 rules" in command()[0]
    assert len(merged(theirs)) == 1_005


def test_a_key_of_kms_is_as_good(bucket):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    bucket.client.put_bucket_encryption(
        Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    found = {one.name: one for one in configure(bucket, CHOSEN)}
    assert (found["encryption"].state, found["encryption"].actual) == ("as_wanted", "aws:kms")


def test_apply_does_not_lock_itself_out(bucket):
    with pytest.raises(CommandError, match="plain http") as refused:
        command("--apply")
    assert refused.value.returncode == 2
    assert bucket.ask("get_bucket_versioning").get("Status") is None
    out, code = command("--apply", "--without-tls-policy", "--json")
    assert code == 0
    assert set(states(out).values()) <= {"applied", "as_wanted"}
    assert list(states(out)) == [name for name in NAMES if name != "tls_only"]
    assert json.loads(out)["applied"] is True


def test_a_bucket_that_is_not_there(settings, moto):  # noqa: F811
    use(settings, moto, "no-such-bucket")
    out, code = command("--json")
    assert code == 1
    assert set(states(out).values()) == {"refused"}
    assert "NoSuchBucket" in out


def test_a_store_that_is_away(settings):
    use(settings, "http://127.0.0.1:9")
    out, code = command("--json")
    assert code == 1
    assert set(states(out).values()) == {"refused"}
    assert "EndpointConnectionError" in out


def test_a_server_that_knows_nothing_of_it_is_told_to_be_so(settings, rclone):  # noqa: F811
    use(settings, rclone)
    out, code = command("--apply", "--without-tls-policy", "--json")
    assert code == 1
    assert set(states(out).values()) == {"refused"}, out
    assert all(one["detail"] for one in json.loads(out)["settings"])


def test_a_folder_has_nothing_to_set_up():
    for arguments in ((), ("--apply",), ("--print-policies",)):
        assert command(*arguments) == (
            "The documents lie in a folder; there is no bucket to set up.\n",
            0,
        )
    assert json.loads(command("--json")[0])["bucket"] is None


def test_policies_are_printed_for_this_bucket(bucket):
    out, code = command("--print-policies")
    found = json.loads(out)
    assert code == 0
    owners = ["api", "worker", "backup", "restructure", "erase", "operator", "bucket"]
    assert list(found) == owners
    assert found["backup"]["Statement"][1]["Resource"] == [f"arn:aws:s3:::{bucket.name}/*"]
    with pytest.raises(CommandError):
        command("--print-policies", "--apply")


def test_what_a_store_takes_and_does_not_keep_is_refused_and_the_rest_is_set(bucket, monkeypatch):
    ask = parts.Bucket.ask

    def forgetful(self, call, **given):
        return {} if call == "put_bucket_versioning" else ask(self, call, **given)

    monkeypatch.setattr(parts.Bucket, "ask", forgetful)
    found = {one.name: one for one in configure(bucket, CHOSEN)}
    assert found["versioning"].state == "refused"
    assert "does not keep it" in found["versioning"].detail
    assert found["versioning"].actual == "Off"
    assert found["lifecycle"].state == "applied"


def test_a_rule_of_ours_that_somebody_gave_a_date_is_shown(bucket):
    configure(bucket, CHOSEN)
    rule = wanted_rules()[0] | {
        "Transitions": [{"Date": "2040-01-01T00:00:00Z", "StorageClass": "GLACIER_IR"}]
    }
    bucket.client.put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration={"Rules": [rule, *wanted_rules()[1:]]}
    )
    out, code = command("--json")
    assert (states(out)["lifecycle"], code) == ("differs", 1)
    assert "2040-01-01" in out
    assert "2040-01-01" in command()[0]
