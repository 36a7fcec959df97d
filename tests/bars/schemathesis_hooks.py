"""How bodies that are no JSON are sent: as the text or the bytes that were made up."""

import schemathesis


def as_bytes(value):
    if isinstance(value, bytes):
        return value
    return value if isinstance(value, str) else str(value)


@schemathesis.serializer("text/csv", "application/x-ndjson", "application/vnd.mucktrail.reports")
def plain(ctx, value):
    return as_bytes(value)
