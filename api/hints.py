"""What is wrong with a field that was filled in, in Chinese and English. What was sent is never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.messages import Language

HINTS: dict[str, dict[Language, str]] = {
    "missing": {"zh": "此项必填。", "en": "This is needed."},
    "extra_forbidden": {"zh": "没有此项，请去掉。", "en": "There is no such field; leave it out."},
    "string_too_short": {"zh": "至少 {min_length} 个字符。", "en": "At least {min_length} characters."},
    "string_too_long": {"zh": "最多 {max_length} 个字符。", "en": "At most {max_length} characters."},
    "too_short": {"zh": "至少 {min_length} 项。", "en": "At least {min_length} of them."},
    "too_long": {"zh": "最多 {max_length} 项。", "en": "At most {max_length} of them."},
    "string_pattern_mismatch": {"zh": "格式不正确。", "en": "Not written as it has to be."},
    "string_type": {"zh": "须为文字。", "en": "Give a text."},
    "string_unicode": {"zh": "含有无法书写的字符，请重新填写。", "en": "Holds what cannot be written; type it anew."},
    "literal_error": {"zh": "须为以下之一：{expected}。", "en": "One of {expected}."},
    "enum": {"zh": "须为以下之一：{expected}。", "en": "One of {expected}."},
    "bool_type": {"zh": "须为 true 或 false。", "en": "Give true or false."},
    "bool_parsing": {"zh": "须为 true 或 false。", "en": "Give true or false."},
    "int_type": {"zh": "须为整数。", "en": "Give a whole number."},
    "int_parsing": {"zh": "须为整数。", "en": "Give a whole number."},
    "int_parsing_size": {"zh": "数字过大。", "en": "The number is too large."},
    "int_from_float": {"zh": "须为整数。", "en": "Give a whole number."},
    "float_type": {"zh": "须为数字。", "en": "Give a number."},
    "float_parsing": {"zh": "须为数字。", "en": "Give a number."},
    "finite_number": {"zh": "须为数字。", "en": "Give a number."},
    "greater_than": {"zh": "须大于 {gt}。", "en": "More than {gt}."},
    "greater_than_equal": {"zh": "不得小于 {ge}。", "en": "{ge} or more."},
    "less_than": {"zh": "须小于 {lt}。", "en": "Less than {lt}."},
    "less_than_equal": {"zh": "不得大于 {le}。", "en": "{le} or less."},
    "datetime_type": {"zh": "须为带时区的时间。", "en": "Give an instant with its offset."},
    "datetime_parsing": {"zh": "须为带时区的时间。", "en": "Give an instant with its offset."},
    "datetime_from_date_parsing": {"zh": "须为带时区的时间。", "en": "Give an instant with its offset."},
    "datetime_object_invalid": {"zh": "须为带时区的时间。", "en": "Give an instant with its offset."},
    "timezone_aware": {"zh": "时间须注明时区。", "en": "Give the instant's offset too."},
    "date_type": {"zh": "须为日期，如 2026-03-02。", "en": "Give a day, as 2026-03-02."},
    "date_parsing": {"zh": "须为日期，如 2026-03-02。", "en": "Give a day, as 2026-03-02."},
    "date_from_datetime_parsing": {"zh": "须为日期，如 2026-03-02。", "en": "Give a day, as 2026-03-02."},
    "date_from_datetime_inexact": {"zh": "须为日期，如 2026-03-02。", "en": "Give a day, as 2026-03-02."},
    "list_type": {"zh": "须为列表。", "en": "Give a list."},
    "tuple_type": {"zh": "须为列表。", "en": "Give a list."},
    "frozen_set_type": {"zh": "须为列表。", "en": "Give a list."},
    "dict_type": {"zh": "须为对象。", "en": "Give an object."},
    "model_type": {"zh": "须为对象。", "en": "Give an object."},
    "model_attributes_type": {"zh": "须为对象。", "en": "Give an object."},
}
"""By the validator's name of the fault; braces are what it says of the limit."""

SAID: dict[str, str] = {
    "holds characters that cannot be written; type it anew": "含有无法书写的字符，请重新填写。",
    "not an instant of this century": "时间超出范围。",
    "one line only": "只能写一行。",
    "no telephone numbers: the reason stays on record": "请勿填写电话号码：事由会留存在案。",
    "give a qr, a phone or a person, one of them": "请填二维码、电话或人员编号，三者之一。",
    "give a token or a person, one of them": "请填签到凭证或人员编号，二者之一。",
    "a guardian consents for somebody under 14 only": "只有未满十四周岁者由监护人同意。",
    "give a qr, a token, a phone or a person, one of them": "请填二维码、签到凭证、电话或人员编号，四者之一。",
    "give agent_qr or led_by, one of them": "请填经纪人二维码或带看人，二者之一。",
    "give a phone or a name, one of them": "请填电话或姓名，二者之一。",
    "to: a share for somebody who is not among those who agreed": "分配对象须为达成一致的各方。",
    "to: the shares do not add up to 1": "各份额之和须为 1。",
    "phone: not a mobile one; give 11 digits, or masked as 138***88888":
        "不是手机号；请填 11 位号码，或 138***88888 形式。",
    "by: a customer does not bring themselves; give another": "客户不能由本人带来。",
    "to: nobody is related with themselves; give another": "不能与本人建立关系。",
}  # fmt: skip
"""What our own checks say, in Chinese."""


def hint_of(fault: Mapping[str, Any], language: Language) -> str | None:
    """What to do about a ``fault`` (of pydantic's `errors()`); None where only the field can be named.

    >>> hint_of({"type": "string_too_long", "ctx": {"max_length": 30}}, "zh")
    '最多 30 个字符。'
    >>> hint_of({"type": "value_error", "ctx": {"error": ValueError("one line only")}}, "en")
    'one line only'
    """
    told = fault.get("ctx", {})
    if fault["type"] == "value_error":
        said = str(told["error"])
        return SAID.get(said, said) if language == "zh" else said
    sentences = HINTS.get(fault["type"])
    if sentences is None:
        return None
    if language == "zh" and "expected" in told:
        told = {"expected": told["expected"].replace(" or ", "、").replace(", ", "、")}
    return sentences[language].format(**told)
