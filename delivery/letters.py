"""What a message says, in Chinese and English; the template's name is stored with it."""

from __future__ import annotations

from domain.policy import DeliveryMode, Period, Policy
from storage.claims import Claim

Content = dict[str, dict[str, str]]

_PER_ZH = {Period.ONCE: "一次性", Period.MONTH: "每月", Period.YEAR: "每年"}
_PER_EN = {Period.ONCE: "once", Period.MONTH: "a month", Period.YEAR: "a year"}

_NEXT_ZH = {
    DeliveryMode.AUTO: "无需申请，系统将自动办理。",
    DeliveryMode.ONE_CLICK: "确认一次即可办理，无需提交材料。",
    DeliveryMode.ASSISTED: "已按登记信息为您备好申请，确认即可提交。",
    DeliveryMode.INFORM: "特此告知，办理方式见政策说明。",
}
_NEXT_EN = {
    DeliveryMode.AUTO: "You need not apply: it is granted automatically.",
    DeliveryMode.ONE_CLICK: "One confirmation is enough; no papers are needed.",
    DeliveryMode.ASSISTED: "Your application is prepared from the registers: confirm to send it.",
    DeliveryMode.INFORM: "This is for your information; the policy says how to use it.",
}


def yuan(amount_fen: int) -> str:
    """An amount as people read it: 1234500 fen is 12,345.00."""
    return f"{amount_fen // 100:,}.{amount_fen % 100:02d}"


def offer(policy: Policy, amount_fen: int | None) -> Content:
    """The first word about an entitlement: what, how much, what to do."""
    period = policy.benefit.period or Period.ONCE
    sum_zh = f"{_PER_ZH[period]}{yuan(amount_fen)}元。" if amount_fen else ""
    sum_en = f"CNY {yuan(amount_fen)} {_PER_EN[period]}. " if amount_fen else ""
    return {
        "zh": {
            "title": policy.title.zh,
            "body": f"{policy.summary.zh}{sum_zh}{_NEXT_ZH[policy.delivery_mode]}",
        },
        "en": {
            "title": policy.title.en,
            "body": f"{policy.summary.en} {sum_en}{_NEXT_EN[policy.delivery_mode]}",
        },
    }


def provided(policy: Policy) -> Content:
    """The service or relief has been granted."""
    return {
        "zh": {"title": f"已兑现：{policy.title.zh}", "body": f"{policy.agency.zh}已为您办理。请确认并评价。"},
        "en": {
            "title": f"Delivered: {policy.title.en}",
            "body": f"{policy.agency.en} has arranged it for you. Please confirm and judge it.",
        },
    }


def refused(policy: Policy) -> Content:
    """The claim was refused, with the way to a person."""
    return _about(
        policy,
        ("未通过", "复核时未满足政策条件，理由见办理记录；如有异议可申请人工复核。"),
        ("Not granted", "A condition was not met; the claim names it. You can ask for a person to look at it again."),
    )


def paid(policy: Policy, claim: Claim) -> Content:
    """The money has arrived."""
    amount = yuan(claim.amount_fen or 0)
    return {
        "zh": {"title": f"已到账：{policy.title.zh}", "body": f"{amount}元已到账。请确认并评价。"},
        "en": {
            "title": f"Paid: {policy.title.en}",
            "body": f"CNY {amount} has arrived. Please confirm and judge it.",
        },
    }


def returned(policy: Policy, *, last: bool) -> Content:
    """The money came back; `last`: it will not be tried again without a person."""
    if last:
        zh = "款项多次被银行退回，请核对收款账户，工作人员将与您联系。"
        en = "The bank sent the payment back several times. Check your account; an officer will contact you."
    else:
        zh = "款项被银行退回，将再次拨付。"
        en = "The bank sent the payment back; it will be tried again."
    return _about(policy, ("款项退回", zh), ("Payment returned", en))


def _about(policy: Policy, zh: tuple[str, str], en: tuple[str, str]) -> Content:
    return {
        "zh": {"title": f"{zh[0]}：{policy.title.zh}", "body": zh[1]},
        "en": {"title": f"{en[0]}: {policy.title.en}", "body": en[1]},
    }
