"""What is read of a SARIF 2.1.0 log; everything else in it is skipped while decoding.

Real tools write numbers for strings, null for lists and the like. So a scalar may be any scalar
and is judged where it is used, null is the same as absent, and what has no fixed shape stays raw
until it is needed. An array or object in a wrong place refuses the report, with the JSON path.
"""

from msgspec import Raw, Struct

Scalar = str | int | float | bool | None
ABSENT = Raw()


class Skipped(Struct, gc=False):
    """Any object, none of which is kept: for counting before decoding."""


class Reference(Struct, gc=False):
    """A toolComponentReference (3.54)."""

    name: Scalar = None
    index: Scalar = -1
    guid: Scalar = None


class DescriptorReference(Struct, gc=False, rename="camel"):
    """A reportingDescriptorReference (3.52)."""

    id: Scalar = None
    index: Scalar = -1
    guid: Scalar = None
    tool_component: Reference | None = None


class Text(Struct, gc=False):
    """A multiformatMessageString (3.12) or, with `id` and `arguments`, a message (3.11)."""

    text: Scalar = None
    markdown: Scalar = None
    id: Scalar = None
    arguments: list[Scalar] | None = None


class Configuration(Struct, gc=False):
    """A reportingConfiguration (3.50)."""

    enabled: Scalar = True
    level: Scalar = None


class Relationship(Struct, gc=False):
    """A reportingDescriptorRelationship (3.53)."""

    target: DescriptorReference | None = None


class Rule(Struct, gc=False, rename="camel"):
    """A reportingDescriptor (3.49)."""

    id: Scalar = None
    guid: Scalar = None
    name: Scalar = None
    deprecated_ids: list[Scalar] | None = None
    short_description: Text | None = None
    full_description: Text | None = None
    message_strings: dict[str, Text] | None = None
    default_configuration: Configuration | None = None
    relationships: list[Relationship] | None = None
    properties: Raw = ABSENT


class Component(Struct, gc=False, rename="camel"):
    """A toolComponent (3.19)."""

    name: Scalar = None
    guid: Scalar = None
    version: Scalar = None
    semantic_version: Scalar = None
    rules: Raw = ABSENT
    global_message_strings: dict[str, Text] | None = None


class Tool(Struct, gc=False):
    """A tool (3.18)."""

    driver: Component
    extensions: list[Component] | None = None


class ArtifactLocation(Struct, gc=False, rename="camel"):
    """An artifactLocation (3.4)."""

    uri: Scalar = None
    uri_base_id: Scalar = None
    index: Scalar = -1


class Artifact(Struct, gc=False):
    """An artifact (3.24)."""

    location: ArtifactLocation | None = None


class Snippet(Struct, gc=False):
    """An artifactContent (3.3)."""

    text: Scalar = None


class Region(Struct, gc=False, rename="camel"):
    """A region (3.30)."""

    start_line: Scalar = None
    start_column: Scalar = None
    snippet: Snippet | None = None


class PhysicalLocation(Struct, gc=False, rename="camel"):
    """A physicalLocation (3.29)."""

    artifact_location: ArtifactLocation | None = None
    region: Region | None = None


class LogicalLocation(Struct, gc=False, rename="camel"):
    """A logicalLocation (3.33)."""

    name: Scalar = None
    fully_qualified_name: Scalar = None
    kind: Scalar = None


class Location(Struct, gc=False, rename="camel"):
    """A location (3.28)."""

    physical_location: PhysicalLocation | None = None
    logical_locations: list[LogicalLocation] | None = None


class Suppression(Struct, gc=False):
    """A suppression (3.35). `state` is what a draft called `status`, and GitHub still writes."""

    status: Scalar = None
    state: Scalar = None


class Provenance(Struct, gc=False, rename="camel"):
    """A resultProvenance (3.48)."""

    invocation_index: Scalar = -1


class Result(Struct, gc=False, rename="camel"):
    """A result (3.27)."""

    rule_id: Scalar = None
    rule_index: Scalar = -1
    rule: DescriptorReference | None = None
    kind: Scalar = None
    level: Scalar = None
    rank: Raw = ABSENT
    baseline_state: Scalar = None
    message: Text | None = None
    locations: list[Location] | None = None
    suppressions: list[Suppression] | None = None
    fingerprints: Raw = ABSENT
    partial_fingerprints: Raw = ABSENT
    taxa: list[DescriptorReference] | None = None
    provenance: Provenance | None = None
    properties: Raw = ABSENT


class Override(Struct, gc=False):
    """A configurationOverride (3.51)."""

    descriptor: DescriptorReference | None = None
    configuration: Configuration | None = None


class Notification(Struct, gc=False):
    """A notification (3.58)."""

    level: Scalar = None


class Invocation(Struct, gc=False, rename="camel"):
    """An invocation (3.20)."""

    execution_successful: Scalar = None
    working_directory: ArtifactLocation | None = None
    tool_execution_notifications: list[Notification] | None = None
    tool_configuration_notifications: list[Notification] | None = None
    rule_configuration_overrides: list[Override] | None = None


class AutomationDetails(Struct, gc=False):
    """A runAutomationDetails (3.17)."""

    id: Scalar = None


class VersionControl(Struct, gc=False, rename="camel"):
    """A versionControlDetails (3.23)."""

    mapped_to: ArtifactLocation | None = None


class ExternalFiles(Struct, gc=False):
    """An externalPropertyFileReferences (3.15): where parts of a run lie outside of it."""

    results: list[Skipped] | None = None


class Run(Struct, gc=False, rename="camel"):
    """A run (3.14)."""

    tool: Tool
    automation_details: AutomationDetails | None = None
    invocations: list[Invocation] | None = None
    artifacts: list[Artifact] | None = None
    original_uri_base_ids: dict[str, ArtifactLocation] | None = None
    version_control_provenance: list[VersionControl] | None = None
    taxonomies: list[Component] | None = None
    external_property_file_references: ExternalFiles | None = None
    results: Raw = ABSENT


class InlineProperties(Struct, gc=False):
    """An externalProperties object (4.3) inside the log."""

    results: list[Skipped] | None = None


class CountedRun(Struct, gc=False):
    """A run whose results are only counted."""

    results: list[Skipped] | None = None


class Head(Struct, gc=False, rename="camel"):
    """The outermost object, its runs and their results only counted."""

    version: Scalar = None
    runs: list[CountedRun] | None = None
    inline_external_properties: list[InlineProperties] | None = None


class Log(Struct, gc=False):
    """A sarifLog (3.13)."""

    runs: list[Run] | None = None
