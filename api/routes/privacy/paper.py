"""What is held about a person, on paper: in plain words, for the person to take home."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo

from pydantic import JsonValue

from api.messages import Language
from api.print import Document
from api.routes.privacy.rows import DecisionRow, SubjectRow
from api.routes.privacy.words import KINDS, ROLES, word

Words = Mapping[str, str]

WORDS: dict[Language, Words] = {
    "zh": {
        "title": "个人信息副本", "id": "编号", "name": "姓名", "role": "身份", "phones": "电话", "since": "建档时间",
        "templates": "人脸特征", "frames": "影像（张）", "papers": "证明材料（份）", "none": "无",
        "consents": "同意", "consent_head": "时间|方式|告知书版本|凭据|撤回时间",
        "entries": "在案记录", "entry_head": "编号|时间|类别|内容|记录人",
        "looks": "查看记录", "look_head": "编号|时间|查看人|内容|事由",
        "decisions": "归属判定及理由", "version": "第 {number} 版（{policy}）", "entry": "记录",
        "rights": "您有权查阅、复制、更正、补充、删除您的个人信息，撤回同意，并要求说明判定理由"
        "（个人信息保护法第四十四条至第四十八条）。人脸特征与影像仅计数：内容可当面查看。",
    },
    "en": {
        "title": "Copy of your personal data", "id": "Id", "name": "Name", "role": "Role", "phones": "Phones",
        "since": "On file since", "templates": "Face templates", "frames": "Pictures", "papers": "Papers",
        "none": "none", "consents": "Consents", "consent_head": "When|How|Notice|Reference|Withdrawn",
        "entries": "On record", "entry_head": "Entry|When|Kind|What|By",
        "looks": "Looked at", "look_head": "Entry|When|By|What|Why",
        "decisions": "Decisions and their reasons", "version": "Version {number} ({policy})", "entry": "entry",
        "rights": "You may see, copy, correct, complete and erase your personal data, withdraw your consent, and ask "
        "for the reasons of a decision (PIPL articles 44 to 48). Face templates and pictures are counted here; ask to "
        "see them.",
    },
}  # fmt: skip


def subject_paper(held: SubjectRow, *, office: str, at: datetime, language: Language) -> bytes:
    """The copy as PDF; ``at`` when it is printed, in the zone its instants are told in."""
    words, zone = WORDS[language], at.tzinfo
    paper = Document(words["title"], office=office, at=at, language=language)
    templates = "，".join(f"{pack} × {count}" for pack, count in sorted(held.templates.items()))
    for label, value in (
        ("id", held.person),
        ("name", held.name),
        ("role", word(ROLES, held.role, language)),
        ("phones", "，".join(held.phones)),
        ("since", _instant(held.since, zone)),
        ("templates", templates),
        ("frames", str(held.frames)),
        ("papers", str(held.papers)),
    ):
        paper.line(words[label], value or words["none"])
    paper.text(words["rights"])
    _tables(paper, held, words, zone, language)
    paper.heading(words["decisions"])
    for decision in held.decisions:
        _decision(paper, decision, words, zone, language)
    return paper.pdf()


def _tables(paper: Document, held: SubjectRow, words: Words, zone: tzinfo | None, language: Language) -> None:
    consents = [
        [
            _instant(one.given_at, zone),
            f"{one.how} / {one.mode}",
            one.notice_version,
            one.reference,
            _instant(one.withdrawn_at, zone),
        ]
        for one in held.consents
    ]
    entries = [
        [str(one.entry), _instant(one.at, zone), word(KINDS, one.kind, language), _facts(one.facts), one.by]
        for one in held.entries
    ]
    looks = [[str(one.entry), _instant(one.at, zone), one.by, one.what, one.reason] for one in held.looks]
    for name, head, rows, widths in (
        ("consents", "consent_head", consents, (2.0, 2.4, 1.0, 2.0, 2.0)),
        ("entries", "entry_head", entries, (0.8, 1.7, 1.3, 4.2, 2.0)),
        ("looks", "look_head", looks, (0.8, 1.7, 2.0, 2.5, 3.0)),
    ):
        paper.heading(words[name])
        if rows:
            paper.table(words[head].split("|"), rows, widths)
        else:
            paper.text(words["none"])


def _decision(paper: Document, decision: DecisionRow, words: Words, zone: tzinfo | None, language: Language) -> None:
    label = words["version"].format(number=decision.number, policy=decision.policy)
    shares = "，".join(f"{who} {share}" for who, share in (decision.credit or {}).items()) or words["none"]
    paper.line(_instant(decision.at, zone), f"{label}：{shares}（{decision.status}）")
    for reason in decision.reasons:
        sentence = reason.zh if language == "zh" else reason.en
        paper.line("", f"{reason.clause}：{sentence}（{words['entry']} {', '.join(reason.entries)}）")


def _facts(facts: Mapping[str, JsonValue]) -> str:
    return "；".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in facts.items()
    )


def _instant(at: datetime | None, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
