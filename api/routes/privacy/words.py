"""What entries and people are called on the printed record."""

from __future__ import annotations

from api.messages import Language

KINDS: dict[str, dict[Language, str]] = {
    "access": {"zh": "账号变更", "en": "account"},
    "arrival": {"zh": "进出门", "en": "at the door"},
    "blind": {"zh": "门未受监看", "en": "door not seen"},
    "bind": {"zh": "到访认领", "en": "arrival bound"},
    "claimant": {"zh": "权益人登记", "en": "claimant"},
    "clock_jump": {"zh": "时钟调整", "en": "clock set back"},
    "consent": {"zh": "同意", "en": "consent"},
    "correction": {"zh": "更正", "en": "correction"},
    "decision": {"zh": "归属判定", "en": "decision"},
    "enrolment": {"zh": "人脸登记", "en": "enrolment"},
    "erasure": {"zh": "删除", "en": "erasure"},
    "evidence": {"zh": "影像留存", "en": "pictures kept"},
    "export": {"zh": "证据包导出", "en": "bundle made"},
    "founded": {"zh": "案场建立", "en": "site founded"},
    "greeting": {"zh": "迎客", "en": "greeting"},
    "key_rotated": {"zh": "密钥更换", "en": "key replaced"},
    "lost": {"zh": "未及记录", "en": "not recorded"},
    "merge": {"zh": "档案合并", "en": "records merged"},
    "notice": {"zh": "通知", "en": "notice"},
    "order": {"zh": "进门先后", "en": "order at the door"},
    "orphans": {"zh": "清理影像", "en": "pictures removed"},
    "policy": {"zh": "制度切换", "en": "policy switched"},
    "purge": {"zh": "到期清除", "en": "purged in time"},
    "refusal": {"zh": "不同意", "en": "refusal"},
    "registration": {"zh": "客户登记", "en": "registration"},
    "retraction": {"zh": "记录撤销", "en": "taken back"},
    "rota": {"zh": "接待轮序", "en": "rota"},
    "ruling_check": {"zh": "裁定复核", "en": "ruling checked"},
    "proposal": {"zh": "处理意见", "en": "proposed ruling"},
    "paper": {"zh": "证明材料", "en": "paper"},
    "settlement": {"zh": "结佣", "en": "settlement"},
    "statement": {"zh": "争议陈述", "en": "statement"},
    "unmerge": {"zh": "合并撤销", "en": "merge undone"},
    "view": {"zh": "查看", "en": "looked at"},
    "withdrawal": {"zh": "撤回同意", "en": "withdrawal"},
    "activity": {"zh": "团体活动", "en": "group activity"},
    "agree": {"zh": "友好协商", "en": "agreement"},
    "arrive": {"zh": "到访", "en": "visit"},
    "complain": {"zh": "投诉", "en": "complaint"},
    "confirm": {"zh": "客户确认单", "en": "confirmation"},
    "deal": {"zh": "认购签约", "en": "deal"},
    "depart": {"zh": "离职", "en": "departure"},
    "dispute": {"zh": "争议", "en": "dispute"},
    "follow_up": {"zh": "回访", "en": "call-back"},
    "hand_over": {"zh": "客户移交", "en": "handed over"},
    "interact": {"zh": "来电来访", "en": "interaction"},
    "link": {"zh": "同一人认定", "en": "same person"},
    "receive": {"zh": "接待", "en": "reception"},
    "recognise": {"zh": "认出", "en": "recognised"},
    "refer": {"zh": "老带新", "en": "referral"},
    "relate": {"zh": "关系", "en": "relation"},
    "report": {"zh": "报备", "en": "report"},
    "rule": {"zh": "裁定", "en": "ruling"},
}

ROLES: dict[str, dict[Language, str]] = {
    "customer": {"zh": "客户", "en": "customer"},
    "agent": {"zh": "经纪人", "en": "agent"},
    "consultant": {"zh": "置业顾问", "en": "consultant"},
    "staff": {"zh": "工作人员", "en": "staff"},
}


def word(words: dict[str, dict[Language, str]], name: str, language: Language) -> str:
    """What something is called; its own name when there is no word for it, as for kinds of an older program."""
    return words[name][language] if name in words else name
