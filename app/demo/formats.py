"""How the demo courts want their reports: Riverside as usual, Lakeview as boxes to copy and to fax."""

from __future__ import annotations

from collections.abc import Mapping

from tenants.report_formats import Formats, Look, preset

_CLERKS = preset(Look.CLERK, "progress").model_dump(mode="json")

FORMATS: Mapping[str, Formats] = {
    "riverside": Formats.model_validate(
        {"progress": {"outputs": ["csv", "json"]}, "final": {"outputs": ["html", "json"]}}
    ),
    "lakeview": Formats.model_validate(
        {
            "progress": {
                **_CLERKS,
                "case_numbers": "last_four",
                "closing": {
                    "en": "Questions about {name} go to the clerk's office. Name the number {report_number}.",
                    "es": "Las preguntas sobre {name} van a la secretaría. Diga el número {report_number}.",
                },
                "courtesy": "own_file",
                "outputs": ["html", "csv", "json"],
            },
            "certificate": preset(Look.LARGE, "certificate").model_dump(mode="json"),
        }
    ),
}
