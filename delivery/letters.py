"""What a message says, in Chinese and English; the template's name is stored with it."""

from __future__ import annotations

from domain.policy import DeliveryMode, Period, Policy
from storage.claims import Claim

Content = dict[str, dict[str, str]]

_PER_ZH = {Period.ONCE: "一次性", Period.MONTH: "每月", Period.YEAR: "每年"}
_PER_EN = {Period.ONCE: "once", Period.MONTH: "a month", Period.YEAR: "a year"}

_NEXT_ZH = {
    DeliveryMode.AUTO: "无需申请，系统将自动办理。",
    DeliveryMode.ONE_CLICK: "确认一次即可办理。",
    DeliveryMode.ASSISTED: "申请表已按登记信息预填，确认后即可提交。",
    DeliveryMode.INFORM: "请按说明办理或使用。",
}
_NEXT_EN = {
    DeliveryMode.AUTO: "You need not apply: it is granted automatically.",
    DeliveryMode.ONE_CLICK: "One confirmation is enough.",
    DeliveryMode.ASSISTED: "Your application is already filled in from the registers: confirm to send it.",
    DeliveryMode.INFORM: "The agency named on the policy tells you how to use it.",
}


def yuan(amount_fen: int) -> str:
    """An amount as people read it: 1234500 fen is 12,345, and 1234550 fen is 12,345.50."""
    whole, rest = divmod(amount_fen, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def offer(policy: Policy, amount_fen: int | None) -> Content:
    """The first word about an entitlement: what, how much, what to do."""
    period = policy.benefit.period or Period.ONCE
    sum_zh = f"{_PER_ZH[period]}{yuan(amount_fen)}元。" if amount_fen else ""
    sum_en = f"CNY {yuan(amount_fen)} {_PER_EN[period]}. " if amount_fen else ""
    return {
        "zh": {
            "title": policy.title.zh,
            "body": f"{policy.summary.zh}{sum_zh}{_NEXT_ZH[policy.delivery_mode]}{_papers(policy, 'zh')}",
        },
        "en": {
            "title": policy.title.en,
            "body": f"{policy.summary.en} {sum_en}{_NEXT_EN[policy.delivery_mode]}{_papers(policy, 'en')}",
        },
    }


def _papers(policy: Policy, language: str) -> str:
    """What must still be handed in: the papers that no register replaces; of what needs a claim only."""
    if policy.delivery_mode not in (DeliveryMode.ONE_CLICK, DeliveryMode.ASSISTED):
        return ""
    asked = [one.label.text(language) for one in policy.materials if one.replaced_by is None]
    if language == "zh":
        return f"请备好：{'、'.join(asked)}。" if asked else "无需提交材料。"
    return f" Please have ready: {'; '.join(asked)}." if asked else " No papers are needed."


def provided(policy: Policy) -> Content:
    """The service or relief has been granted."""
    return {
        "zh": {"title": f"已兑现：{policy.title.zh}", "body": f"{policy.agency.zh}已为您办理，请确认并评价。"},
        "en": {
            "title": f"Delivered: {policy.title.en}",
            "body": f"{policy.agency.en} has arranged it for you. Please confirm and rate it.",
        },
    }


def refused(policy: Policy) -> Content:
    """The claim was refused, with the way to a person."""
    return _about(
        policy,
        ("未通过", "审核时有条件未满足，理由见办理记录；如有异议，可申请人工复核。"),
        ("Not granted", "A condition was not met; the claim names it. You can ask for a person to look at it again."),
    )


def used_up(policy: Policy) -> Content:
    """The claim met every condition, but there is no room left and no list to wait on."""
    return _about(
        policy,
        (
            "名额已满",
            "您符合条件，但本期资金或名额已用完，且不设候补；下一期开始后可再次办理。如有异议，可申请人工复核。",
        ),
        (
            "No places left",
            "You meet every condition, but this period's money or places are used up and there is no waiting list. You "
            "can claim again in the next period, or ask for a person to look at it.",
        ),
    )


def paid(policy: Policy, claim: Claim) -> Content:
    """The money has arrived."""
    amount = yuan(claim.amount_fen or 0)
    return {
        "zh": {"title": f"已到账：{policy.title.zh}", "body": f"{amount}元已到账，请确认并评价。"},
        "en": {
            "title": f"Paid: {policy.title.en}",
            "body": f"CNY {amount} has been paid. Please confirm that it arrived, and rate it.",
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
