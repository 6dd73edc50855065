"""Makes drafts of materials, publishes them, and withdraws them. What was published never changes."""

import hashlib
from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import config
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test, new_id
from chalicelib.kit.revisions import ANY, IfMatch, change, check_revision
from chalicelib.kit.urls import host_of
from chalicelib.language.texts import texts
from chalicelib.materials import find as materials
from chalicelib.materials.fill import fill_template, too_long_by, values_for
from chalicelib.materials.find import MOST_MATERIALS, list_in
from chalicelib.materials.kinds import LONGEST, Audience, Channel
from chalicelib.materials.markup import find_objection
from chalicelib.materials.shapes import MaterialBody, MaterialPublication, NewMaterial
from chalicelib.materials.table import MATERIAL, Material, MaterialVersion, materials_in, version_key
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms, check_not_deleted


class TooManyMaterials(Refused):
    """The program has as many materials as it may: withdraw some first."""


class MaterialWithdrawn(Refused):
    """The material was withdrawn: make a new one."""

    STATUS_CODE = 409


class MaterialChanged(Refused):
    """Only the current draft can be published: look at it again, then publish it."""

    STATUS_CODE = 409


def create(new: NewMaterial, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Material:
    """Make a material, with a draft of its first version."""
    terms = programs.find(new.program)
    program = terms.program
    check_not_deleted(program)
    _check(new, terms, kind=new.kind, channel=new.channel, language=new.language, at=at)
    if len(list_in("draft", program.id)) + len(list_in("published", program.id)) >= MOST_MATERIALS:
        raise TooManyMaterials(f"A program has at most {MOST_MATERIALS} materials that are not withdrawn.")
    material = Material(
        new_id("mat", at, test=is_test(program.id)),
        MATERIAL,
        object=materials_in("draft", program.id),
        program_id=program.id,
        sort_of=new.kind,
        channel=new.channel,
        language=new.language,
        state="draft",
        title=new.title,
        url=new.url,
        audience=_audience(new),
        must_read=new.must_read,
        draft=1,
        created_at=at,
    )
    draft = writes.insert(_version(material, 1, new, at=at))
    changes = [writes.insert(material), draft, *receipt(material)]
    if actor.commit(*changes, action="material.created", subject=material.id, part=program.id, at=at):
        raise Busy("This material is being made right now; send the same call again.")
    return material


def write_version(
    identifier: str,
    body: MaterialBody,
    *,
    if_match: IfMatch = ANY,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> Material:
    """Write a material's next version: a draft, in place of the one there was. The published one stays in force."""
    for _ in writes.attempts():
        material = _find_to_change(identifier, if_match)
        terms = programs.find(material.program_id)
        check_not_deleted(terms.program)
        _check(body, terms, kind=material.sort_of, channel=material.channel, language=material.language, at=at)
        number = material.draft or material.version + 1
        actions: list[RowAction] = [Material.draft.set(number)]
        if material.version == 0:
            actions += _as_in_force(body.title, body.url, _audience(body), must_read=body.must_read)
        row = _version(material, number, body, at=at)
        is_draft = MaterialVersion.state.does_not_exist() | (MaterialVersion.state == "draft")
        # The answer has the row as it will be: what is written is read again below.
        changes = [change(material, *actions), writes.put_if(row, is_draft), *receipt(material)]
        if not actor.commit(*changes, action="material.drafted", subject=material.id, part=row.sort, at=at):
            return materials.find(identifier)
    raise _busy()


def publish(
    identifier: str, body: MaterialPublication, *, if_match: IfMatch = ANY, actor: Actor, at: datetime
) -> Material:
    """Publish a draft: from now on it is what partners see, and are asked to have read if they must. Idempotent."""
    for _ in writes.attempts():
        material = materials.find(identifier)
        if material.version == body.version and material.state == "published":
            return material
        _find_to_change(identifier, if_match)
        if material.draft != body.version:
            raise MaterialChanged(
                f"The draft is version {material.draft}." if material.draft else "There is no draft.",
                pointer="/version",
                details={"draft": material.draft},
            )
        draft = materials.find_version(material, body.version)
        actions = [
            Material.state.set("published"),
            Material.object.set(materials_in("published", material.program_id)),
            Material.version.set(draft.number),
            Material.published_at.set(at),
            Material.draft.remove(),
            *_as_in_force(draft.title, draft.url, draft.audience, must_read=bool(draft.must_read)),
        ]
        published = [MaterialVersion.state.set("published"), MaterialVersion.published_at.set(at)]
        same = (MaterialVersion.state == "draft") & (MaterialVersion.digest == draft.digest)
        changes = [change(material, *actions), writes.update_if(draft, *published, condition=same)]
        if not actor.commit(*changes, action="material.published", subject=material.id, part=draft.sort, at=at):
            return materials.find(identifier)
    raise _busy()


def withdraw(identifier: str, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> Material:
    """Withdraw a material, or discard one that is a draft: partners no longer see it. Who read it stays. Idempotent."""
    for _ in writes.attempts():
        material = materials.find(identifier)
        if material.state == "withdrawn":
            return material
        check_revision(material, if_match)
        actions = [
            Material.state.set("withdrawn"),
            Material.object.set(materials_in("withdrawn", material.program_id)),
            Material.withdrawn_at.set(at),
            Material.draft.remove(),
        ]
        changes: list[Write] = [change(material, *actions)]
        if material.draft is not None:
            # A draft was never in force: nothing is known by it.
            changes.append(writes.delete(materials.find_version(material, material.draft)))
        if not actor.commit(
            *changes, action="material.withdrawn", subject=material.id, part=material.program_id, at=at
        ):
            return materials.find(identifier)
    raise _busy()


def _find_to_change(identifier: str, if_match: IfMatch) -> Material:
    material = materials.find(identifier)
    check_revision(material, if_match)
    if material.state == "withdrawn":
        raise MaterialWithdrawn(f"{identifier} was withdrawn.")
    return material


def _check(
    body: MaterialBody, terms: ProgramTerms, *, kind: str, channel: str | None, language: str, at: datetime
) -> None:
    """Refuse what no partner could use: no words and no address, unknown names, a post that its channel cuts off."""
    if (body.words is None) == (body.url is None):
        raise InvalidValue("A material has either words or an address.", pointer="/words")
    if body.url is not None:
        _check_url(body.url)
    if objection := find_objection(body.title, names={"program"}):
        raise InvalidValue(objection, pointer="/title")
    if objection := find_objection(body.words or ""):
        raise InvalidValue(objection, pointer="/words")
    if (kind == "template") != (channel is not None):
        raise InvalidValue("A template, and nothing else, is for a channel.", pointer="/channel")
    tiers = {tier.name for version in terms.versions for tier in version.tiers}
    if unknown := [tier for tier in body.audience.tiers if tier not in tiers]:
        raise InvalidValue(f"No terms of the program have a tier {unknown[0]!r}.", pointer="/audience/tiers")
    if channel is not None:
        _check_length(body, terms, channel, language, at=at)  # type: ignore[arg-type]


def _check_url(url: str) -> None:
    try:
        host_of(url)
    except ValueError as error:
        raise InvalidValue(f"This cannot be linked to: {error}.", pointer="/url") from error


def _check_length(body: MaterialBody, terms: ProgramTerms, channel: Channel, language: str, *, at: datetime) -> None:
    if body.words is None:
        raise InvalidValue("A template has words: they are filled in for each partner.", pointer="/words")
    link = f"{config.public_url()}/ada-lovelace"
    values = values_for(
        terms.program, terms.in_force(at), None, texts(language), name="Ada Lovelace", link=link, code="ada-lovelace"
    )
    if over := too_long_by(fill_template(body.words, values), channel, link):
        raise InvalidValue(
            f"With the link and the disclosure filled in, this is {over} characters longer than the "
            f"{LONGEST[channel]} that {channel} takes.",
            pointer="/words",
        )


def _audience(body: MaterialBody) -> Audience:
    return Audience(tuple(dict.fromkeys(body.audience.categories)), tuple(dict.fromkeys(body.audience.tiers)))


def _as_in_force(title: str, url: str | None, audience: Audience, *, must_read: bool) -> list[RowAction]:
    """Return how a material is made to have what a version of it has, but for the words."""
    return [
        Material.title.set(title),
        Material.url.set(url) if url is not None else Material.url.remove(),
        Material.audience.set(audience),
        Material.must_read.set(must_read),
    ]


def _version(material: Material, number: int, body: MaterialBody, *, at: datetime) -> MaterialVersion:
    spelled = "\n".join((body.title, body.words or "", body.url or ""))
    return MaterialVersion(
        material.id,
        version_key(number),
        program_id=material.program_id,
        sort_of=material.sort_of,
        state="draft",
        number=number,
        title=body.title,
        words=body.words,
        url=body.url,
        audience=_audience(body),
        must_read=body.must_read,
        digest=hashlib.sha256(spelled.encode()).hexdigest()[:48],
        created_at=at,
    )


def _busy() -> Busy:
    return Busy("This material is being changed right now; send the same call again.")
