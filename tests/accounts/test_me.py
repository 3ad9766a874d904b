from tests.conftest import CAST


def test_me_says_who_where_and_what(client_of):
    answer = client_of("priya").get("/api/v1/me")
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"]["email"] == "priya@alpha.test"
    assert body["account"]["schema_name"] == "alpha"
    assert body["role"] == CAST["alpha"]["priya"]
    assert "patients.delete" not in body["abilities"]
    assert "patients.change" in body["abilities"]
    assert (body["second_factor"], body["second_factor_wanted"]) == (False, False)


def test_me_asks_for_a_login(client_of):
    answer = client_of(None).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_me_takes_six_queries(client_of, django_assert_num_queries):
    client = client_of("ada")
    client.get("/api/v1/me")
    # To the shared schema, domain, to the clinic's schema, session, membership with its user, and
    # whether there is a second factor.
    with django_assert_num_queries(6):
        client.get("/api/v1/me")
