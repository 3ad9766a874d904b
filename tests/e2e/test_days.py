"""What people come for: a clinic's day, a parent's evening, somebody's first login."""

from random import Random
from uuid import uuid4

from tests.e2e.second_factor import code_of, show_again
from tests.e2e.test_documents import choose, digest, listed, sample, saved, upload_of

PASSWORD = "four words of a new one"


def new_name(kind):
    """Return a first and a last name that nobody else has, as each test makes its own people."""
    letters = "".join(Random(uuid4().int).choices("abcdefghijklmnopqrstuvwxyz", k=10))
    return kind, letters.title()


def test_a_day_at_the_clinic(visit):
    visitor = visit("admin")
    first, last = new_name("Day")

    # a new patient, invited
    page = visitor.open("/patients")
    page.get_by_role("button", name="Add a patient").click()
    form = page.get_by_role("dialog")
    form.get_by_label("First name").fill(first)
    form.get_by_label("Last name").fill(last)
    form.get_by_label("E-mail").fill(f"{last.lower()}@mail.test")
    form.get_by_role("button", name="Add a patient").click()
    form.wait_for(state="detached")
    patient = visitor.api("GET", f"patients?search={last}")["results"][0]
    page = visitor.open(f"/patients/{patient['id']}")
    page.get_by_role("button", name="Invite").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert visitor.api("GET", f"patients/{patient['id']}")["invite_state"] == "pending"

    # the letter that they brought along, which belongs to no record yet
    letter = sample("referral_letter")
    page = visitor.open(f"/patients/{patient['id']}/documents")
    page.get_by_role("button", name="Add documents").click()
    choose(page, upload_of("letter.pdf", letter.body))
    page.get_by_role("button", name="Save documents").click()
    page.get_by_role("button", name="Preview letter.pdf").first.wait_for()
    page.get_by_role("button", name="Add documents").wait_for()
    assert listed(visitor, patient["id"], "patients") == {"letter.pdf": digest(letter.body)}

    # a record with a photograph, finalised
    photo = sample("clinical_photo")
    page = visitor.open(f"/patients/{patient['id']}/medical-records")
    page.get_by_role("button", name="Write a record").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Day and time of the visit").fill("2026-11-02T09:30")
    form.get_by_label("Chief complaint").fill("Pain under the arch")
    form.get_by_label("Diagnosis", exact=True).fill("Plantar fasciitis")
    choose(form, upload_of(photo.filename, photo.body))
    form.get_by_role("button", name="Save", exact=True).click()
    form.wait_for(state="detached")
    record = visitor.api("GET", f"medical-records?patient={patient['id']}")["results"][0]
    assert list(listed(visitor, record["id"], "medical-records").values()) == [digest(photo.body)]
    page = visitor.open(f"/medical-records/{record['id']}")
    page.get_by_role("button", name="Finalise").click()
    page.get_by_role("button", name="Finalise it").click()
    page.get_by_text("This record is final.").wait_for()
    assert visitor.violations() == []


def test_last_years_referral_is_found(visit):
    visitor = visit("provider")
    visitor.page.goto("/api/v1/health")
    known = visitor.api("GET", "files?search=referral&entity_type=patients&page_size=1")["results"][
        0
    ]
    page = visitor.open(f"/patients/{known['patient_id']}/documents")
    page.get_by_role("button", name="Add documents").click()
    choose(page, *[upload_of(f"note-{n}.txt", f"{uuid4()}\n".encode()) for n in range(6)])
    saved(page)
    search = page.get_by_label("Search in names and descriptions")  # not there for a few documents
    search.fill("referral")
    page.get_by_role("button", name="Preview note-0.txt").first.wait_for(state="detached")
    page.get_by_role("button", name=f"Preview {known['file_name']}").first.click()
    page.get_by_role("img", name=f"{known['file_name']}, page 1").wait_for()
    assert visitor.violations() == []
    page.keyboard.press("Escape")
    search.wait_for()


def test_a_message_with_a_picture_is_answered(visit):
    visitor = visit("admin")
    visitor.page.goto("/api/v1/health")
    talks = visitor.api("GET", "conversations?page_size=100")["results"]
    talk = next(one for one in talks if one["patient_id"] and not one["opted_out"])
    text = f"Yes, please: {uuid4().hex[:8]}"
    photo = sample("clinical_photo", seed=7)
    page = visitor.open(f"/messages/{talk['id']}")
    page.get_by_label("Message", exact=True).fill(text)
    choose(page, upload_of("insole.jpg", photo.body, "image/jpeg"))
    page.get_by_role("button", name="Send", exact=True).dblclick()
    page.get_by_label("What was said").get_by_text(text).wait_for()
    thread = visitor.api("GET", f"conversations/{talk['id']}/messages")["results"]
    assert [one["body"] for one in thread].count(text) == 1
    assert visitor.violations() == []


