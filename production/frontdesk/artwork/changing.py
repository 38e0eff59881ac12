"""A component's file made anew: fixed, or its pages arranged. The work is done before any transaction; every version
stays, and the order has the one that it is told to use.
"""

from __future__ import annotations

from collections.abc import Sequence

from kernel.errors import InvalidInput
from production.frontdesk.artwork import words
from production.frontdesk.artwork.component_file import ComponentFile, is_long, looked_at
from production.frontdesk.artwork.models import Act
from production.frontdesk.artwork.versions import Made, Version
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.spec_order import ARTWORK
from production.jobs.consent import of_component
from production.jobs.models import Job
from production.prepress.fixes.fixing import fix_file
from production.prepress.page_map.arrangement import Leaves, written
from production.prepress.page_map.arranging import arrange, looks_of
from store.db import UnitOfWork
from store.files import FileRef, FileStore


def fixed(files: FileStore, one: ComponentFile, version: Version, fixes: Sequence[str]) -> Made:
    """A version in which these fixes were done, looked at again. InvalidInput FIX_FAILED in words, when what they are
    for is still found; then nothing is kept.
    """
    with files.scratch_folder() as folder:
        out = folder / "fixed.pdf"
        try:
            report = fix_file(files.checked_path(version.sha256), one.asked, fixes, out)
        except InvalidInput as refusal:
            raise _told(refusal) from refusal
        looks = tuple(looks_of(out))
        given = GivenFile(files.keep(out, "application/pdf"), version.name)
    return Made(given, Act.FIXED, looks, version.sha256, tuple(fixes), report=report)


def _told(refusal: InvalidInput) -> InvalidInput:
    """In the words of the screen, where the fix is named."""
    sentence = refusal.sentence
    for name, said in words.FIXES.items():
        if sentence.startswith(f"{name} did not help"):
            sentence = f'"{said.label}"{sentence.removeprefix(name)}'
    remedy = f"{refusal.remedy} The file stays as it was."
    return InvalidInput(sentence, code=refusal.instance_code, remedy=remedy)


def source_of(version: Version) -> int:
    """How an arrangement names pages of a version other than the one that is arranged."""
    return version.number + 1


def arranged(files: FileStore, one: ComponentFile, version: Version, leaves: Leaves) -> Made:
    """A version with its pages as they were arranged. InvalidInput COMPONENT_PAGES for pages that are not there."""
    used = {leaf.source for leaf in leaves}
    sources = [version.sha256, *(other.sha256 for other in one.versions)]
    paths = [
        files.checked_path(sha256) if number in used else files.path(sha256)
        for number, sha256 in enumerate(sources, start=1)
    ]
    with files.scratch_folder() as folder:
        out = folder / "arranged.pdf"
        arrange(paths, leaves, out)
        looks = tuple(looks_of(out))
        given = GivenFile(files.keep(out, "application/pdf"), version.name)
    return Made(given, Act.ARRANGED, looks, version.sha256, arrangement=written(leaves))


def sent(files: FileStore, one: ComponentFile, given: GivenFile, act: Act) -> Made:
    """A file as it was sent. InvalidInput for one that cannot be opened: what stands against it."""
    path = files.checked_path(given.ref.sha256)
    found = one.kept_report(files, given.ref.sha256) or looked_at(path, one.asked)
    if found.pages is None:
        refusal = found.findings[0]
        raise InvalidInput(refusal.message, code=refusal.code, remedy=refusal.remedy, field="file")
    return Made(given, act, tuple(looks_of(path)), report=found)


def not_kept_yet(files: FileStore, one: ComponentFile) -> list[Made]:
    """The file that came with the order, until the first thing is made of it: then it is the first version. A worker
    looks at the pages of a long one.
    """
    return [
        Made(
            given_of(files, version),
            Act.SENT,
            () if is_long(path) else tuple(looks_of(path)),
            came_along=True,
        )
        for version in one.versions
        if not version.is_kept and (path := files.checked_path(version.sha256))
    ]


def use_in_job(uow: UnitOfWork, files: FileStore, job: Job, one: ComponentFile, version: Version) -> None:
    """The job is made from this version: it is checked again, and any approval becomes void. The same version again: it
    is checked with what was accepted meanwhile.
    """
    uow.audit(
        "job",
        job.ulid,
        "file_changed",
        of=job.number,
        part=one.component,
        file=version.sha256,
        before=one.sha256,
    )
    intake.submit_revision(uow, job, {of_component(ARTWORK, one.position): given_of(files, version)})


def given_of(files: FileStore, version: Version) -> GivenFile:
    """A version as a file that is given again."""
    size = files.present_path(version.sha256).stat().st_size
    return GivenFile(FileRef(version.sha256, size, "application/pdf"), version.name)
