"""What the OpenAPI document says of the compliance endpoints."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from codestax.common.schema import MessageOut, errors
from compliance.api import examples
from compliance.api.serializers import (
    ControlsQuery,
    CustomFrameworkIn,
    CustomFrameworksOut,
    DisabledControlsIn,
    DisabledControlsOut,
    EnabledFrameworksIn,
    EnabledFrameworksOut,
    FrameworkControlsOut,
    FrameworksOut,
    PlanUpgradeOut,
    SavedFrameworkOut,
    ScoreOut,
    ScoreQuery,
    TrendOut,
    TrendQuery,
)

_ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    description="The version of what the answer shows, for If-Match.",
    response=[200],
)


def _if_match(what: str) -> OpenApiParameter:
    return OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        description=(
            f"The ETag of {what}; the change is made only while that is its version, and is "
            "answered 412 else. Without the header, or with *, it is made in any case."
        ),
    )


_IF_FRAMEWORKS = _if_match("`GET /api/compliance/frameworks`, or of the last answer here")
_IF_CONTROLS = _if_match("a `GET` here without `repo_id`, or of the last answer here")
_IF_CUSTOM = _if_match("`GET /api/compliance/custom-frameworks`")

list_frameworks = extend_schema(
    operation_id="list_frameworks",
    summary="List frameworks",
    description=(
        "Every framework available to the organization (built-in and custom) with its enabled "
        "state, plan-lock state and the plan that it requires."
    ),
    parameters=[_ETAG],
    responses={200: FrameworksOut, **errors()},
    examples=[examples.FRAMEWORKS],
)
set_enabled_frameworks = extend_schema(
    operation_id="set_enabled_frameworks",
    summary="Set enabled frameworks",
    description=(
        "`keys` lists the frameworks that score; `[]` opts out of every one; `null` goes back to "
        "the default, every framework that the plan permits."
    ),
    parameters=[_IF_FRAMEWORKS, _ETAG],
    request=EnabledFrameworksIn,
    responses={
        200: EnabledFrameworksOut,
        402: OpenApiResponse(PlanUpgradeOut, description="The plan does not include a framework."),
        **errors(400, 403, 412),
    },
    examples=[
        *examples.SELECTIONS,
        examples.ENABLED,
        examples.UNKNOWN_FRAMEWORK,
        examples.PLAN_UPGRADE,
        examples.NOT_ADMIN,
    ],
)
list_controls = extend_schema(
    operation_id="list_controls",
    summary="List a framework's controls with recommendations",
    parameters=[ControlsQuery, _ETAG],
    responses={200: FrameworkControlsOut, **errors(400, 404)},
    examples=[examples.CONTROLS, examples.NOT_FOUND],
)
set_disabled_controls = extend_schema(
    operation_id="set_disabled_controls",
    summary="Set disabled controls",
    description=(
        "Marks controls Not Applicable; they are left out of scoring. Replaces the framework's "
        "previous selection; `[]` re-enables every control."
    ),
    parameters=[_IF_CONTROLS, _ETAG],
    request=DisabledControlsIn,
    responses={200: DisabledControlsOut, **errors(400, 403, 404, 412)},
    examples=[
        *examples.DISABLED,
        examples.CONTROLS_SAVED,
        examples.UNKNOWN_CONTROL,
        examples.NOT_ADMIN,
        examples.NOT_FOUND,
    ],
)
list_custom_frameworks = extend_schema(
    operation_id="list_custom_frameworks",
    summary="List custom frameworks",
    parameters=[_ETAG],
    responses={200: CustomFrameworksOut, **errors()},
    examples=[examples.CUSTOM_FRAMEWORKS],
)
save_custom_framework = extend_schema(
    operation_id="save_custom_framework",
    summary="Create or replace a custom framework",
    description=(
        "A key that exists is replaced as a whole, so that the same push can run every night. An "
        "explicit selection gets the key added."
    ),
    parameters=[_IF_CUSTOM],
    request=CustomFrameworkIn,
    responses={200: SavedFrameworkOut, **errors(400, 403, 412)},
    examples=[examples.CUSTOM_FRAMEWORK, examples.CUSTOM_SAVED, examples.NOT_ADMIN],
)
delete_custom_framework = extend_schema(
    operation_id="delete_custom_framework",
    summary="Delete a custom framework",
    description="Its key leaves the selection, and its disabled controls go with it.",
    parameters=[_IF_CUSTOM],
    responses={200: MessageOut, **errors(400, 403, 404, 412)},
    examples=[examples.CUSTOM_DELETED, examples.NOT_ADMIN, examples.NOT_FOUND],
)
read_score = extend_schema(
    operation_id="read_score",
    summary="Get scores for a repository",
    description=(
        "Scores of every enabled framework on the branch's newest completed scan. "
        "`overall_score` is a whole number from 0 to 100, never null: 0 and `Not Assessed` where "
        "nothing was scanned."
    ),
    parameters=[ScoreQuery],
    responses={200: ScoreOut, **errors(400, 404)},
    examples=[examples.SCORE, examples.UNKNOWN_FRAMEWORK, examples.NOT_FOUND],
)
read_trend = extend_schema(
    operation_id="read_trend",
    summary="Get score trend",
    description=(
        "The score at each completed scan of the window, oldest first, each as of its own scan "
        "under today's selection. The order is that of the commits: the last point is the score "
        "of now, and `scanned_at` ascends but for late reports of older commits."
    ),
    parameters=[TrendQuery],
    responses={200: TrendOut, **errors(400, 404)},
    examples=[examples.TREND, examples.UNKNOWN_FRAMEWORK, examples.NOT_FOUND],
)
