"""When the app is built anew."""

from config.frontend_build import FRONTEND, sources


def test_everything_that_the_build_reads_is_looked_at_and_nothing_else():
    names = {str(path.relative_to(FRONTEND)) for path in sources()}
    own = {path.name for path in FRONTEND.glob("*.ts")}  # vite.config.ts, and what it imports
    assert {"index.html", "package-lock.json", "tsconfig.json", "src/main.tsx", *own} <= names
    assert "texts.ts" in own
    assert not [name for name in names if name.startswith(("node_modules", "dist", "bench"))]
    assert not [name for name in names if ".test." in name]
