"""The refusals that several checks share."""

from documents.errors import DocumentRefusedError


def corrupt(why: str) -> DocumentRefusedError:
    return DocumentRefusedError(
        f"The file is damaged or incomplete: {why}. Send it again.", code="corrupt"
    )


def bomb(why: str) -> DocumentRefusedError:
    return DocumentRefusedError(f"The file would unpack to too much: {why}.", code="bomb")


def mismatch(why: str) -> DocumentRefusedError:
    return DocumentRefusedError(
        f"The content does not agree with the name: {why}.", code="type_mismatch"
    )


def active(why: str) -> DocumentRefusedError:
    return DocumentRefusedError(
        f"The file contains {why}, which could run in a browser; it is not accepted.",
        code="active_content",
    )


def polyglot(why: str) -> DocumentRefusedError:
    return DocumentRefusedError(
        f"The file is {why} at the same time; it is not accepted.", code="polyglot"
    )


def encrypted() -> DocumentRefusedError:
    return DocumentRefusedError(
        "The file is protected by a password; save it without one.", code="encrypted"
    )


def macro() -> DocumentRefusedError:
    return DocumentRefusedError("The file contains macros; save it without.", code="macro")
