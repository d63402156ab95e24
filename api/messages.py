"""What the service says to people, in Chinese and English. A test keeps both complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from starlette.requests import Request

Language = Literal["zh", "en"]

MESSAGES: dict[str, dict[Language, str]] = {
    "bad_request": {"zh": "请求无法理解。", "en": "The request cannot be understood."},
    "unauthenticated": {"zh": "请先登录。", "en": "Sign in first."},
    "wrong_login": {"zh": "账号、密码或动态码不正确。", "en": "Name, password or code is wrong."},
    "locked": {
        "zh": "尝试次数过多，请在 {minutes} 分钟后再试。",
        "en": "Too many attempts; try again in {minutes} minutes.",
    },
    "csrf": {"zh": "页面已过期，请刷新后重试。", "en": "The page is out of date; reload it and try again."},
    "change_password": {"zh": "请先修改初始密码。", "en": "Change the one-time password first."},
    "password_short": {"zh": "新密码至少 {count} 个字符。", "en": "The new password needs {count} characters or more."},
    "password_same": {"zh": "新密码不能与原密码相同。", "en": "The new password is the old one; give another."},
    "password_wrong": {"zh": "密码不正确。", "en": "The password is wrong."},
    "enrol_code": {"zh": "请先绑定动态码。", "en": "Enrol a second factor first."},
    "forbidden": {"zh": "您无权进行此操作。", "en": "You may not do this."},
    "not_found": {"zh": "没有找到，或您无权查看。", "en": "Not found, or not yours to see."},
    "method_not_allowed": {"zh": "此地址不支持该操作。", "en": "This address does not do that."},
    "conflict": {"zh": "与现有记录冲突。", "en": "This conflicts with what is on record."},
    "length_required": {"zh": "请求须注明内容长度。", "en": "Say how long the body is."},
    "too_large": {"zh": "内容过大。", "en": "Too large."},
    "unsupported_type": {"zh": "不支持该内容类型。", "en": "This type of content is not taken."},
    "too_slow": {"zh": "内容传输过慢，请重试。", "en": "The body took too long to come; try again."},
    "last_admin": {"zh": "须至少保留一位系统管理员。", "en": "At least one administrator has to remain."},
    "invalid": {"zh": "填写有误，请检查。", "en": "Something is filled in wrongly; check it."},
    "future": {"zh": "时间不能晚于现在。", "en": "This has not happened yet; give an instant up to now."},
    "arrival_bound": {
        "zh": "该到访已认领给他人，请联系前台。",
        "en": "This arrival is bound to somebody else; ask reception.",
    },
    "arrival_needed": {"zh": "请选择您本人的到访记录。", "en": "Pick the arrival that is yours."},
    "bad_ticket": {"zh": "二维码无效，请重试或联系前台。", "en": "This code is not valid; try again or ask reception."},
    "pass_over": {"zh": "签到已过期，请重新签到。", "en": "The check-in is over; check in again."},
    "notice_changed": {"zh": "告知书已更新，请重新阅读。", "en": "The notice has changed; read it again."},
    "guardian_needed": {
        "zh": "未满十四周岁须由监护人同意。",
        "en": "Under the age of 14 a guardian has to consent.",
    },
    "not_a_party": {"zh": "只有争议的一方可以这样做。", "en": "Only a party to it can."},
    "not_impartial": {
        "zh": "裁定须由与各方无关的人提出，并由第二人复核。",
        "en": "Somebody who is no party, and not the one who proposed it, must do this.",
    },
    "already_ruled": {"zh": "该争议已有裁定或已撤回。", "en": "There is a ruling already, or it was taken back."},
    "not_ruled": {
        "zh": "该争议尚未裁定；裁定前请向案场经理索取。",
        "en": "There is no ruling yet; until there is one, ask the manager for it.",
    },
    "proposal_replaced": {
        "zh": "该处理意见已被替换或复核过，请刷新。",
        "en": "This proposal does not wait any more; look at the dispute again.",
    },
    "dispute_open": {"zh": "该争议已在处理中。", "en": "This is contested already."},
    "too_many": {"zh": "请求过于频繁，请稍后再试。", "en": "Too many requests; try again later."},
    "in_force": {"zh": "该制度已在执行。", "en": "This policy is in force already."},
    "month_not_over": {"zh": "该月尚未结束，不能结算。", "en": "This month is not over; it cannot be closed yet."},
    "nothing_to_correct": {
        "zh": "没有需要结算或更正的内容。",
        "en": "There is nothing to settle or to correct.",
    },
    "unknown_name": {
        "zh": "此处填写的人员不存在，或不能填在此处。",
        "en": "Nobody known here, or nobody who can stand in this field.",
    },
    "day_over": {"zh": "该日已过，不能再排轮序。", "en": "That day is over; its order stands."},
    "twice": {"zh": "同一人不能重复填写。", "en": "Somebody is named twice."},
    "same": {"zh": "不能由本人代替本人。", "en": "Nobody stands in for themselves."},
    "paper_refused": {"zh": "该文件无法收存，请重新扫描。", "en": "This file cannot be kept; scan the paper anew."},
    "erased": {"zh": "相关个人信息已删除。", "en": "The personal data was erased."},
    "settings": {"zh": "案场设置有误。", "en": "The site's settings are wrong."},
    "record_refused": {"zh": "记录暂时无法写入，请稍后再试。", "en": "The record cannot be written now; try again."},
    "record_unreadable": {"zh": "记录暂时无法读取。", "en": "The record cannot be read now."},
    "not_listening": {
        "zh": "服务正在启动或停止，请稍后重连。",
        "en": "The service is starting or stopping; connect again.",
    },
    "internal": {"zh": "服务出错，已记录。", "en": "The service failed; it was logged."},
    "door_trusted": {"zh": "此门所见目前可信。", "en": "What it sees now can be relied on."},
    "door_unseen": {"zh": "本案场尚无门运行过。", "en": "No door of this site has ever been watched."},
    "door_silent": {"zh": "自 {since} 起门程序没有任何消息。", "en": "Nothing was heard of the door since {since}."},
    "door_stopped": {"zh": "门程序已于 {since} 停止。", "en": "The door was stopped at {since}."},
    "camera_silent": {"zh": "自 {since} 起摄像头没有画面。", "en": "The camera has shown nothing since {since}."},
    "stream_cut": {"zh": "视频流中断，最后画面 {since}。", "en": "The stream is cut; its last picture is of {since}."},
    "lens_covered": {"zh": "镜头被遮挡（{since}）。", "en": "The lens is covered ({since})."},
    "entries_waiting": {"zh": "有 {count} 条记录尚未写入。", "en": "The record has not taken {count} entries yet."},
    "clock_unsynchronised": {"zh": "本机时钟未与标准时间同步。", "en": "This machine's clock is not synchronised."},
    "clock_unknown": {"zh": "无法得知本机时钟是否同步。", "en": "Whether this machine's clock is kept is not known."},
    "clock_set_back": {"zh": "本机时钟近日被调慢（{since}）。", "en": "The clock was set back lately ({since})."},
    "disk_low": {"zh": "磁盘仅剩 {count} MB。", "en": "Only {count} MB are free on the disk."},
    "head_unsealed": {
        "zh": "自 {since} 起的记录尚无检查点。",
        "en": "No checkpoint vouches for what was recorded since {since}.",
    },
    "key_reused": {
        "zh": "该 Idempotency-Key 已用于另一请求。",
        "en": "This Idempotency-Key stood for another request.",
    },
    "report_cap": {
        "zh": "每人每日最多报备 {count} 位客户，今日已满。",
        "en": "Up to {count} customers can be reported a day, and today's are used up.",
    },
    "claimant_known": {
        "zh": "该公司已有同名人员；若确为另一人，请注明 same_name。",
        "en": "Somebody of this name is known there; if it is somebody else, say same_name.",
    },
    "claimant_missing": {"zh": "请注明报备人。", "en": "Say by whom the customer is reported."},
    "claimant_unknown": {"zh": "没有此报备人，或不归您代报。", "en": "No such reporter, or not one you report for."},
    "desk_only": {"zh": "此项只能由案场填写。", "en": "Only the desk may fill this in."},
    "no_person": {
        "zh": "此账号未关联经纪人，请联系管理员。",
        "en": "This account is tied to no agent; ask the administrator.",
    },
    "report_withdrawn": {"zh": "该报备已撤回。", "en": "This report was withdrawn."},
    "import_faults": {
        "zh": "文件中有 {count} 处错误，未导入任何一行；请用预览逐条查看。",
        "en": "{count} faults in the file; nothing was imported. The preview lists them.",
    },
    "file_empty": {"zh": "文件中没有数据。", "en": "The file holds no rows."},
    "file_unreadable": {"zh": "无法读取，须为 CSV 或 XLSX 文件。", "en": "Not readable; give a CSV or XLSX file."},
    "file_encoding": {"zh": "文字编码须为 UTF-8 或 GB18030。", "en": "Write the text in UTF-8 or GB18030."},
    "file_unpacked": {"zh": "文件解压后超过 {count} MB。", "en": "Unpacked the file has more than {count} MB."},
    "file_rows": {"zh": "最多 {count} 行，请分成几个文件。", "en": "{count} rows at most; make several files."},
    "file_columns": {"zh": "最多 {count} 列。", "en": "{count} columns at most."},
    "column_unknown": {"zh": "第 {count} 列的列名无法识别。", "en": "The title of column {count} is not known."},
    "column_twice": {"zh": "此列出现了两次。", "en": "This column is there twice."},
    "column_phone": {"zh": "缺少“电话”列。", "en": "There is no phone column."},
    "row_long": {"zh": "此行的单元格多于列名。", "en": "This row has more cells than there are titles."},
    "phone_missing": {"zh": "缺少电话。", "en": "The phone is missing."},
    "phone_bad": {
        "zh": "不是手机号；请填 11 位号码，或 138***88888 形式。",
        "en": "Not a mobile number; give its 11 digits, or masked 138***88888.",
    },
    "name_bad": {
        "zh": "姓名过长或含有无法书写的字符。",
        "en": "The name is too long, or holds what cannot be written.",
    },
    "visit_at_bad": {
        "zh": "到访时间须有日期和时刻，如 2026-03-02 14:30。",
        "en": "Give the day and the hour of the visit, as 2026-03-02 14:30.",
    },
    "via_bad": {
        "zh": "渠道须为短信、微信、邮件、名单或活动。",
        "en": "The way is one of sms, wechat, email, list, activity.",
    },
    "reason_bad": {
        "zh": "备注过长或含有无法书写的字符。",
        "en": "The text is too long, or holds what cannot be written.",
    },
    "by_bad": {
        "zh": "没有此经纪人，或有重名，或不归您代报；可改填编号。",
        "en": "No such agent, or several of that name, or not one you report for; give the id.",
    },
}


def language_of(request: Request) -> Language:
    """The language of the answer, from `Accept-Language`; Chinese unless English is wanted first.

    >>> language_of(Request({"type": "http", "headers": [(b"accept-language", b"en-GB,zh;q=0.5")]}))
    'en'
    """
    wanted = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        language: Language | None = "en" if tag.lower().startswith("en") else "zh" if tag.lower()[:2] == "zh" else None
        if language:
            wanted.append((_weight(weight), language))
    return max(wanted, key=lambda one: one[0])[1] if wanted else "zh"


def message(code: str, language: Language, params: Mapping[str, object]) -> str:
    """The sentence of a code.

    >>> message("locked", "en", {"minutes": 5})
    'Too many attempts; try again in 5 minutes.'
    """
    return MESSAGES[code][language].format(**params)


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
