"""Entries in plain words, for people who ask why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from api.access.rows import ANOTHER
from attribution.entries import AnyEntry
from attribution.timeline import DEVELOPER, PUBLIC

WHO = ("by", "to", "who", "against", "closed_by")
"""Where an entry says who acted or is meant, the first that is there."""

NAMES = {
    DEVELOPER: ("开发商", "the developer"),
    PUBLIC: ("公共客户", "nobody (public)"),
    ANOTHER: ("另一方", "another party"),
}

ENTRIES: Mapping[str, tuple[str, str]] = {
    "interact": ("开发商系统登记客户来电、来访或追踪", "a call, visit or follow-up was logged in the developer's CRM"),
    "report": ("{who}报备该客户", "{who} reported the customer"),
    "arrive": ("客户到访", "the customer came through the door"),
    "confirm": ("{who}与客户签署确认单", "{who} and the customer signed the confirmation slip"),
    "receive": ("{who}接待客户", "{who} received the customer"),
    "recognise": ("{who}与客户相认", "{who} and the customer recognised each other"),
    "follow_up": ("{who}回访追踪", "{who} called the customer back"),
    "refer": ("由老客户介绍", "an existing customer referred the customer"),
    "relate": ("查核亲友关系", "a relation was looked into"),
    "link": ("查核两份档案是否为同一人", "it was looked into whether two records are one human being"),
    "agree": ("各方友好协商一致", "the parties settled it among themselves"),
    "activity": ("{who}举办团体活动", "{who} held a group activity"),
    "depart": ("{who}离职", "{who} left"),
    "complain": ("对{who}的投诉属实", "a complaint against {who} was upheld"),
    "hand_over": ("经理将客户移交{who}", "the manager handed the customer over to {who}"),
    "dispute": ("{who}提出异议", "{who} contested"),
    "rule": ("有权人员作出裁定", "a person with the authority ruled"),
    "deal": ("客户成交", "the customer signed"),
}


def in_words(entry: AnyEntry, zone: ZoneInfo, called: Callable[[str], str]) -> tuple[str, str]:
    """When what happened, in Chinese and English; ``called`` says what a claimant is called."""
    at = f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}"
    acting = next((said for field in WHO if isinstance(said := getattr(entry, field, None), str)), ANOTHER)
    name = called(acting)
    zh, en = NAMES.get(name, (name, name))
    told_zh, told_en = ENTRIES[entry.do]
    return f"{at} {told_zh.format(who=zh)}", f"{at} {told_en.format(who=en)}"