def test_a_parent_sees_two_children_and_sends_a_card_from_a_phone(visit):
    parent = visit("guardian", phone=True)
    page = parent.open("/")
    page.get_by_role("heading", name="My records").wait_for()
    children = parent.api("GET", "patients")["results"]
    assert len(children) == 2
    for child in children:
        page.get_by_text(f"{child['first_name']} {child['last_name']}").first.click()
        page.get_by_role("link", name=f"Everything about {child['first_name']}").wait_for()
    results = parent.api("GET", "lab-results?page_size=100")["results"]
    assert {one["patient_id"] for one in results} <= {child["id"] for child in children}
    page = parent.open(f"/lab-results/{results[0]['id']}")
    page.get_by_role("dialog").get_by_text(results[0]["test_name"]).first.wait_for()

    card = sample("insurance_card", seed=Random().randrange(10**6))
    insurance = parent.api("GET", "insurances")["results"][0]["id"]
    before = listed(parent, insurance, "insurances")
    page = parent.open(f"/insurances/{insurance}")
    page.get_by_role("button", name="Add documents").click()
    name = f"card {uuid4().hex[:6]}.jpg"
    choose(page, upload_of(name, card.body, "image/jpeg"))
    page.get_by_role("button", name="Save documents").click()
    page.get_by_role("button", name="Save documents").wait_for(state="detached")
    assert listed(parent, insurance, "insurances") == {**before, name: digest(card.body)}
    assert parent.violations() == []


def test_another_patients_record_is_not_there_for_a_parent(visit):
    staff, parent = visit("admin"), visit("guardian")
    parent.expect("status of 404")
    for visitor in (staff, parent):
        visitor.page.goto("/api/v1/health")
    own = {child["id"] for child in parent.api("GET", "patients")["results"]}
    others = staff.api("GET", "lab-results?page_size=100")["results"]
    other = next(one for one in others if one["patient_id"] not in own)
    page = parent.open(f"/lab-results/{other['id']}")
    page.get_by_text("There is no such record, or it is not open to you.").wait_for()
    assert other["test_name"] not in page.get_by_role("dialog").inner_text()
    page = parent.open(f"/patients/{other['patient_id']}")
    page.get_by_role("main").wait_for()
    page.wait_for_load_state("networkidle")
    assert other["patient_name"] not in page.content()


def test_a_first_login_with_a_second_factor(visit):
    staff = visit("admin")
    staff.page.goto("/api/v1/health")
    first, last = new_name("First")
    email = f"{last.lower()}@mail.test"
    made = staff.api("POST", "patients", {"first_name": first, "last_name": last, "email": email})
    invited = staff.api("POST", "generate_invite", {"patient_id": made["id"], "send_email": False})
    token = invited["link"].partition("#")[2]

    visitor = visit(None)
    visitor.expect(
        r"status of (400|401|404)"
    )  # nobody is signed in yet, no factor is on, a code is asked
    page = visitor.page
    page.goto(f"/invite#{token}")  # where the e-mail leads
    page.get_by_text(f"Welcome, {first}").wait_for()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password once more").fill(PASSWORD)
    page.get_by_role("button", name="Make my login").click()  # and is signed in with it
    page.get_by_role("heading", name="My records").wait_for()

    visitor.open("/account")
    page.get_by_role("button", name="Switch it on").click()
    dialog = page.get_by_role("dialog")
    secret = dialog.locator("code").inner_text()
    dialog.get_by_label("Code", exact=False).first.fill(code_of(secret))
    dialog.get_by_role("button", name="Switch on").click()
    show_again(page, PASSWORD)
    shown = page.get_by_role("dialog", name="Your recovery codes")
    spare = shown.locator("pre").inner_text().split()
    page.get_by_role("button", name="I have kept them").click()

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    sign_in(page, email)
    page.get_by_label("Code from the app, or a recovery code").fill("000000")
    page.keyboard.press("Enter")
    page.get_by_text("This code is wrong or has been used").wait_for()
    page.get_by_label("Code from the app, or a recovery code").fill(spare[0])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="My records").wait_for()


def sign_in(page, email):
    page.get_by_label("E-mail address").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_wrong_password_says_so_and_leads_nowhere_else(visit):
    visitor = visit(None)
    visitor.expect(r"status of (400|401)")
    page = visitor.open("/sign-in?next=https://elsewhere.example/")
    page.get_by_label("E-mail address").fill("patient@demo.test")
    page.locator("input[type=password]").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("E-mail address or password is wrong").wait_for()
    page.locator("input[type=password]").fill(visitor.clinic["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="My records").wait_for()
    assert page.url.startswith(f"{visitor.url}/app")
