"""The app's manager on a record's admin page: for whom, and the plain form that stays behind it."""

import json
import re

import pytest

from accounts.roles import ABILITIES, Role
from documents.island import CHANGES
from documents.models import Document
from medical_records.models import LabResult
from tests.documents.corpus_images import png
from tests.documents.helpers import upload
from tests.forms import form_of
from tests.sms_integration.talks import attach, say, talk_with

MANIFEST = {
    "_shared.js": {"file": "assets/shared-2.js", "css": ["assets/shared-3.css"]},
    "src/island.tsx": {
        "file": "assets/island-4.js",
        "css": ["assets/island-5.css"],
        "imports": ["_shared.js"],
    },
}
PLAIN = "documents-document-content_type-object_id-TOTAL_FORMS"


@pytest.fixture
def built(tmp_path, settings):
    settings.APP_FILES = tmp_path
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))


def page(client, address):
    answer = client.get(f"/admin/{address}")
    assert answer.status_code == 200, answer
    return answer.content.decode()


def islands(text):
    """Return what each island of a page is told, by the names in its markup."""
    found = re.findall(r"<div[^>]* data-document-manager[^>]*>", text)
    return [dict(re.findall(r'data-([a-z-]+)="([^"]*)"', one)) for one in found]


def lab(record):
    return f"medical_records/labresult/{record.pk}/change/"


@pytest.mark.parametrize("who", ["ada", "priya"])
def test_staff_have_it_for_changing_and_the_plain_form_behind_it(built, world, client_of, who):
    text = page(client_of(who), lab(world.blood))
    assert islands(text) == [
        {
            "entity-type": "lab-results",
            "entity-id": str(world.blood.pk),
            "mode": "edit",
            "operations": "delete download preview upload",
            "closed": "",
        }
    ]
    assert text.index("data-document-manager") < text.index(PLAIN)
    assert '<script type="module" src="/static/app/assets/island-4.js">' in text
    for style in ("island-5", "shared-3"):
        assert f'<link rel="stylesheet" href="/static/app/assets/{style}.css">' in text


def test_who_may_only_look_looks(built, world, client_of, monkeypatch):
    only_looks = ABILITIES[Role.PROVIDER] - set(CHANGES)
    monkeypatch.setitem(ABILITIES, Role.PROVIDER, only_looks)
    (island,) = islands(page(client_of("priya"), lab(world.blood)))
    assert island["mode"] == "view"


@pytest.mark.parametrize("who", ["pat", "rex", "dev"])
def test_nobody_else_gets_the_page(built, world, client_of, who):
    answer = client_of(who).get(f"/admin/{lab(world.blood)}")
    assert b"data-document-manager" not in answer.content
    assert answer.status_code in {302, 403, 404}


def test_a_record_that_is_not_stored_yet_has_the_plain_form_and_says_so(built, world, ada):
    text = page(ada, "medical_records/labresult/add/")
    assert islands(text) == []
    assert "island-4.js" not in text
    assert "data-documents-later" in text
    assert PLAIN in text


def test_where_nobody_has_built_the_app_there_is_the_plain_form_only(
    world, ada, settings, tmp_path
):
    settings.APP_FILES = tmp_path / "nowhere"
    text = page(ada, lab(world.blood))
    assert islands(text) == []
    assert '<script type="module"' not in text
    assert PLAIN in text


def test_what_is_closed_takes_nothing_more_and_says_why(built, world, ada):
    message = say(talk_with(), "Here it is")
    attach(message, png(), "knee.png")
    (island,) = islands(page(ada, f"sms_integration/message/{message.pk}/change/"))
    assert island["entity-type"] == "messages"
    assert island["operations"] == "delete download preview"
    assert island["closed"].startswith("Files are added to a message before it is sent.")


def test_the_page_is_saved_when_the_manager_has_deleted_a_document_meanwhile(built, world, ada):
    """The manager sends the plain form without rows; with them the page would be refused."""
    document = upload(world)
    body = form_of(ada.get(f"/admin/{lab(world.blood)}"))
    assert ada.delete(f"/api/v1/files/{document.pk}").status_code == 204
    rows = {
        name: "0" if name.endswith(("-TOTAL_FORMS", "-INITIAL_FORMS")) else value
        for name, value in body.items()
        if not re.match(r"documents-document-content_type-object_id-(\d+|__prefix__)-", name)
    }
    answer = ada.post(f"/admin/{lab(world.blood)}", {**rows, "test_name": "Blood count, again"})
    assert answer.status_code == 302, answer.context["errors"]
    assert LabResult.objects.get(pk=world.blood.pk).test_name == "Blood count, again"
    assert Document.objects.get(pk=document.pk).state == "trashed"
