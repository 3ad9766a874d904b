"""What the demo's patients and their clinic write to each other. Invented."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message. `ago`: how long before the demo was built; `pictures` only come in."""

    ago: timedelta
    text: str = ""
    inbound: bool = False
    template: str = ""
    pictures: int = 0
    picture: bool = False  # one of ours goes with it


def _at(days: float, **line: object) -> Line:
    return Line(ago=timedelta(days=days), **line)  # type: ignore[arg-type]


TEMPLATES = {
    "Appointment reminder": (
        "Hello {first_name}, this is {clinic}. We expect you tomorrow. Please answer here if you"
        " cannot come."
    ),
    "Device is ready": "Hello {first_name}, your device is ready to be fitted. {clinic}",
    "Please call us": "Hello {first_name}, please call {clinic} when you have a moment.",
}
# By the number of the patient in the plan.
TALKS: dict[int, tuple[Line, ...]] = {
    0: (
        _at(9.2, template="Device is ready"),
        _at(9.0, inbound=True, text="Great, thank you! Can I come on Tuesday morning?"),
        _at(8.9, text="Tuesday at 9:30 is yours. Please bring the shoes you wear most."),
        _at(
            2.3, inbound=True, pictures=2, text="The new brace rubs here since yesterday. Is it ok?"
        ),
        _at(2.2, text="Thank you for the pictures. Wear it one hour less a day until Friday."),
        _at(2.1, picture=True, text="This is how the strap should sit."),
        _at(0.1, inbound=True, text="Much better already, thanks \N{SLIGHTLY SMILING FACE}"),
    ),
    3: (
        _at(5.0, template="Appointment reminder"),
        _at(4.9, inbound=True, text="See you then"),
    ),
    6: (_at(1.4, inbound=True, pictures=1, text="Is this blister something to worry about?"),),
    9: (
        _at(20, template="Appointment reminder"),
        _at(19.9, inbound=True, text="STOP"),
    ),
}
SCHEDULED, NOT_SENT = 12, 13  # patients: a reminder in three days; one whose number has opted out
UNKNOWN = (
    "+61480555010",
    _at(
        0.6,
        inbound=True,
        pictures=1,
        text="Hi, I found this splint in the waiting room. Whose is it?",
    ),
)
# Two children of one mother, with her number: whom it is about only people can say.
SIBLINGS = (1, 2)
MOTHER = "+61480555020"
FROM_MOTHER = _at(
    0.3, inbound=True, text="Which shoes should she wear to the appointment tomorrow?"
)
