"""The app's build in templates."""

from django import template

from config import frontend

register = template.Library()


@register.simple_tag
def app_entry(name: str) -> frontend.Entry | None:
    """Return the files of an entry of the build, or none where nobody has built it."""
    try:
        return frontend.entry(name)
    except frontend.NotBuiltError:
        return None
