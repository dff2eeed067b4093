"""A report that every format of documents is tested with."""

from lading.model.decision import Evaluated
from lading.model.diagnostic import Diagnostic
from lading.policy.gate import decide
from lading.policy.policy import Policy
from tests.samples import DAY, IMAGE, report_on, shop, shop_store

REPORT = report_on(IMAGE, shop(), (Diagnostic("info", "note", "something", "layer 1"),), shop_store())
EVALUATED = Evaluated(REPORT, decide(REPORT, Policy("high"), DAY))
