#!/bin/sh
# Put Swagger UI, which shows /openapi.json to people, into the package.
#
#   sh scripts/vendor_swagger_ui.sh            fetch the release below from npm
#   sh scripts/vendor_swagger_ui.sh --check    only compare what is there
#
# To update: change the version, run, look at what is new, then change the digests.
set -eu
cd "$(dirname "$0")/.."

version=5.35.0
target=src/storykeep/api/static

check() {
    (cd "$1" && sha256sum --check --quiet -) <<'SUMS'
e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2  swagger-ui-bundle.js
37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb  swagger-ui-bundle.js.LICENSE.txt
c1282cc4d127d4ff968b9e7fb416a347d4bda8197a00f52a4100901cd3c0e724  swagger-ui.css
cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30  swagger-ui.LICENSE.txt
0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2  swagger-ui.NOTICE.txt
SUMS
}

if [ "${1:-}" = --check ]; then
    check "$target"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack "swagger-ui-dist@$version" --silent --pack-destination "$work" >/dev/null
tar -xzf "$work/swagger-ui-dist-$version.tgz" -C "$work"

wanted=$work/wanted
mkdir "$wanted"
cp "$work/package/swagger-ui-bundle.js" "$work/package/swagger-ui-bundle.js.LICENSE.txt" "$wanted"
cp "$work/package/LICENSE" "$wanted/swagger-ui.LICENSE.txt"
cp "$work/package/NOTICE" "$wanted/swagger-ui.NOTICE.txt"
# The source map is not served: who opens the developer tools would ask for it in vain.
sed 's|^/\*# sourceMappingURL=.*\*/$|/* storykeep took the line away that names a source map */|' \
    "$work/package/swagger-ui.css" >"$wanted/swagger-ui.css"
check "$wanted"
cp "$wanted"/* "$target"
