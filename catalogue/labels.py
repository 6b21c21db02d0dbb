"""What the enums of a policy are called in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from domain.benefit import Period
from domain.facts import Label
from domain.policy import DeliveryMode, Kind, Level, Verification

KIND_LABELS: Mapping[Kind, Label] = {
    Kind.SERVICE: Label("服务", "Service"),
    Kind.FUND: Label("资金", "Fund"),
    Kind.SUBSIDY: Label("补贴", "Subsidy"),
    Kind.TAX: Label("税收优惠", "Tax relief"),
}
LEVEL_LABELS: Mapping[Level, Label] = {
    Level.NATIONAL: Label("国家级", "National"),
    Level.CITY: Label("市级", "City"),
    Level.DISTRICT: Label("区级", "District"),
}
DELIVERY_LABELS: Mapping[DeliveryMode, Label] = {
    DeliveryMode.AUTO: Label("免申即享", "Automatic"),
    DeliveryMode.ONE_CLICK: Label("一键申领", "One click"),
    DeliveryMode.ASSISTED: Label("预填申请", "Pre-filled application"),
    DeliveryMode.INFORM: Label("告知办理", "Apply with the agency"),
}
VERIFICATION_LABELS: Mapping[Verification, Label] = {
    Verification.TEXT_READ: Label("已核对原文", "Read in the official text"),
    Verification.RECALLED: Label("待核对原文", "Known, not yet checked against the text"),
    Verification.ILLUSTRATIVE: Label("演示示例", "Made up for the demo"),
}
PERIOD_LABELS: Mapping[Period, Label] = {
    Period.ONCE: Label("一次性", "once"),
    Period.MONTH: Label("每月", "a month"),
    Period.YEAR: Label("每年", "a year"),
}
