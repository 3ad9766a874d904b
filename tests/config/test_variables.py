"""Each variable that the settings read is explained, and no other is."""

import re

from config.runtime import BASE_DIR

READ = re.compile(r"""(?:env\.[a-z]+|required|number|switch)\(\s*"([A-Z0-9_]+)\"""")


def test_each_variable_is_explained_for_operators():
    read = set(READ.findall((BASE_DIR / "config" / "settings.py").read_text()))
    assert {"SECRET_KEY", "DATABASE_URL", "AWS_STORAGE_BUCKET_NAME"} <= read
    table = set(
        re.findall(
            r"^\| `([A-Z0-9_]+)` \|", (BASE_DIR / "docs/deployment.md").read_text(), re.MULTILINE
        )
    )
    assert read - table == set()
