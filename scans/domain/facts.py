"""What is known of one result and its rule, in whatever format they were written."""

from dataclasses import dataclass, field

from scans.domain.tools import Tool

# The security-severity from which on a weakness counts as a security flaw.
SECURITY_RELEVANT = 4.0


@dataclass(frozen=True, slots=True)
class Facts:
    """The input of classification and grading; nothing of it is trusted to be well-formed."""

    tool: Tool = field(default_factory=Tool)
    rule_id: str = ""
    rule_name: str = ""
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # categories and types of the rule, in lower case
    cwes: tuple[int, ...] = ()
    security_severity: float | None = None  # 0 to 10
    words: tuple[str, ...] = ()  # severities in the tool's own words, the first counts most
    rank: float | None = None  # 0 to 100
    level: str = ""  # error, warning, note, none; "" where nothing names one
    is_verified: bool = False  # a secret that the tool found to be in use
    is_infrastructure: bool = False  # lies in a file of infrastructure code

    @property
    def lowered_tags(self) -> frozenset[str]:
        return frozenset(tag.lower() for tag in self.tags)

    @property
    def is_security(self) -> bool:
        """Whether tool, tag, category or score say that the rule is about security.

        The .NET compilers write the category "Security" and no such tag, FxCop
        "Microsoft.Security".
        """
        return (
            self.tool.kind == "sast"
            or "security" in self.lowered_tags
            or any(label.rpartition(".")[2] == "security" for label in self.labels)
            or (self.security_severity or 0) >= SECURITY_RELEVANT
        )
