"""Why no export is made. What is refused leaves no disclosure: nothing was disclosed."""

from intelbus.errors import ContentError, RefusedError


class ExportRefusedError(RefusedError):
    """No export can be made of what is asked for."""


class NothingFitsError(ContentError):
    """Nothing fits what is to be exported, as far as whoever asks may see."""


class NothingMayLeaveError(ExportRefusedError):
    """Of what fits nothing may go to the recipient."""

    def __init__(self, kept: int, recipient: str) -> None:
        super().__init__(
            f"all that fits stays inside for its handling or marking, events: {kept}",
            subject=recipient,
            hint="ask its originators for another code, or name a recipient that may receive it",
        )
