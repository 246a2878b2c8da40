"""Steps and what they want: each prints one line, ok or FAIL with what was wanted and found."""


class Difference(Exception):
    """What was found is not what was wanted."""


def same(wanted, found, what=""):
    if wanted != found:
        raise Difference(f"{what + ': ' if what else ''}wanted {wanted!r}, found {found!r}")


def holds(condition, wanted, found):
    if not condition:
        raise Difference(f"wanted {wanted}, found {found}")


def answered(status, answer):
    """The answer, if it has that status."""
    if answer.status != status:
        raise Difference(f"wanted {status}, found {answer}")
    return answer


def problem(status, code, answer):
    """The problem document, if the answer has that status and that code."""
    found = answered(status, answer).json
    holds(isinstance(found, dict), "a problem document", answer)
    same(code, found.get("code"), "code")
    holds(found.get("operation_id"), "an operation_id", answer)
    return found


class Report:
    def __init__(self):
        self.failed = 0

    def step(self, name, function, *arguments):
        try:
            function(*arguments)
            print(f"ok   {name}", flush=True)
        except Exception as error:  # a step that breaks is a difference like any other, and the next ones still run
            self.failed += 1
            text = str(error) if isinstance(error, (Difference, AssertionError)) else f"{type(error).__name__}: {error}"
            print(f"FAIL {name}: {text}", flush=True)
