"""What enums are called in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from catalogue.labels import DELIVERY_LABELS, KIND_LABELS, LEVEL_LABELS, PERIOD_LABELS, VERIFICATION_LABELS
from domain.benefit import Coin, Rounding, RoundingMode
from domain.claim import ClaimEvent, ClaimState
from domain.facts import Label

__all__ = [
    "DELIVERY_LABELS",
    "EVENT_LABELS",
    "KIND_LABELS",
    "LEVEL_LABELS",
    "PERIOD_LABELS",
    "STATE_LABELS",
    "VERIFICATION_LABELS",
    "rounding_label",
]

STATE_LABELS: Mapping[ClaimState, Label] = {
    ClaimState.PUSHED: Label("已推送", "Sent to you"),
    ClaimState.SEEN: Label("已查看", "Seen"),
    ClaimState.CLAIMED: Label("已申领，待审核", "Claimed, under review"),
    ClaimState.APPROVED: Label("审核通过", "Approved"),
    ClaimState.PAYING: Label("拨付中", "Payment on its way"),
    ClaimState.PAID: Label("已到账", "Paid"),
    ClaimState.PROVIDED: Label("已兑现", "Provided"),
    ClaimState.CONFIRMED: Label("已确认收到", "Receipt confirmed"),
    ClaimState.RATED: Label("已评价", "Rated"),
    ClaimState.REFUSED: Label("未通过", "Refused"),
    ClaimState.RETURNED: Label("款项被退回", "Payment came back"),
    ClaimState.EXPIRED: Label("已过期", "Expired"),
    ClaimState.WITHDRAWN: Label("已撤回", "Withdrawn"),
}
EVENT_LABELS: Mapping[ClaimEvent, Label] = {
    ClaimEvent.PUSH: Label("推送给您", "Sent to you"),
    ClaimEvent.SEE: Label("您已查看", "You saw it"),
    ClaimEvent.CLAIM: Label("您已申领", "You claimed it"),
    ClaimEvent.APPROVE: Label("审核通过", "Approved"),
    ClaimEvent.REFUSE: Label("审核未通过", "Refused"),
    ClaimEvent.SUBMIT_PAYMENT: Label("已交银行拨付", "Payment sent to the bank"),
    ClaimEvent.SETTLE: Label("款项到账", "Money arrived"),
    ClaimEvent.RETURN: Label("款项被退回", "Payment came back"),
    ClaimEvent.RETRY_PAYMENT: Label("重新拨付", "Payment tried again"),
    ClaimEvent.PROVIDE: Label("权益已兑现", "Provided"),
    ClaimEvent.CONFIRM: Label("您已确认收到", "You confirmed it arrived"),
    ClaimEvent.RATE: Label("您已评价", "You rated it"),
    ClaimEvent.EXPIRE: Label("逾期未申领", "Expired unclaimed"),
    ClaimEvent.WITHDRAW: Label("您已撤回", "You withdrew it"),
}
"""What happened to a claim, told to its subject."""

_ROUNDING_ZH = {
    RoundingMode.HALF_UP: "四舍五入到{coin}",
    RoundingMode.UP: "不足一{coin}的按一{coin}计",
    RoundingMode.DOWN: "不足一{coin}的部分舍去",
}
_ROUNDING_EN = {
    RoundingMode.HALF_UP: "to the nearest {coin}",
    RoundingMode.UP: "up to a whole {coin}",
    RoundingMode.DOWN: "down to a whole {coin}",
}
_COIN_ZH = {Coin.FEN: "分", Coin.YUAN: "元"}


def rounding_label(rounding: Rounding) -> Label:
    """How an amount is rounded, in words."""
    zh = _ROUNDING_ZH[rounding.mode].format(coin=_COIN_ZH[rounding.to])
    return Label(zh, "Rounded " + _ROUNDING_EN[rounding.mode].format(coin=rounding.to.value))
