"""`decide(timeline, policy)`: reads everything recorded about one customer in order, applies the policy's rules, and
returns who owns the customer, with reasons. Pure: the same timeline and policy always give the same decision."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from attribution.decision import Decision, Reason, Sentence, Shares
from attribution.policy import Clause, Policy, ReadyRule, Rule
from attribution.state import Moment, State
from attribution.timeline import Timeline
from attribution.vocabulary import EFFECTS

BY_A_PERSON = {
    "rule": Clause(
        zh="有权人员已作出裁定，以裁定为准。", en="A person with the authority has ruled; the ruling stands."
    ),
    "agree": Clause(zh="各方在成交前友好协商一致。", en="The parties settled it among themselves before the deal."),
    "hand_over": Clause(zh="经理已将该客户移交。", en="The manager handed the customer over."),
    "depart": Clause(
        zh="该人员已离职，其客户转为公用，待经理移交。", en="They left; the customer is public until handed over."
    ),
}
"""What is quoted for an entry that settles a matter without a clause of the document."""


Answered = dict[tuple[Hashable, str], State]


def decide(
    timeline: Timeline,
    policy: Policy,
    at: datetime | None = None,
    person: str | None = None,
) -> Decision:
    """Who owns a customer: ``person``, else the purchaser of the last deal, else whom the last entry is about.

    ``at`` (aware): as it stood then; nothing later is looked at or cited. A ``person`` of whom nothing is on record
    belongs to nobody, without a reason. Raises ValueError for an empty timeline when none is given.
    """
    if at is not None:
        timeline = timeline.until(at)
    state = replay(timeline, policy, person or _subject(timeline))
    credit: Shares | None = state.credit if state.credit is not None else _whole(state.owner or policy.nobody)
    if state.status == "review" and state.credit is None:
        credit = None
    return Decision(
        policy=policy.policy,
        version=policy.version,
        credit=credit,
        commission=state.commission if state.commission is not None else credit,
        status=state.status,
        reasons=tuple(state.reasons),
        report=state.report,
        arrival=state.arrival,
        next_turn=state.next_turn,
        fine=state.fine,
    )


def replay(timeline: Timeline, policy: Policy, person: str, answered: Answered | None = None) -> State:
    """The state of one customer after everything recorded, under a policy; what was ``answered`` is not asked again."""
    people = records_of(timeline, policy, person)
    state = State()
    known = {} if answered is None else answered

    def ask(record: Timeline, other: str) -> State:
        if (record.extent, other) not in known:
            known[record.extent, other] = replay(record, policy, other, known)
        return known[record.extent, other]

    for entry in timeline.about(people, policy.companions):
        rules = policy.rules_for.get(entry.do, ())
        if rules and not state.closed:
            _apply(rules, Moment(entry=entry, timeline=timeline, people=people, state=state, policy=policy, ask=ask))
    end = Moment(
        entry=None,
        timeline=timeline,
        people=people,
        state=state,
        policy=policy,
        ask=ask,
    )
    if timeline.entries and not state.closed:  # of whom nothing is on record, there is nothing to judge
        _apply(policy.rules_for.get("decision", ()), end)
    return state


def records_of(timeline: Timeline, policy: Policy, person: str) -> frozenset[str]:
    """The records that count as this customer: proven to be one human being, or proven family where the policy says
    that such relations make one customer."""
    people = timeline.joined(person, policy.family) if policy.family else timeline.human(person)
    if policy.group is None:
        return people
    party = timeline.joined(person, policy.group.kinds)
    pair = len({timeline.human(one) for one in party}) == 2
    apart = policy.group.pair_apart.items()
    relations = [r for r in timeline.relations(person, policy.group.kinds) if r.verified]
    if pair and apart and any(all(getattr(r, name) == value for name, value in apart) for r in relations):
        return people
    return people | party


def _apply(rules: tuple[ReadyRule, ...], moment: Moment) -> None:
    """Tries the rules in order. What one moment has answered (bits of the conditions that held or failed, and what
    shows the former) is not asked again until the state changes."""
    held = failed = 0
    found: dict[int, tuple[str, ...]] = {}
    for ready in rules:
        if ready.needs & failed or ready.bars & held:
            continue
        for bit, fact, given, wanted in ready.checks:
            if bit & (held | failed):
                continue  # as wanted, or the rule would have been passed over
            answer = fact(moment, given)
            if answer is None:
                failed |= bit
            else:
                held |= bit
                found[bit] = answer
            if (answer is not None) is not wanted:
                break
        else:
            if any(role(moment) is None for role in ready.roles):
                continue
            _happens(ready, moment, found)
            if not ready.rule.also or moment.state.closed:
                return
            held = failed = 0


def _happens(ready: ReadyRule, moment: Moment, found: Mapping[int, tuple[str, ...]]) -> None:
    for name, argument in ready.rule.then.items():
        EFFECTS[name](moment, argument)
        moment.answers.clear()  # the state has changed
    shown = [moment.entry.id] if moment.entry else []
    for bit in ready.shown_by:
        shown += found[bit]
    _cite(ready.rule, moment, shown)


def _cite(rule: Rule, moment: Moment, entries: Sequence[str]) -> None:
    """Quote the rule's clauses; where the document has none for what a person decided, that decision itself."""
    quoted: dict[str, Sentence] = {clause: moment.policy.clauses[clause] for clause in rule.clauses}
    if not quoted and rule.then and moment.entry is not None and moment.entry.do in BY_A_PERSON:
        quoted = {moment.entry.do: BY_A_PERSON[moment.entry.do]}
    cited = tuple(dict.fromkeys(entries))
    moment.state.reasons += [
        Reason(clause=clause, zh=text.zh, en=text.en, entries=cited, otherwise=rule.otherwise)
        for clause, text in quoted.items()
    ]


def _subject(timeline: Timeline) -> str:
    if deal := timeline.deal:
        return deal.person
    for entry in reversed(timeline.entries):
        if person := getattr(entry, "person", None):
            return str(person)
    raise ValueError("an empty timeline decides nothing")


def _whole(owner: str) -> Shares:
    return {owner: Fraction(1)}
