"""What is read of a CycloneDX document (JSON, 1.2 to 1.7); everything else is skipped.

As everywhere, a scalar may be any scalar, and null is the same as absent.
"""

from typing import Optional

from msgspec import Struct, field

from scans.domain.formats.sarif_structs import Scalar


class Property(Struct, gc=False):
    """A name of the tool's own with a value."""

    name: Scalar = None
    value: Scalar = None


class Occurrence(Struct, gc=False):
    """A place where a component was found."""

    location: Scalar = None


class Evidence(Struct, gc=False):
    """What shows that a component is there."""

    occurrences: list[Occurrence] | None = None


class Component(Struct, gc=False):
    """A component, a service or a tool: they are named alike."""

    bom_ref: Scalar = field(default=None, name="bom-ref")
    group: Scalar = None
    name: Scalar = None
    version: Scalar = None
    purl: Scalar = None
    properties: list[Property] | None = None
    evidence: Evidence | None = None
    components: Optional[list["Component"]] = None  # noqa: UP045  # a string has no `|`


class Tools(Struct, gc=False):
    """The tools since 1.5; before, they are a list."""

    components: list[Component] | None = None
    services: list[Component] | None = None


class Metadata(Struct, gc=False):
    """What the document is about, and who made it."""

    tools: list[Component] | Tools | None = None
    component: Component | None = None


class Rating(Struct, gc=False):
    """One source's opinion; `method` is CVSSv2, CVSSv3, CVSSv31, CVSSv4, OWASP, SSVC or other."""

    score: Scalar = None
    severity: Scalar = None
    method: Scalar = None
    vector: Scalar = None


class Reference(Struct, gc=False):
    """An equal flaw in another database."""

    id: Scalar = None


class Analysis(Struct, gc=False):
    """The VEX statement; its states are those of `impactAnalysisState`."""

    state: Scalar = None


class AffectedVersion(Struct, gc=False):
    """A version, and whether it is affected, unaffected or unknown; affected if not said."""

    version: Scalar = None
    status: Scalar = None


class Affected(Struct, gc=False):
    """A component that has the flaw, by `bom-ref` or BOM-Link."""

    ref: Scalar = None
    versions: list[AffectedVersion] | None = None


class Vulnerability(Struct, gc=False):
    """A flaw and what it affects."""

    id: Scalar = None
    references: list[Reference] | None = None
    ratings: list[Rating] | None = None
    cwes: list[Scalar] | None = None
    description: Scalar = None
    analysis: Analysis | None = None
    affects: list[Affected] | None = None


class Bom(Struct, gc=False):
    """The outermost object."""

    metadata: Metadata | None = None
    components: list[Component] | None = None
    services: list[Component] | None = None
    vulnerabilities: list[Vulnerability] | None = None
